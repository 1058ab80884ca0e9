"""WebSub subscriptions in Redis: what feeds offer, what is subscribed, and what hubs pushed until it is read.

Schedulers and the web process write here at the same time, so a subscription is changed only by a function of what it
is now, in a transaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import redis
from redis.client import Pipeline

from worker.edge import codec, keys
from worker.poll.websub import Offer, State, Subscription

MOST_UNREAD = 200
"""Subscriptions that have something unread; beyond that feeds are polled instead."""
MOST_UNREAD_EACH = 4
"""Bodies kept of one subscription, since whoever runs a hub may push without end."""
_KEPT_SECONDS = 86_400
_AT_ONCE = 1_000
# A subscription nobody looks after any more, because its Redis was left behind, goes by itself.
_FORGOTTEN_AFTER = 90 * 86_400

_LEASE = """
local tokens = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
for _, token in ipairs(tokens) do redis.call('ZADD', KEYS[1], ARGV[2], token) end
return tokens
"""

_ADD = """
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[4])
redis.call('ZADD', KEYS[3], ARGV[5], ARGV[2])
return 1
"""

# Of a body there is no room for, an empty one stays: it has the feed polled. What is due later with nothing to read is
# a poll that can be had now.
_KEEP = """
local here = redis.call('XLEN', KEYS[2])
local first = not redis.call('ZSCORE', KEYS[1], ARGV[1])
if here == 0 then redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1]) end
local full = here >= tonumber(ARGV[6]) or first and redis.call('ZCARD', KEYS[1]) > tonumber(ARGV[5])
local body = full and '' or ARGV[4]
if here <= tonumber(ARGV[6]) then redis.call('XADD', KEYS[2], '*', 'type', ARGV[3], 'body', body) end
redis.call('EXPIRE', KEYS[2], ARGV[7])
return full and 0 or 1
"""

_READ = """
for index = 3, #ARGV do redis.call('XDEL', KEYS[2], ARGV[index]) end
if redis.call('XLEN', KEYS[2]) > 0 then return redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1]) end
redis.call('DEL', KEYS[2])
return redis.call('ZREM', KEYS[1], ARGV[1])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What a hub sent, once its signature was found right. An empty body only says that there is news."""

    id: str = ""
    content_type: str
    body: bytes


class Subscriptions:
    """Subscriptions, and what was pushed."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection
        self._add = connection.register_script(_ADD)
        self._lease = connection.register_script(_LEASE)
        self._keep = connection.register_script(_KEEP)
        self._read = connection.register_script(_READ)

    # --- what feeds offer ---

    def note(self, feed_id: str, offer: Offer | None) -> None:
        """Keep what a feed says of its hub."""
        if offer is None:
            self._redis.hdel(keys.HUBS, feed_id)
        else:
            self._redis.hset(keys.HUBS, feed_id, json.dumps([offer.hub, offer.topic]))

    def offers(self) -> dict[str, Offer]:
        """What configured feeds say of their hubs, by feed id; what removed ones said is forgotten."""
        found = self._configured(self._redis.hgetall(keys.HUBS))
        return {feed_id: Offer(hub=hub, topic=topic) for feed_id, (hub, topic) in found.items()}

    def _configured(self, said: Mapping[bytes, bytes]) -> dict[str, tuple[str, str]]:
        ids = list(said)
        gone: list[bytes] = []
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            scores = self._redis.zmscore(keys.FEEDS_DUE, some)
            gone += [feed_id for feed_id, score in zip(some, scores, strict=True) if score is None]
        if gone:
            self._redis.hdel(keys.HUBS, *gone)
        left = said.keys() - set(gone)
        return {feed_id.decode(): json.loads(said[feed_id]) for feed_id in left}

    # --- subscriptions ---

    def wanted(self) -> dict[str, Subscription]:
        """The subscription of each feed that has one, by feed id."""
        tokens = self._redis.hgetall(keys.SUBSCRIPTIONS)
        found = self._several(tokens.values())
        return {feed_id.decode(): found[token.decode()] for feed_id, token in tokens.items() if token.decode() in found}

    def _several(self, tokens: Iterable[bytes]) -> dict[str, Subscription]:
        names = [token.decode() for token in tokens]
        found: dict[str, Subscription] = {}
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            for raw in self._redis.mget([keys.SUBSCRIPTION + name for name in some]):
                if raw is not None:
                    one = codec.load(Subscription, raw)
                    found[one.token] = one
        return found

    def get(self, token: str) -> Subscription | None:
        raw = self._redis.get(keys.SUBSCRIPTION + token)
        return codec.load(Subscription, raw) if raw else None

    def add(self, subscription: Subscription) -> bool:
        """A new subscription; False where its feed has got one meanwhile."""
        return bool(
            self._add(
                keys=[keys.SUBSCRIPTIONS, keys.SUBSCRIPTION + subscription.token, keys.SUBSCRIPTIONS_DUE],
                args=[
                    subscription.feed_id,
                    subscription.token,
                    codec.dump(subscription),
                    _FORGOTTEN_AFTER,
                    subscription.due.timestamp(),
                ],
            )
        )

    def change(self, token: str, to: Callable[[Subscription], Subscription | None]) -> Subscription | None:
        """Make a subscription what `to` makes of it, None forgetting it; what it is then.

        `to` may be called again where somebody else changed it meanwhile.
        """
        with self._redis.pipeline() as pipe:
            while True:
                pipe.watch(keys.SUBSCRIPTION + token)
                raw = pipe.get(keys.SUBSCRIPTION + token)
                before = codec.load(Subscription, raw) if raw else None
                after = to(before) if before else None
                if after == before:
                    return after
                held = pipe.hget(keys.SUBSCRIPTIONS, before.feed_id) if before else None
                pipe.multi()
                if before is not None and held == token.encode() and (after is None or after.state is State.LEAVING):
                    pipe.hdel(keys.SUBSCRIPTIONS, before.feed_id)
                if after is None:
                    _forget(pipe, token)
                else:
                    _put(pipe, after)
                try:
                    pipe.execute()
                except redis.WatchError:
                    continue
                return after

    def due(self, now: datetime, *, lease: float, limit: int) -> list[Subscription]:
        """Subscriptions that are to be looked at, each leased to the caller for `lease` seconds."""
        at = now.timestamp()
        tokens = self._lease(keys=[keys.SUBSCRIPTIONS_DUE], args=[at, at + lease, limit])
        found = self._several(tokens)
        lost = [token for token in tokens if token.decode() not in found]
        if lost:
            self._redis.zrem(keys.SUBSCRIPTIONS_DUE, *lost)
        return list(found.values())

    # --- pushes ---

    def keep(self, token: str, push: Push, now: datetime) -> bool:
        """Keep what was pushed until a scheduler reads it; False where there is too much: the feed is polled then."""
        return bool(
            self._keep(
                keys=[keys.PUSHES_DUE, keys.PUSHED + token],
                args=[
                    token,
                    now.timestamp(),
                    push.content_type,
                    push.body,
                    MOST_UNREAD,
                    MOST_UNREAD_EACH,
                    _KEPT_SECONDS,
                ],
            )
        )

    def look_again(self, token: str, at: datetime) -> None:
        """Have the feed polled at `at`, if nothing is pushed before."""
        self._redis.zadd(keys.PUSHES_DUE, {token: at.timestamp()}, nx=True)

    def unread(self, now: datetime, *, lease: float, limit: int) -> dict[str, list[Push]]:
        """What was pushed, by token, leased to the caller for `lease` seconds.

        Where nothing was, the feed is only to be polled.
        """
        at = now.timestamp()
        tokens = self._lease(keys=[keys.PUSHES_DUE], args=[at, at + lease, limit])
        return {token.decode(): self._pushes(token.decode()) for token in tokens}

    def _pushes(self, token: str) -> list[Push]:
        return [
            Push(id=number.decode(), content_type=kept[b"type"].decode("utf-8", "replace"), body=kept[b"body"])
            for number, kept in self._redis.xrange(keys.PUSHED + token)
        ]

    def read(self, token: str, pushes: Iterable[Push], then: datetime) -> None:
        """These were read; what is left is to be read at `then`."""
        done = [push.id for push in pushes]
        self._read(keys=[keys.PUSHES_DUE, keys.PUSHED + token], args=[token, then.timestamp(), *done])

    def put_off(self, token: str, until: datetime) -> None:
        """Read later, because the feed is being polled."""
        self._redis.zadd(keys.PUSHES_DUE, {token: until.timestamp()}, xx=True)


def _put(pipe: Pipeline, subscription: Subscription) -> None:
    pipe.set(keys.SUBSCRIPTION + subscription.token, codec.dump(subscription), ex=_FORGOTTEN_AFTER)
    pipe.zadd(keys.SUBSCRIPTIONS_DUE, {subscription.token: subscription.due.timestamp()})


def _forget(pipe: Pipeline, token: str) -> None:
    pipe.delete(keys.SUBSCRIPTION + token, keys.PUSHED + token)
    pipe.zrem(keys.SUBSCRIPTIONS_DUE, token)
    pipe.zrem(keys.PUSHES_DUE, token)
