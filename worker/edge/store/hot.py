"""Feeds in which a topic matched lately, which are polled as often as they may be."""

from __future__ import annotations

from datetime import datetime

import redis

from worker.edge import keys
from worker.edge.store.feeds import FeedStore
from worker.model import FeedState

HOT = 30 * 60.0
"""Seconds for which a feed stays hot: for as long a story brings further reports soon."""


class HotFeeds:
    """Which feeds are hot, for every scheduler on one Redis."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis, self._feeds = connection, FeedStore(connection)

    def heat(self, feed_id: str, now: datetime) -> None:
        """Make a feed hot, and its next poll the earliest that its publisher and the operator allow.

        A feed that is being polled, is gone or fails keeps its due time, as does one that changes meanwhile: its own
        poll sees that it is hot.
        """
        self._redis.zadd(keys.FEEDS_HOT, {feed_id: now.timestamp() + HOT})
        self._feeds.hasten(feed_id, lambda state: _earliest(state, now))

    def now(self, now: datetime) -> frozenset[str]:
        """The feeds that are hot; those that were are forgotten."""
        self._redis.zremrangebyscore(keys.FEEDS_HOT, "-inf", now.timestamp())
        # One further ahead than any can be was heated before a clock was set back.
        return frozenset(
            raw.decode() for raw in self._redis.zrangebyscore(keys.FEEDS_HOT, "-inf", now.timestamp() + HOT)
        )


def _earliest(state: FeedState, now: datetime) -> datetime | None:
    if state.not_before is None or state.gone or state.errors:
        return None
    return max(state.not_before, now)
