"""The feeds a page at a time, for programs: each is read once, whatever moves meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import nsmallest

from worker.edge import keys
from worker.edge.store.feed_view import HEALTH, FeedView
from worker.edge.store.feeds import FeedStore
from worker.edge.store.pauses import PAUSED


class FeedPages(FeedStore):
    """Feeds in Redis, by id."""

    def page(self, state: str | None, after: str, limit: int) -> list[FeedView]:
        """Up to `limit` configured feeds, of one of STATES where it is given, from behind the id `after` on."""
        due = {raw.decode(): score for raw, score in self._redis.zrange(keys.FEEDS_DUE, 0, -1, withscores=True)}
        wanted = set(due)
        others = [keys.FEEDS_BY_HEALTH + health for health in HEALTH if health != "ok"]
        if state == "ok":
            wanted -= self._members([*others, keys.FEEDS_PAUSED])
        elif state == PAUSED:
            wanted &= self._members([keys.FEEDS_PAUSED])
        elif state is not None:
            wanted &= self._members([keys.FEEDS_BY_HEALTH + state]) - self._members([keys.FEEDS_PAUSED])
        ids = nsmallest(limit, (feed_id for feed_id in wanted if feed_id > after))
        return list(self._views((feed_id, due[feed_id]) for feed_id in ids))

    def _members(self, sets: Sequence[str]) -> set[str]:
        return {raw.decode() for raw in self._redis.sunion(sets)}
