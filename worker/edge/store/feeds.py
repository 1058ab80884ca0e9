"""The due set of feeds, with leases, and the first hand-over: seen keys, queued work and feed state in one transaction.

A claim moves a feed's due time to the end of its lease and leaves a token; only the holder of the token may commit. A
scheduler that dies leaves its feeds to whoever looks after the lease has ended.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isinf

import redis
from redis.client import Pipeline

from worker.edge import codec, keys
from worker.edge.store.events import count, emit
from worker.model import Feed, FeedState, WorkItem

# Removed feeds keep their memory for a while, so that adding one again does not alert on old entries.
FORGET_AFTER = 30 * 86_400
# An entry key stays at least this many keys beyond what the feed shows now.
SEEN_SLACK = 1_000

_CLAIM = """
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
local out = {}
for _, id in ipairs(ids) do
  redis.call('ZADD', KEYS[1], ARGV[2], id)
  redis.call('HSET', ARGV[5] .. id, 'claim', ARGV[4])
  out[#out + 1] = id
  out[#out + 1] = redis.call('HGET', ARGV[5] .. id, 'state') or ''
end
return out
"""


_RENEW = """
if redis.call('HGET', KEYS[2], 'claim') ~= ARGV[2] then return 0 end
return redis.call('ZADD', KEYS[1], 'XX', 'CH', ARGV[1], ARGV[3])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A feed this scheduler may poll until its lease ends."""

    feed_id: str
    token: str
    state: FeedState


# A feed answers, fails, is gone for good (410), or was not polled yet.
HEALTH = ("ok", "failing", "gone", "new")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedView:
    """A feed as shown to people."""

    id: str
    url: str
    name: str
    due: datetime | None
    state: FeedState

    @property
    def health(self) -> str:
        """One of HEALTH."""
        if self.state.gone:
            return "gone"
        if self.state.failing_since is not None:
            return "failing"
        return "ok" if self.state.polls or self.state.last_poll else "new"


def count_by_health(feeds: Iterable[FeedView]) -> dict[str, int]:
    """How many feeds are in each state of HEALTH."""
    found = Counter(feed.health for feed in feeds)
    return {health: found[health] for health in HEALTH}


class FeedStore:
    """Feeds in Redis."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection
        self._claim = connection.register_script(_CLAIM)
        self._renew = connection.register_script(_RENEW)

    def sync(self, feeds: Sequence[Feed], first_due: Callable[[Feed], datetime]) -> tuple[int, int]:
        """Make the due set hold exactly `feeds`; returns how many were added and removed."""
        wanted = {feed.id: feed for feed in feeds}
        known = {raw.decode() for raw in self._redis.zrange(keys.FEEDS_DUE, 0, -1)}
        added, removed = wanted.keys() - known, known - wanted.keys()
        pipe = self._redis.pipeline()
        for feed_id, feed in wanted.items():
            pipe.hset(keys.FEED + feed_id, mapping={"url": feed.url, "name": feed.name})
        for feed_id in added:
            pipe.persist(keys.FEED + feed_id)
            pipe.persist(keys.SEEN + feed_id)
            pipe.zadd(keys.FEEDS_DUE, {feed_id: first_due(wanted[feed_id]).timestamp()}, nx=True)
        for feed_id in removed:
            pipe.zrem(keys.FEEDS_DUE, feed_id)
            pipe.expire(keys.FEED + feed_id, FORGET_AFTER)
            pipe.expire(keys.SEEN + feed_id, FORGET_AFTER)
        pipe.execute()
        return len(added), len(removed)

    def claim(self, now: datetime, *, lease: float, limit: int) -> list[Claim]:
        """Feeds that are due, each leased to the caller for `lease` seconds."""
        token = secrets.token_hex(8)
        at = now.timestamp()
        flat = self._claim(keys=[keys.FEEDS_DUE], args=[at, at + lease, limit, token, keys.FEED])
        return [
            Claim(
                feed_id=flat[i].decode(),
                token=token,
                state=codec.load(FeedState, flat[i + 1]) if flat[i + 1] else FeedState(),
            )
            for i in range(0, len(flat), 2)
        ]

    def renew(self, claim: Claim, now: datetime, *, lease: float) -> None:
        """Make a claim last `lease` seconds from now, if it is still held."""
        self._renew(
            keys=[keys.FEEDS_DUE, keys.FEED + claim.feed_id], args=[now.timestamp() + lease, claim.token, claim.feed_id]
        )

    def release(self, claim: Claim, due: datetime) -> None:
        """Give a claim back unpolled (shutting down, or its host is busy): the feed is due again at `due`."""
        if self._redis.hget(keys.FEED + claim.feed_id, "claim") == claim.token.encode():
            self._redis.zadd(keys.FEEDS_DUE, {claim.feed_id: due.timestamp()}, xx=True)

    def seen(self, feed_id: str, candidates: Sequence[int]) -> set[int]:
        """Those of the entry keys that were seen before."""
        if not candidates:
            return set()
        answers = self._redis.smismember(keys.SEEN + feed_id, list(candidates))
        return {key for key, is_in in zip(candidates, answers, strict=True) if is_in}

    def commit(
        self,
        claim: Claim,
        state: FeedState,
        *,
        work: Sequence[WorkItem],
        shown: Sequence[int],
        queue_work: Callable[[Pipeline, Sequence[WorkItem]], None],
        outcome: str,
    ) -> bool:
        """Hand-over 1: `shown` keys are seen, jobs for `work` exist and the feed's state is new, or none of it.

        `queue_work` adds the jobs to the transaction. False when the lease had passed to another scheduler.
        """
        key, seen_key = keys.FEED + claim.feed_id, keys.SEEN + claim.feed_id
        with self._redis.pipeline() as pipe:
            pipe.watch(key)
            held = pipe.hget(key, "claim")
            name, still_due = pipe.hget(key, "name"), pipe.zscore(keys.FEEDS_DUE, claim.feed_id)
            forget = pipe.scard(seen_key) > 2 * len(shown) + SEEN_SLACK
            if held != claim.token.encode():
                return False
            pipe.multi()
            pipe.hset(key, mapping={"state": codec.dump(state)})
            pipe.hdel(key, "claim")
            if still_due is not None:
                # A feed that is gone (410) stays listed, never due.
                due = state.next_due.timestamp() if state.next_due else "+inf"
                pipe.zadd(keys.FEEDS_DUE, {claim.feed_id: due})
            if shown:
                if forget:
                    pipe.delete(seen_key)
                pipe.sadd(seen_key, *shown)
            if still_due is None:
                # Removed while it was polled: what was written anew has no end of its own yet.
                pipe.expire(key, FORGET_AFTER)
                pipe.expire(seen_key, FORGET_AFTER)
            if work:
                queue_work(pipe, work)
            _tell(pipe, (name or b"").decode(), state, work, outcome)
            try:
                pipe.execute()
            except redis.WatchError:
                return False
        return True

    def view(self) -> list[FeedView]:
        """Every configured feed with its health, by name."""
        ids = [(raw.decode(), score) for raw, score in self._redis.zrange(keys.FEEDS_DUE, 0, -1, withscores=True)]
        pipe = self._redis.pipeline(transaction=False)
        for feed_id, _ in ids:
            pipe.hmget(keys.FEED + feed_id, "url", "name", "state")
        rows = zip(ids, pipe.execute(), strict=True)
        views = [
            FeedView(
                id=feed_id,
                url=(url or b"").decode(),
                name=(name or b"").decode(),
                due=None if isinf(due) else datetime.fromtimestamp(due, UTC),
                state=codec.load(FeedState, state) if state else FeedState(),
            )
            for (feed_id, due), (url, name, state) in rows
        ]
        return sorted(views, key=lambda view: view.name.casefold())


def _tell(pipe: Pipeline, name: str, state: FeedState, work: Sequence[WorkItem], outcome: str) -> None:
    count(pipe, "wirewatch_polls_total", result=outcome)
    count(pipe, "wirewatch_entries_total", len(work))
    if work:
        emit(pipe, "polled", feed=name, new=len(work))
    elif outcome == "failed":
        emit(pipe, "poll_failed", feed=name, error=state.error or "")
