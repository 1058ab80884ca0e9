"""Jobs that a newer release has queued: they wait aside until a worker comes that knows them.

While machines are upgraded one after the other, old workers meet jobs of new ones. Such a job is no failure, and back
on its queue it would only be popped again: it waits in a sorted set by its version, and every worker puts what it knows
back on the queue.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import redis
from rq import Queue

from worker.edge.keys import RQ_PREFIX

_TAKE_UP = """
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 1000)
for _, id in ipairs(ids) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('LPUSH', KEYS[2], id)
end
return #ids
"""


def version_of(payload: Any) -> int:
    """The version of a job's payload, its `v`; 0 where it says none."""
    found = payload.get("v") if isinstance(payload, Mapping) else None
    return found if isinstance(found, int) else 0


def key_of(queue: Queue) -> str:
    """The sorted set of a queue's jobs that wait for a newer worker: their ids by version."""
    return f"{RQ_PREFIX}:newer:{queue.name}"


def leave(connection: redis.Redis, queue: Queue, job_id: str, version: int) -> None:
    """Lay a job that was popped aside."""
    with connection.pipeline() as pipe:
        pipe.lrem(queue.intermediate_queue_key, 1, job_id)
        pipe.zadd(key_of(queue), {job_id: version})
        pipe.execute()


def take_up(connection: redis.Redis, queue: Queue, version: int) -> int:
    """Put back what a worker that knows payloads up to `version` can run; how many jobs that are."""
    return int(connection.eval(_TAKE_UP, 2, key_of(queue), queue.key, version))
