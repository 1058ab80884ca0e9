"""Feeds that people have paused. They stay known, and nobody asks for them until they are resumed."""

from __future__ import annotations

from datetime import datetime

import redis

from worker.edge import keys
from worker.edge.store.feed_view import HEALTH
from worker.edge.store.feeds import FeedStore

PAUSED = "paused"
STATES = (*HEALTH, PAUSED)
"""A feed's health, or that people have paused it, whatever its health."""

# ARGV: id, when it is due. One that came due meanwhile was put off for ever by the claim.
_RESUME = f"""
if redis.call('SREM', '{keys.FEEDS_PAUSED}', ARGV[1]) == 0 then return 0 end
if redis.call('ZSCORE', '{keys.FEEDS_DUE}', ARGV[1]) == 'inf' then
  redis.call('ZADD', '{keys.FEEDS_DUE}', ARGV[2], ARGV[1])
end
return 1
"""


class Pauses:
    """Which feeds are paused, by their ids."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection
        self._resume = connection.register_script(_RESUME)

    def ids(self) -> frozenset[str]:
        return frozenset(raw.decode() for raw in self._redis.smembers(keys.FEEDS_PAUSED))

    def pause(self, feed_id: str) -> bool:
        """Ask for it no more; a poll under way ends as it began. False where it is no feed of ours."""
        if self._redis.zscore(keys.FEEDS_DUE, feed_id) is None:
            return False
        with self._redis.pipeline() as pipe:
            pipe.sadd(keys.FEEDS_PAUSED, feed_id)
            pipe.zadd(keys.FEEDS_DUE, {feed_id: float("inf")}, xx=True)
            pipe.execute()
        return True

    def resume(self, feed_id: str, now: datetime) -> bool:
        """Ask for it again, at once; False where it is not paused."""
        return bool(self._resume(args=[feed_id, now.timestamp()]))


def count_by_state(connection: redis.Redis) -> dict[str, int]:
    """How many configured feeds are in each of STATES."""
    pipe = connection.pipeline(transaction=False)
    pipe.scard(keys.FEEDS_PAUSED)
    others = [health for health in HEALTH if health != "ok"]
    for health in others:
        pipe.sinter([keys.FEEDS_BY_HEALTH + health, keys.FEEDS_PAUSED])
    paused, *of_others = pipe.execute()
    apart = {health: len(found) for health, found in zip(others, of_others, strict=True)}
    apart["ok"] = paused - sum(apart.values())
    counts = FeedStore(connection).counts()
    return {**{health: counts[health] - apart[health] for health in HEALTH}, PAUSED: paused}
