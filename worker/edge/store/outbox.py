"""Alerts that were decided and their way to each destination.

The outbox is the truth about what is still to be sent; a deliver job is only the wake-up call. Each destination has a
lane of its own, in which every pending delivery has a time of next attempt; whoever starts an attempt moves it to the
end of a short lease and renews that while it is at work, so a deliverer that dies is followed by another within
seconds, and the alert id stays the same. `not_before` of a delivery is the end of that lease, and after a failure the
end of the pause.

The alerts of one story stand in a line at each destination, in the order in which they were decided: one is not sent
before those ahead of it are delivered or given up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import redis
from redis.client import Pipeline

from worker.edge import codec, keys
from worker.edge.store.alert_log import log_alert
from worker.edge.store.deliveries import Address, Deliveries, Delivery
from worker.edge.store.destinations import note_refused, note_taken
from worker.edge.store.events import count, emit
from worker.edge.store.outbox_scripts import BEGIN, LEAVE, READY
from worker.model import Alert, Reason

__all__ = ["ALERTS_KEPT", "ATTEMPT_LEASE", "Address", "Delivery", "Outbox", "put"]

# A deliverer that has not renewed by then has died, and its attempts are made again.
ATTEMPT_LEASE = 8.0
ALERTS_KEPT = 90 * 86_400
# How long an alert waits that stands behind one whose time is not known; the end of that one wakes it anyway.
_BEHIND = 30.0


def put(
    pipe: Pipeline,
    alert: Alert,
    due: Mapping[str, datetime],
    now: datetime,
    queue: Callable[[Pipeline, Sequence[str]], None],
) -> None:
    """Part of hand-over 2: the alert and a pending delivery for each destination in `due` (name -> first attempt).

    Deliveries that are due now get a job at once through `queue`; held ones wait for the scheduler.
    """
    pipe.set(keys.ALERT + alert.id, codec.dump(alert), ex=ALERTS_KEPT)
    pipe.zadd(keys.ALERTS, {alert.id: alert.created.timestamp()})
    log_alert(pipe, alert, now, kept=ALERTS_KEPT)
    if due:
        pipe.sadd(keys.ALERT_DESTINATIONS + alert.id, *due)
        pipe.expire(keys.ALERT_DESTINATIONS + alert.id, ALERTS_KEPT)
        pipe.sadd(keys.OUTBOXES, *due)
    at_once = []
    for name, first in due.items():
        address = Address(alert_id=alert.id, destination=name)
        delivery_key = keys.DELIVERY + address.member
        pipe.hset(delivery_key, mapping={"state": "pending", "attempts": 0, "not_before": first.timestamp()})
        pipe.expire(delivery_key, ALERTS_KEPT)
        if not alert.collected:  # a digest takes over the places of what it tells of
            for line in lines_of(alert, name):
                pipe.rpush(line, alert.id)
                pipe.expire(line, ALERTS_KEPT)
        pipe.zadd(keys.OUTBOX + name, {alert.id: first.timestamp()})
        if first <= now:
            at_once.append(address.member)
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


def lines_of(alert: Alert, destination: str) -> list[str]:
    """The lines in which the alert stands."""
    return [_line(story_id, destination) for story_id in alert.story_ids]


def _line(story_id: str, destination: str) -> str:
    return f"{keys.LINE}{story_id}:{destination}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a delivery that was begun depends on.

    Somebody may have `asked_again` for just this one, which then waits for nothing. `pile` is the one on which it lies,
    `behind` the one on which an alert lies that stands ahead of it in the line of its story, "" where there is none.
    Of one that `was_tried` nobody may know whether it arrived.
    """

    asked_again: bool
    pile: str
    behind: str
    was_tried: bool


