"""Where alerts and their deliveries stand, for people to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import redis

from worker.edge import codec, keys
from worker.model import Alert


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
    """One alert on its way to one destination. `state` is pending, delivered, dead, or muted: nobody wanted to be told.

    One that was told as part of a digest stands as that does; `digest` is its id then, "" otherwise.
    """

    alert_id: str
    destination: str
    state: str = "pending"
    attempts: int = 0
    next_attempt: datetime | None = None
    delivered_at: datetime | None = None
    error: str = ""
    digest: str = ""


class Deliveries:
    """What was decided, and how far it got."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection

    def delivery(self, address: Address) -> Delivery | None:
        """Where one delivery stands."""
        raw = self._redis.hgetall(keys.DELIVERY + address.member)
        if not raw:
            return None
        fields = {key.decode(): value.decode() for key, value in raw.items()}
        if fields["state"] == "collected":
            digest = Address(alert_id=fields["digest"], destination=address.destination)
            told = self.delivery(digest) or Delivery(alert_id=digest.alert_id, destination=digest.destination)
            return replace(told, alert_id=address.alert_id, digest=digest.alert_id)
        due = self._redis.zscore(keys.OUTBOX + address.destination, address.alert_id)
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

    def dead(self, since: datetime | None = None) -> list[Address]:
        """The dead letters, oldest first; with `since` those that became one since then."""
        lowest = since.timestamp() if since else "-inf"
        found = self._redis.zrange(keys.DEAD, lowest, "+inf", byscore=True)
        return [Address.parse(raw.decode()) for raw in found]

    def alert(self, alert_id: str) -> Alert | None:
        """One alert."""
        data = self._redis.get(keys.ALERT + alert_id)
        return codec.load(Alert, data) if data else None

    def recent(self, limit: int = 50) -> list[Alert]:
        """The newest alerts, newest first."""
        return self.alerts([raw.decode() for raw in self._redis.zrange(keys.ALERTS, 0, limit - 1, desc=True)])

    def decided(self, since: datetime) -> list[Alert]:
        """The alerts that were decided since then, newest first."""
        ids = self._redis.zrange(keys.ALERTS, "+inf", since.timestamp(), byscore=True, desc=True)
        return self.alerts([raw.decode() for raw in ids])

    def alerts(self, ids: Sequence[str]) -> list[Alert]:
        """Those of these alerts that are stored."""
        found = self._redis.mget([keys.ALERT + alert_id for alert_id in ids]) if ids else []
        return [codec.load(Alert, data) for data in found if data]

    def depth(self) -> int:
        """Deliveries still to be made."""
        names = self._redis.smembers(keys.OUTBOXES)
        return sum(int(self._redis.zcard(keys.OUTBOX + name.decode())) for name in names)
