"""Alerts that were decided and their way to each destination.

The outbox is the truth about what is still to be sent; a deliver job is only the wake-up call. Every pending delivery
has a time of next attempt; whoever starts an attempt moves it to the end of a lease, so a deliverer that dies is
followed by another, and the alert id stays the same. `not_before` of a delivery is the end of that lease, and after a
failure the end of the pause: wake-up calls pile up while nobody delivers, and must not use up every attempt at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import redis
from redis.client import Pipeline

from worker.edge import codec, keys
from worker.edge.store.events import count, emit
from worker.model import Alert

# Longer than the slowest attempt; an attempt that has not reported by then is made again.
ATTEMPT_LEASE = 60.0
ALERTS_KEPT = 90 * 86_400

_DUE = """
local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
for _, member in ipairs(found) do redis.call('ZADD', KEYS[1], ARGV[2], member) end
return found
"""

_BEGIN = """
if redis.call('HGET', KEYS[1], 'state') ~= 'pending' then
  redis.call('ZREM', KEYS[2], ARGV[3])
  return 0
end
local free = tonumber(redis.call('HGET', KEYS[1], 'not_before') or '0')
local orphaned = ARGV[4] == '1' and redis.call('HEXISTS', KEYS[1], 'sending') == 1
if free > tonumber(ARGV[1]) and not orphaned then return 0 end
redis.call('HSET', KEYS[1], 'not_before', ARGV[2], 'sending', 1)
redis.call('ZADD', KEYS[2], 'XX', ARGV[2], ARGV[3])
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One alert for one destination."""

    alert_id: str
    destination: str

    @property
    def member(self) -> str:
        return f"{self.alert_id}:{self.destination}"

    @classmethod
    def parse(cls, member: str) -> Address:
        alert_id, _, destination = member.partition(":")
        return cls(alert_id=alert_id, destination=destination)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One alert on its way to one destination. `state` is pending, delivered or dead."""

    alert_id: str
    destination: str
    state: str = "pending"
    attempts: int = 0
    next_attempt: datetime | None = None
    delivered_at: datetime | None = None
    error: str = ""


def put(
    pipe: Pipeline,
    alert: Alert,
    due: Mapping[str, datetime],
    now: datetime,
    queue: Callable[[Pipeline, Sequence[str]], None],
) -> None:
    """Part of hand-over 2: the alert and a pending delivery for each destination in `due` (name -> first attempt).

    Deliveries that are due now get a job at once through `queue`; held ones wait for the pump.
    """
    pipe.set(keys.ALERT + alert.id, codec.dump(alert), ex=ALERTS_KEPT)
    pipe.zadd(keys.ALERTS, {alert.id: alert.created.timestamp()})
    if due:
        pipe.sadd(keys.ALERT_DESTINATIONS + alert.id, *due)
        pipe.expire(keys.ALERT_DESTINATIONS + alert.id, ALERTS_KEPT)
    at_once = []
    for name, first in due.items():
        address = Address(alert_id=alert.id, destination=name)
        delivery_key = keys.DELIVERY + address.member
        pipe.hset(delivery_key, mapping={"state": "pending", "attempts": 0})
        pipe.expire(delivery_key, ALERTS_KEPT)
        if first <= now:
            at_once.append(address.member)
            pipe.zadd(keys.OUTBOX, {address.member: now.timestamp() + ATTEMPT_LEASE})
        else:
            pipe.zadd(keys.OUTBOX, {address.member: first.timestamp()})
    if at_once:
        queue(pipe, at_once)
    count(pipe, "wirewatch_alerts_total", reason=alert.reason.value)
    emit(
        pipe,
        "alerted",
        id=alert.id,
        reason=alert.reason.value,
        topic=alert.topic,
        headline=alert.story.headline,
        because=alert.sent_because,
        source=alert.article.source.name or alert.article.source.domain,
        url=alert.article.url,
        trace=alert.trace,
    )


