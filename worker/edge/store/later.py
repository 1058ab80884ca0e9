"""Jobs that are to run later, kept where no worker waits for them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import redis
from redis.client import Pipeline

from worker.edge import keys

# Of one look, so that a transaction stays short.
_AT_ONCE = 20


class Later:
    """Payloads by the time they are due. The same payload twice is one, with the later time."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection

    def put(self, due: datetime, payload: Any) -> None:
        """Keep `payload`, JSON-ready values, until `due`."""
        self._redis.zadd(keys.LATER, {json.dumps(payload): due.timestamp()})

    def wake(self, now: datetime, queue_work: Callable[[Pipeline, Sequence[Any]], None]) -> int:
        """Hand what is due to `queue_work` in one transaction; 0 where another process was faster."""
        with self._redis.pipeline() as pipe:
            pipe.watch(keys.LATER)
            due = pipe.zrange(keys.LATER, "-inf", now.timestamp(), byscore=True, offset=0, num=_AT_ONCE)
            if not due:
                return 0
            pipe.multi()
            pipe.zrem(keys.LATER, *due)
            queue_work(pipe, [json.loads(raw) for raw in due])
            try:
                pipe.execute()
            except redis.WatchError:
                return 0
        return len(due)

    def depth(self) -> int:
        """How many wait."""
        return int(self._redis.zcard(keys.LATER))