class Outbox(Deliveries):
    """Deliveries in Redis."""

    def __init__(self, connection: redis.Redis) -> None:
        super().__init__(connection)
        self._ready = connection.register_script(READY)
        self._begin = connection.register_script(BEGIN)
        self._leave = connection.register_script(LEAVE)

    def ready(self, now: datetime, *, limit: int = 100) -> dict[str, list[Address]]:
        """For each destination that may be sent to, up to `limit` deliveries that are due, the oldest first."""
        found = self._ready(keys=[keys.OUTBOXES], args=[now.timestamp(), limit, keys.OUTBOX, keys.DESTINATION])
        return {
            name.decode(): [Address(alert_id=raw.decode(), destination=name.decode()) for raw in due]
            for name, due in found
        }

    def due(self, now: datetime) -> list[str]:
        """All that is due, as members."""
        return [address.member for addresses in self.ready(now).values() for address in addresses]

    def begin(self, address: Address, now: datetime) -> Alert | None:
        """Start an attempt: the alert to send, or None when it is done, being sent, not yet its turn, or unknown."""
        try:
            alert = self.alert(address.alert_id)
        except ValueError:
            self._unreadable(address, now)
            return None
        if alert is None:
            self._redis.zrem(keys.OUTBOX + address.destination, address.alert_id)
            return None
        own = lines_of(alert, address.destination)
        former = [_line(story_id, address.destination) for story_id in self._absorbed(alert)]
        at = now.timestamp()
        delivery = keys.DELIVERY + address.member
        started = self._begin(
            keys=[delivery, keys.OUTBOX + address.destination, *own, *former],
            args=[alert.id, at, at + ATTEMPT_LEASE, _BEHIND, keys.DELIVERY, address.destination, len(own)],
        )
        return alert if started else None

    def _unreadable(self, address: Address, now: datetime) -> None:
        """A dead letter at once, so that it costs nothing but itself."""
        with self._redis.pipeline() as pipe:
            pipe.hset(keys.DELIVERY + address.member, mapping={"state": "dead", "error": "the alert cannot be read"})
            pipe.zrem(keys.OUTBOX + address.destination, address.alert_id)
            pipe.zadd(keys.DEAD, {address.member: now.timestamp()})
            pipe.execute()

    def _absorbed(self, alert: Alert) -> list[str]:
        """The stories that were merged into those of the alert."""
        return sorted(
            raw.decode() for story_id in alert.story_ids for raw in self._redis.smembers(keys.STORY_ABSORBED + story_id)
        )

    def renew(self, addresses: Iterable[Address], now: datetime) -> None:
        """The attempts at these are still under way."""
        until = now.timestamp() + ATTEMPT_LEASE
        with self._redis.pipeline() as pipe:
            for address in addresses:
                pipe.hset(keys.DELIVERY + address.member, "not_before", until)
                pipe.zadd(keys.OUTBOX + address.destination, {address.alert_id: until}, xx=True)
            pipe.execute()

    def delivered(self, address: Address, alert: Alert, now: datetime) -> None:
        """The receiver has it."""
        with self._redis.pipeline() as pipe:
            key = keys.DELIVERY + address.member
            pipe.hset(key, mapping={"state": "delivered", "delivered_at": now.isoformat(), "error": ""})
            pipe.hincrby(key, "attempts", 1)
            pipe.hdel(key, "not_before", "sending", "receipt", "asked", "at_once")
            self._settle(pipe, address, alert, now)
            note_taken(pipe, address.destination, now)
            count(pipe, "wirewatch_deliveries_total", result="delivered", destination=address.destination)
            emit(pipe, "delivered", id=alert.id, destination=address.destination, trace=alert.trace)
            pipe.execute()

    def failed(
        self,
        address: Address,
        alert: Alert,
        error: str,
        next_attempt: datetime | None,
        now: datetime,
        *,
        pause: float | None = None,
    ) -> None:
        """An attempt failed; without a next one the delivery is a dead letter.

        `pause` is for how many seconds the whole destination wants to be left alone.
        """
        with self._redis.pipeline() as pipe:
            key = keys.DELIVERY + address.member
            state = "pending" if next_attempt else "dead"
            pipe.hset(key, mapping={"state": state, "error": error})
            pipe.hincrby(key, "attempts", 1)
            pipe.hdel(key, "sending")
            if next_attempt:
                pipe.hset(key, "not_before", next_attempt.timestamp())
                pipe.zadd(keys.OUTBOX + address.destination, {alert.id: next_attempt.timestamp()})
            else:
                pipe.hdel(key, "not_before")
                pipe.zadd(keys.DEAD, {address.member: now.timestamp()})
                self._settle(pipe, address, alert, now)
            # A receiver that knows no notices is well all the same.
            if alert.reason is not Reason.NOTICE:
                note_refused(pipe, address.destination, error, now, pause)
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

    def muted(self, address: Address, alert: Alert, why: str, now: datetime) -> None:
        """Nobody wants to be told; it is kept, and can be sent all the same."""
        with self._redis.pipeline() as pipe:
            key = keys.DELIVERY + address.member
            pipe.hset(key, mapping={"state": "muted", "error": why})
            pipe.hdel(key, "not_before", "sending")
            self._settle(pipe, address, alert, now)
            count(pipe, "wirewatch_deliveries_total", result="muted", destination=address.destination)
            emit(pipe, "muted", id=alert.id, destination=address.destination, why=why, trace=alert.trace)
            pipe.execute()

    def standing(self, address: Address) -> Standing:
        """What is known of a delivery that was begun."""
        raw = self._redis.hmget(keys.DELIVERY + address.member, "at_once", "pile", "behind", "attempts")
        asked, pile, behind, attempts = (value.decode() if value else "" for value in raw)
        return Standing(asked_again=bool(asked), pile=pile, behind=behind, was_tried=attempts not in {"", "0"})

    def _settle(self, pipe: Pipeline, address: Address, alert: Alert, now: datetime) -> None:
        lines = lines_of(alert, address.destination)
        self._leave(keys=[keys.OUTBOX + address.destination, *lines], args=[alert.id, now.timestamp()], client=pipe)

    def postponed(self, address: Address, until: datetime) -> None:
        """It is not the time for it; this was no attempt."""
        with self._redis.pipeline() as pipe:
            key = keys.DELIVERY + address.member
            pipe.hset(key, "not_before", until.timestamp())
            pipe.hdel(key, "sending")
            pipe.zadd(keys.OUTBOX + address.destination, {address.alert_id: until.timestamp()}, xx=True)
            pipe.execute()

    def resend(self, alert_id: str, now: datetime, destinations: Sequence[str] = ()) -> list[str]:
        """Make deliveries of an alert pending again, by default all; returns the destinations, none if unknown.

        Before those of its story that wait: whoever asks for an alert does not want to wait for another.
        """
        alert = self.alert(alert_id)
        if alert is None:
            return []
        names = [d.destination for d in self.deliveries(alert_id) if d.destination in destinations or not destinations]
        with self._redis.pipeline() as pipe:
            for name in names:
                address = Address(alert_id=alert_id, destination=name)
                key = keys.DELIVERY + address.member
                pipe.hset(key, mapping={"state": "pending", "attempts": 0, "error": "", "at_once": 1})
                pipe.hdel(key, "not_before", "sending", "receipt", "asked", "pile", "digest")
                pipe.hincrby(key, "round", 1)
                for line in lines_of(alert, name):
                    pipe.lrem(line, 0, alert_id)
                    pipe.lpush(line, alert_id)
                    pipe.expire(line, ALERTS_KEPT)
                pipe.zrem(keys.DEAD, address.member)
                pipe.sadd(keys.OUTBOXES, name)
                pipe.zadd(keys.OUTBOX + name, {alert_id: now.timestamp()})
            pipe.execute()
        return names
