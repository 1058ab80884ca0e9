"""The deliver worker: takes alerts from the outbox to their destinations, and notes how it went."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import redis
import structlog

from worker.alerts.backoff import next_attempt
from worker.config import Settings
from worker.edge.clock import SystemClock
from worker.edge.console import Console
from worker.edge.http import HttpClient
from worker.edge.rq_engine.queue import DELIVER
from worker.edge.slack import Slack
from worker.edge.slack_bot import SlackBot, SlackKeeper
from worker.edge.store.outbox import Address, Outbox
from worker.edge.store.published import web_url
from worker.edge.store.threads import Threads
from worker.edge.webhook import Webhook
from worker.errors import DeliveryError, PostponedError
from worker.model import Alert, DestinationSpec
from worker.ports import Destination
from worker.run import jobs
from worker.run.queue_process import QueueProcess

log = structlog.get_logger()

# From SIGTERM on; an attempt that is not answered then is handed back. The supervisor stops deliverers after those who
# give them work, so less is left of its patience.
DRAIN_SECONDS = 6.0


class DeliverWorker(QueueProcess):
    """Everything one deliver process holds."""

    def __init__(self, connection: redis.Redis) -> None:
        super().__init__(connection, DELIVER, {jobs.DELIVER_JOB: self.deliver}, drain=DRAIN_SECONDS)
        self._outbox = Outbox(connection)
        self._threads = Threads(connection)
        self._client: HttpClient | None = None
        self._senders: dict[str, Destination] = {}
        self._specs: dict[str, DestinationSpec] = {}
        self._own_url = ""

    def apply(self, settings: Settings, http: HttpClient) -> None:
        """Take up the destinations."""
        self._client = http
        self._specs = {spec.name: spec for spec in settings.destinations}
        self._own_url = f"http://{settings.web_host}:{settings.web_port}"

    def deliver(self, payload: dict[str, Any]) -> None:
        """The job: a wake-up call for these outbox members, or stories of which more is known than was told."""
        addresses = [Address.parse(member) for member in payload["members"]]
        if any(address.destination not in self._specs for address in addresses):
            # The ingest worker that decided this may have the newer configuration.
            self.live.refresh(at_once=True)
        if self._client is None:
            raise AssertionError("a job ran before a configuration was live")
        # Asked anew each time: the dashboard may start, or move, after the configuration went live.
        base_url = web_url(self.redis) or self._own_url
        self._senders = senders(self._client, self.clock, base_url, self._threads)
        self.loop.run(self._all(addresses, takeover=bool(payload.get("takeover"))))
        if stories := payload.get("stories"):
            keeper = SlackKeeper(self._client, clock=self.clock, base_url=base_url, threads=self._threads)
            self.loop.run(self._refresh(keeper, stories))

    async def _all(self, addresses: Sequence[Address], *, takeover: bool) -> None:
        sending = (self._one(address, takeover=takeover) for address in addresses)
        results = await asyncio.gather(*sending, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _refresh(self, keeper: SlackKeeper, stories: Sequence[str]) -> None:
        bots = [spec for spec in self._specs.values() if spec.sender == "slack-bot"]
        for spec in bots:
            for story_id in stories:
                try:
                    await keeper.refresh(story_id, spec)
                except DeliveryError as error:
                    log.info("refresh_failed", destination=spec.name, story=story_id, error=str(error))

    async def _one(self, address: Address, *, takeover: bool) -> None:
        alert = self._outbox.begin(address, self.clock.now(), takeover=takeover)
        if alert is None:
            return
        with structlog.contextvars.bound_contextvars(trace=alert.trace, alert=alert.id):
            try:
                await self._send(address, alert)
            except PostponedError as error:
                self._outbox.postponed(address, self.clock.now() + timedelta(seconds=error.seconds))
                log.info("delivery_postponed", destination=address.destination, seconds=error.seconds, why=str(error))
            except DeliveryError as error:
                self._note_failure(address, alert, error)
            except redis.RedisError:
                raise
            except Exception as error:  # a job boundary: a bug met in one alert keeps the pace of failures
                log.exception("delivery_crashed", destination=address.destination)
                self._note_failure(address, alert, DeliveryError(f"sending it crashed ({type(error).__name__})"))
            else:
                self._outbox.delivered(address, alert, self.clock.now())
                log.info("delivered", destination=address.destination, reason=alert.reason.value)

    async def _send(self, address: Address, alert: Alert) -> None:
        spec = self._specs.get(address.destination)
        if spec is None:
            raise DeliveryError("the destination is no longer configured", retry=False)
        await self._senders[spec.sender].send(alert, spec)

    def _note_failure(self, address: Address, alert: Alert, error: DeliveryError) -> None:
        delivery = self._outbox.delivery(address)
        attempts = delivery.attempts + 1 if delivery else 1
        jitter = random.random()  # noqa: S311  spreads load
        now = self.clock.now()
        again = next_attempt(attempts, now=now, jitter=jitter, retry_after=error.retry_after) if error.retry else None
        self._outbox.failed(address, alert, str(error), again)
        log.warning(
            "delivery_failed",
            destination=address.destination,
            error=str(error),
            attempts=attempts,
            next_attempt=again.isoformat() if again else None,
        )


def senders(
    http: HttpClient, clock: SystemClock, base_url: str, threads: Threads | None = None
) -> dict[str, Destination]:
    """What delivers, by DestinationSpec.sender. Without `threads` no alert follows another."""
    return {
        "console": Console(sys.stdout, base_url=base_url),
        "webhook": Webhook(http, clock=clock, base_url=base_url),
        "slack": Slack(http, clock=clock, base_url=base_url),
        "slack-bot": SlackBot(http, clock=clock, base_url=base_url, threads=threads),
    }