class Outbox:
    """Deliveries in Redis."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection
        self._due = connection.register_script(_DUE)
        self._begin = connection.register_script(_BEGIN)

    def due(self, now: datetime, *, limit: int = 100) -> list[str]:
        """Members whose next attempt is due, each leased so that it is returned once."""
        at = now.timestamp()
        found = self._due(keys=[keys.OUTBOX], args=[at, at + ATTEMPT_LEASE, limit])
        return [raw.decode() for raw in found]

    def begin(self, address: Address, now: datetime, *, takeover: bool = False) -> Alert | None:
        """Start an attempt: the alert to send, or None when it is done, being sent, not yet due again, or unknown.

        With `takeover` the caller knows that the deliverer who was sending it has died; its lease is not waited for.
        """
        at = now.timestamp()
        started = self._begin(
            keys=[keys.DELIVERY + address.member, keys.OUTBOX],
            args=[at, at + ATTEMPT_LEASE, address.member, int(takeover)],
        )
        if not started:
            return None
        data = self._redis.get(keys.ALERT + address.alert_id)
        return codec.load(Alert, data) if data else None

    def delivered(self, address: Address, alert: Alert, now: datetime) -> None:
        """The receiver has it."""
        with self._redis.pipeline() as pipe:
            key = keys.DELIVERY + address.member
            pipe.hset(key, mapping={"state": "delivered", "delivered_at": now.isoformat(), "error": ""})
            pipe.hincrby(key, "attempts", 1)
            pipe.hdel(key, "not_before", "sending", "receipt", "asked")
            pipe.zrem(keys.OUTBOX, address.member)
            count(pipe, "wirewatch_deliveries_total", result="delivered", destination=address.destination)
            emit(pipe, "delivered", id=alert.id, destination=address.destination, trace=alert.trace)
            pipe.execute()

    def failed(self, address: Address, alert: Alert, error: str, next_attempt: datetime | None) -> None:
        """An attempt failed; without a next one the delivery is a dead letter."""
        with self._redis.pipeline() as pipe:
            key = keys.DELIVERY + address.member
            state = "pending" if next_attempt else "dead"
            pipe.hset(key, mapping={"state": state, "error": error})
            pipe.hincrby(key, "attempts", 1)
            pipe.hdel(key, "sending")
            if next_attempt:
                pipe.hset(key, "not_before", next_attempt.timestamp())
                pipe.zadd(keys.OUTBOX, {address.member: next_attempt.timestamp()})
            else:
                pipe.hdel(key, "not_before")
                pipe.zrem(keys.OUTBOX, address.member)
            result = "retry" if next_attempt else "dead"
            count(pipe, "wirewatch_deliveries_total", result=result, destination=address.destination)
            emit(
                pipe,
                "delivery_failed",
                id=alert.id,
                destination=address.destination,
                error=error,
                state=state,
            )
            pipe.execute()

    def postponed(self, address: Address, until: datetime) -> None:
        """It is not the time for it; this was no attempt."""
        with self._redis.pipeline() as pipe:
            key = keys.DELIVERY + address.member
            pipe.hset(key, "not_before", until.timestamp())
            pipe.hdel(key, "sending")
            pipe.zadd(keys.OUTBOX, {address.member: until.timestamp()}, xx=True)
            pipe.execute()

    def delivery(self, address: Address) -> Delivery | None:
        """Where one delivery stands."""
        raw = self._redis.hgetall(keys.DELIVERY + address.member)
        if not raw:
            return None
        fields = {key.decode(): value.decode() for key, value in raw.items()}
        due = self._redis.zscore(keys.OUTBOX, address.member)
        return Delivery(
            alert_id=address.alert_id,
            destination=address.destination,
            state=fields["state"],
            attempts=int(fields["attempts"]),
            next_attempt=datetime.fromtimestamp(due, UTC) if due is not None else None,
            delivered_at=datetime.fromisoformat(fields["delivered_at"]) if "delivered_at" in fields else None,
            error=fields.get("error", ""),
        )

    def deliveries(self, alert_id: str) -> list[Delivery]:
        """Where an alert stands at each of its destinations, by name."""
        names = sorted(raw.decode() for raw in self._redis.smembers(keys.ALERT_DESTINATIONS + alert_id))
        found = [self.delivery(Address(alert_id=alert_id, destination=name)) for name in names]
        return [delivery for delivery in found if delivery]

    def resend(self, alert_id: str, now: datetime) -> list[str]:
        """Make every delivery of an alert pending again; returns the destinations, none for an unknown alert."""
        names = [delivery.destination for delivery in self.deliveries(alert_id)]
        with self._redis.pipeline() as pipe:
            for name in names:
                address = Address(alert_id=alert_id, destination=name)
                pipe.hset(keys.DELIVERY + address.member, mapping={"state": "pending", "attempts": 0, "error": ""})
                pipe.hdel(keys.DELIVERY + address.member, "not_before", "sending", "receipt", "asked")
                pipe.hincrby(keys.DELIVERY + address.member, "round", 1)
                pipe.zadd(keys.OUTBOX, {address.member: now.timestamp()})
            pipe.execute()
        return names

    def alert(self, alert_id: str) -> Alert | None:
        """One alert."""
        data = self._redis.get(keys.ALERT + alert_id)
        return codec.load(Alert, data) if data else None

    def recent(self, limit: int = 50) -> list[Alert]:
        """The newest alerts, newest first."""
        ids = [raw.decode() for raw in self._redis.zrange(keys.ALERTS, 0, limit - 1, desc=True)]
        found = self._redis.mget([keys.ALERT + alert_id for alert_id in ids]) if ids else []
        return [codec.load(Alert, data) for data in found if data]

    def depth(self) -> int:
        """Deliveries still to be made."""
        return int(self._redis.zcard(keys.OUTBOX))
