"""Jobs that wait behind many others are joined, so that a queue that grows long stays small.

Each poll that finds something queues a job of its own, nearly always of one entry, and of its thousand bytes an entry
is the least. Where few wait that is as it should be: every worker that is free finds one. Behind `IN_FRONT` of them
nobody is kept waiting by having neighbours in one job: they are joined some dozens at a time, and what came of that
twice again, so that each entry is written three times at the most, and shares what it can with some thousand others. A
worker that comes to such a job runs it in parts (`popping`).
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import redis
import structlog
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

log = structlog.get_logger()

IN_FRONT = 64
"""So many jobs are left as they are; more than a worker takes at a time, for dozens of workers."""

# Of the newest so many are looked at: more than are joined into one.
_LOOKED_AT = 256
_MOST = 64
# Jobs smaller than the first number (bytes) are joined where several have the second together. Of news with summaries
# that makes 7, 60 and 380 kB; the last just fits what Redis' allocator gives (384 KiB; the next is 448).
_STEPS = ((3_000, 16_000), (12_000, 76_000), (96_000, 420_000))

# KEYS: the queue. ARGV: what jobs' keys begin with, data and title of the one job; then of each its id and the digest
# of the data that was read. The first takes up the others. Answers 0, and changes nothing, where one of them is gone,
# or has been joined with others.
_JOIN = """
local function key(at) return ARGV[1] .. ARGV[at] end
for at = 4, #ARGV, 2 do
  local data = redis.call('HGET', key(at), 'data')
  if not data or redis.sha1hex(data) ~= ARGV[at + 1] then return 0 end
  if not redis.call('LPOS', KEYS[1], ARGV[at], 'RANK', -1) then return 0 end
end
redis.call('HSET', key(4), 'data', ARGV[2], 'description', ARGV[3])
for at = 6, #ARGV, 2 do
  redis.call('LREM', KEYS[1], -1, ARGV[at])
  redis.call('DEL', key(at))
end
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What goes together: `may_join(function, payload)` says whether a job does, `join` makes one payload of several.

    `title` is for people who look at the queue.
    """

    may_join: Callable[[str, Any], bool]
    join: Callable[[Sequence[Any]], Any]
    title: str


@dataclass(frozen=True, slots=True)
class _Read:
    """A job as it was read."""

    id: str
    data: bytes
    function: str
    payload: Any


class Joiner:
    """Joins what waits in one queue; any number may do so at once."""

    def __init__(self, connection: redis.Redis, queue: str, rules: Rules) -> None:
        self._redis, self._rules = connection, rules
        self._queue = Queue(queue, connection=connection, serializer=JSONSerializer)
        self._join = connection.register_script(_JOIN)
        self._apart: set[str] = set()

    def look(self) -> int:
        """Join what has come together at the end of the queue; how many jobs there are fewer."""
        count = int(self._redis.llen(self._queue.key))
        if count <= IN_FRONT:
            return 0
        raw = self._redis.lrange(self._queue.key, max(IN_FRONT, count - _LOOKED_AT), -1)
        ids = [one.decode() for one in raw]
        self._apart.intersection_update(ids)
        return sum(self._join_all(group) for group in groups(self._sizes(ids)))

    def _sizes(self, ids: Sequence[str]) -> list[tuple[str, int]]:
        """How large their data is; 0 of those that stay apart, as all do with which a worker was lost."""
        with self._redis.pipeline(transaction=False) as pipe:
            for one in ids:
                pipe.hstrlen(Job.key_for(one), "data")
                pipe.hexists(Job.key_for(one), "losses")
            found = pipe.execute()
        return [
            (one, 0 if is_lost or one in self._apart else size)
            for one, size, is_lost in zip(ids, found[::2], found[1::2], strict=True)
        ]

    def _join_all(self, ids: Sequence[str]) -> int:
        with self._redis.pipeline(transaction=False) as pipe:
            for one in ids:
                pipe.hget(Job.key_for(one), "data")
            found = {one: _read(one, data) for one, data in zip(ids, pipe.execute(), strict=True) if data}
        fit = [job for job in found.values() if job and self._rules.may_join(job.function, job.payload)]
        self._apart.update(found.keys() - {job.id for job in fit})
        if len(fit) < len(ids):
            return 0
        try:
            data = _data(fit[0].function, self._rules.join([job.payload for job in fit]))
        except Exception:  # a job boundary: one whose entries cannot be read is for the worker that takes it
            log.exception("jobs_not_joined", jobs=list(ids))
            self._apart.update(ids)
            return 0
        read = [part for job in fit for part in (job.id, hashlib.sha1(job.data, usedforsecurity=False).hexdigest())]
        is_done = self._join(keys=[self._queue.key], args=[Job.key_for(""), data, self._rules.title, *read])
        return len(fit) - 1 if is_done else 0


def groups(waiting: Sequence[tuple[str, int]]) -> Iterator[list[str]]:
    """The jobs to be joined: those of about one size (id and bytes of each, in the order of the queue)."""
    for least, (most, enough) in zip((0, *(most for most, _ in _STEPS)), _STEPS, strict=False):
        found: list[str] = []
        total = 0
        for one, size in waiting:
            if not least < size <= most:
                continue
            found.append(one)
            total += size
            if (total >= enough or len(found) == _MOST) and len(found) > 1:
                yield found
                found, total = [], 0


def _read(job_id: str, data: bytes) -> _Read | None:
    """None where its bytes cannot be read, which the worker that takes it will tell."""
    try:
        function, _instance, (payload,), _kwargs = json.loads(zlib.decompress(data))
    except (zlib.error, ValueError):
        return None
    return _Read(job_id, data, function, payload)


def _data(function: str, payload: Any) -> bytes:
    """As rq keeps it."""
    return zlib.compress(JSONSerializer.dumps((function, None, [payload], {})))
