"""Alerts that are collected at a destination until they go out as one digest.

An alert in a pile keeps its place in the line of its story; the digest takes over the places of all it tells of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import redis

from worker.edge import codec, keys
from worker.edge.store import outbox
from worker.edge.store.outbox import Address
from worker.model import Alert

OVERFLOW = "over"
"""The pile of what a destination's limit did not let through; the others are called by the ids of topics."""
# Of one digest. What is beyond that follows in the next one.
MOST = 200


class Piles:
    """Piles in Redis."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection

    def add(self, address: Address, pile: str, until: datetime) -> datetime:
        """Put a delivery that was begun on a pile; gives when that goes out, `until` where it is the first on it."""
        due_key = keys.PILES_DUE + address.destination
        self._redis.hsetnx(due_key, pile, until.timestamp())
        due = float(self._redis.hget(due_key, pile) or until.timestamp())
        latest = self._redis.zrange(_pile(pile, address.destination), -1, -1, withscores=True)
        number = latest[0][1] + 1 if latest else 0
        with self._redis.pipeline() as pipe:
            pipe.zadd(_pile(pile, address.destination), {address.alert_id: number}, nx=True)
            pipe.hset(keys.DELIVERY + address.member, mapping={"pile": pile, "not_before": due})
            pipe.hdel(keys.DELIVERY + address.member, "sending")
            pipe.zadd(keys.OUTBOX + address.destination, {address.alert_id: due}, xx=True)
            pipe.execute()
        return datetime.fromtimestamp(due, UTC)

    def due(self, name: str, pile: str) -> datetime | None:
        """When a pile goes out; None where there is none."""
        raw = self._redis.hget(keys.PILES_DUE + name, pile)
        return datetime.fromtimestamp(float(raw), UTC) if raw else None

    def lying(self, name: str, pile: str) -> list[Address]:
        """What lies on a pile, in the order in which it came there."""
        ids = self._redis.zrange(_pile(pile, name), 0, MOST - 1)
        return [Address(alert_id=raw.decode(), destination=name) for raw in ids]

    def take_away(self, address: Address, pile: str) -> None:
        """What becomes of this delivery is decided anew."""
        with self._redis.pipeline() as pipe:
            pipe.zrem(_pile(pile, address.destination), address.alert_id)
            pipe.hdel(keys.DELIVERY + address.member, "pile")
            pipe.execute()

    def close(
        self, name: str, pile: str, now: datetime, digest: Callable[[Sequence[Alert]], Alert | None]
    ) -> Alert | None:
        """Make a delivery of `digest`, told what lies on the pile, which takes the place of all of these.

        Where `digest` gives None, or another worker was faster, the deliveries are as if they had never been collected.
        """
        key = _pile(pile, name)
        with self._redis.pipeline() as pipe:
            pipe.watch(key)
            ids = [raw.decode() for raw in pipe.zrange(key, 0, MOST - 1)]
            is_all = len(ids) == int(pipe.zcard(key))
            found = pipe.mget([keys.ALERT + one for one in ids]) if ids else []
            loaded = [codec.load(Alert, data) for data in found if data]
            alerts = [one for one in loaded if pipe.hget(_delivery(one, name), "pile") == pile.encode()]
            made = digest(alerts) if alerts else None
            pipe.multi()
            pipe.zrem(key, "", *ids)
            if is_all:
                pipe.hdel(keys.PILES_DUE + name, pile)
            if made is not None:
                outbox.put(pipe, made, {name: now}, now, _nobody)
            for alert in alerts:
                delivery = _delivery(alert, name)
                pipe.hdel(delivery, "pile", "not_before", "sending")
                if made is None:
                    pipe.zadd(keys.OUTBOX + name, {alert.id: now.timestamp()}, xx=True)
                    continue
                pipe.hset(delivery, mapping={"state": "collected", "digest": made.id})
                pipe.zrem(keys.OUTBOX + name, alert.id)
                for line in outbox.lines_of(alert, name):
                    pipe.linsert(line, "BEFORE", alert.id, made.id)
                    pipe.lrem(line, 0, alert.id)
            try:
                pipe.execute()
            except redis.WatchError:
                return None
        return made


def _delivery(alert: Alert, name: str) -> str:
    return keys.DELIVERY + Address(alert_id=alert.id, destination=name).member


def _pile(pile: str, name: str) -> str:
    return f"{keys.PILE}{pile}:{name}"


def _nobody(_pipe: object, _members: Sequence[str]) -> None:
    """Nobody needs to be called: whoever closes a pile is at work."""
