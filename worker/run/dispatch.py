"""Whether a delivery that is due may go out now, and what its end means for its destination."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import redis
import structlog
from redis.client import Pipeline

from worker.alerts.backoff import next_attempt
from worker.alerts.digest import collected_because, digest_of, overflow_because
from worker.alerts.notice import switched_off
from worker.alerts.sending import Collect, Hold, verdict
from worker.config import Settings
from worker.edge.store import outbox
from worker.edge.store.destinations import GONE, PAUSED, Destinations
from worker.edge.store.mutes import Mute, Mutes
from worker.edge.store.outbox import Address, Outbox
from worker.edge.store.piles import OVERFLOW, Piles
from worker.errors import DeliveryError
from worker.model import Alert, DestinationSpec, Reason, Topic

log = structlog.get_logger()

# Standard Webhooks: "disable endpoints that fail for too long"; all that failed by then has used up its schedule.
PAUSED_AFTER = timedelta(days=5)
# Slack takes a message a second from an incoming webhook (docs.slack.dev/apis/web-api/rate-limits).
SLACK_PACE = (1, 1.0)
_WITHOUT_LIMIT = frozenset({Reason.TEST, Reason.NOTICE})


class Dispatch:
    """Decides by the configuration that is live."""

    def __init__(self, connection: redis.Redis, deliveries: Outbox, now: Callable[[], datetime]) -> None:
        self._outbox, self._now = deliveries, now
        self._destinations, self._mutes, self._piles = Destinations(connection), Mutes(connection), Piles(connection)
        self._specs: Mapping[str, DestinationSpec] = {}
        self._topics: Mapping[str, Topic] = {}

    def configure(self, settings: Settings) -> None:
        """Take up topics and destinations."""
        self._specs = {spec.name: spec for spec in settings.destinations}
        self._topics = {topic.name: topic for topic in settings.topics}
        self._destinations.configured(settings.destinations, self._now())

    def may_go(self, address: Address, alert: Alert, spec: DestinationSpec) -> bool:
        """Whether a delivery that was begun goes out now; where not, it is noted what becomes of it."""
        now = self._now()
        standing = self._outbox.standing(address)
        if standing.asked_again:
            return self._in_pace(address, spec, now)
        if standing.pile:
            self._close(address.destination, standing.pile, spec, now)
            return False
        mute = self._silent(alert, now)
        if mute is not None:
            self._mute(address, alert, mute, now)
            return False
        if standing.behind:
            self._piles.add(address, standing.behind, now)
            return False
        if not self._is_time(address, alert, now):
            return False
        # What was tried may have arrived: only under its own id can that be told.
        alone = standing.was_tried or alert.reason is Reason.DIGEST
        return self._has_room(address, alert, spec, now, alone=alone) and self._in_pace(address, spec, now)

    def _is_time(self, address: Address, alert: Alert, now: datetime) -> bool:
        match verdict(alert, self._topics.get(alert.topic), now):
            case Hold(until=until):
                self._outbox.postponed(address, until)
                log.info("delivery_held", destination=address.destination, until=until.isoformat())
                return False
            case Collect(until=until):
                due = self._piles.add(address, self._topics[alert.topic].id, until)
                log.info("delivery_collected", destination=address.destination, until=due.isoformat())
                return False
        return True

    def _silent(self, alert: Alert, now: datetime) -> Mute | None:
        return None if alert.reason in {*_WITHOUT_LIMIT, Reason.DIGEST} else self._mutes.over(alert, now)

    def _mute(self, address: Address, alert: Alert, mute: Mute, now: datetime) -> None:
        what = "the topic is muted" if mute.kind == "topic" else "the story is acknowledged"
        self._outbox.muted(address, alert, f"{what} until {mute.until:%Y-%m-%d %H:%M} UTC", now)
        log.info("delivery_muted", destination=address.destination, until=mute.until.isoformat())

    def _has_room(self, address: Address, alert: Alert, spec: DestinationSpec, now: datetime, *, alone: bool) -> bool:
        if spec.limit is None or alert.reason in _WITHOUT_LIMIT:
            return True
        waiting = None if alone else self._piles.due(spec.name, OVERFLOW)
        full_until = waiting or self._destinations.reserve(spec.name, alert.id, spec.limit, now)
        if full_until is None:
            return True
        if alone:
            self._outbox.postponed(address, full_until)
        else:
            self._piles.add(address, OVERFLOW, full_until)
        log.info("delivery_over_limit", destination=spec.name, until=full_until.isoformat())
        return False

    def _in_pace(self, address: Address, spec: DestinationSpec, now: datetime) -> bool:
        """Whether an incoming webhook of Slack's takes a message now; a bot's channels keep a pace of their own."""
        if spec.sender != "slack":
            return True
        turn = self._destinations.reserve(f"{spec.name}:pace", address.alert_id, SLACK_PACE, now)
        if turn is not None:
            self._outbox.postponed(address, turn)
        return turn is None

    def _close(self, name: str, pile: str, spec: DestinationSpec, now: datetime) -> None:
        """Make one message of what was collected, without what nobody wants to be told by now."""
        for address in self._piles.lying(name, pile):
            alert = self._outbox.alert(address.alert_id)
            mute = self._silent(alert, now) if alert else None
            if alert and mute:
                self._piles.take_away(address, pile)
                self._mute(address, alert, mute, now)

        def digest(alerts: Sequence[Alert]) -> Alert | None:
            if pile == OVERFLOW:
                if spec.limit is None or len(alerts) == 1:
                    return None
                because = overflow_because(len(alerts), spec.limit)
            else:
                topic = self._topics.get(alerts[0].topic)
                if topic is None or topic.digest is None:
                    return None
                because = collected_because(len(alerts), topic.digest)
            return digest_of(alerts, destination=name, because=because, now=now)

        made = self._piles.close(name, pile, now, digest)
        if made is not None:
            log.info("digest_made", destination=name, digest=made.id, alerts=len(made.collected))

    def failed(self, address: Address, alert: Alert, error: DeliveryError) -> None:
        """Note a failure: when it is tried again, and whether its destination is to be switched off."""
        delivery = self._outbox.delivery(address)
        attempts = delivery.attempts + 1 if delivery else 1
        now = self._now()
        jitter = random.random()  # noqa: S311  spreads load
        again = next_attempt(attempts, now=now, jitter=jitter, retry_after=error.retry_after) if error.retry else None
        if error.gone:
            again = now  # as soon as it is back
        self._destinations.give_back(address.destination, alert.id)
        self._outbox.failed(address, alert, str(error), again, now, pause=error.retry_after)
        log.warning(
            "delivery_failed",
            destination=address.destination,
            error=str(error),
            attempts=attempts,
            next_attempt=again.isoformat() if again else None,
        )
        self._switch_off(address.destination, error, now)

    def _switch_off(self, name: str, error: DeliveryError, now: datetime) -> None:
        since = self._destinations.state(name).failing_since
        if name not in self._specs:
            return
        if error.gone:
            state, why = GONE, str(error)
        elif since is not None and now - since >= PAUSED_AFTER:
            state, why = PAUSED, f"nothing was taken since {since:%Y-%m-%d %H:%M} UTC; last: {error}"
        else:
            return

        def tell(pipe: Pipeline, waiting: int) -> None:
            others = [other for other in self._specs if other != name]
            told = switched_off(name, state=state, why=why, waiting=waiting, now=now)
            outbox.put(pipe, told, dict.fromkeys(others, now), now, _nobody)

        if self._destinations.switch_off(name, state, why, now, tell):
            log.error("destination_off", destination=name, state=state, error=why)


def _nobody(_pipe: object, _members: Sequence[str]) -> None:
    """Nobody needs to be called: this process is looking at what is due."""
