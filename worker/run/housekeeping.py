"""What the scheduler does for the stores now and then: forgetting, making room, keeping articles and queues small."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import redis
import structlog

from worker.edge.rq_engine.joining import Joiner, Rules
from worker.edge.rq_engine.queue import INGEST
from worker.edge.store.room import make_room
from worker.edge.store.shorthand import keep, learn
from worker.edge.store.upkeep import is_full, trim
from worker.run import jobs

log = structlog.get_logger()

# Near its limit a busy system trims every few seconds.
TOLD_EVERY = timedelta(minutes=1)
RULES = Rules(may_join=jobs.may_be_joined, join=jobs.joined, title="ingest from many feeds")


class Housekeeping:
    """Any number may work over one Redis: twice the same work changes nothing."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection
        self.is_full = False
        """Whether so little room is left that no new work should be made."""
        self._trimmed = 0
        self._told: datetime | None = None
        self._joiner = Joiner(connection, INGEST, RULES)
        self._joins = asyncio.Lock()

    async def tidy(self, now: datetime, *, articles_ttl: float) -> None:
        """Forget what is past its time; train a dictionary where one is due (a second or two in a thread)."""
        trim(self._redis, now, articles_ttl=articles_ttl)
        keep(self._redis, now, articles_ttl=articles_ttl)
        if name := await asyncio.to_thread(learn, self._redis, now):
            log.info("dictionary_learned", name=name)

    async def join_jobs(self) -> None:
        """Have a long queue take less room (some dozen milliseconds in a thread for every hundred entries)."""
        if not self._joins.locked():
            async with self._joins:
                await asyncio.to_thread(self._joiner.look)

    def look_for_room(self) -> None:
        """Find out whether Redis is full, and say so when that changes."""
        was_full, self.is_full = self.is_full, is_full(self._redis)
        if self.is_full and not was_full:
            log.error("redis_full", mend="raise maxmemory or keep articles for less time; nothing is polled until then")
        elif was_full and not self.is_full:
            log.info("redis_has_room")

    async def make_room(self, now: datetime) -> None:
        """Let the oldest articles go where Redis is crowded."""
        if (trimmed := await asyncio.to_thread(make_room, self._redis, now)) is None:
            return
        self._trimmed += trimmed.count
        if self._told is None or now - self._told >= TOLD_EVERY:
            log.warning(
                "articles_trimmed",
                count=self._trimmed,
                seen_before=trimmed.before.isoformat(),
                mend="raise maxmemory, or keep articles for less time ([storage] articles)",
            )
            self._trimmed, self._told = 0, now
