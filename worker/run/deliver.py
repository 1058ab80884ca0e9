"""The deliver worker: takes alerts from the outbox to their destinations, and notes how it went."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any

import redis
import structlog

from worker.config import Settings
from worker.edge.apprise import Apprise
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
from worker.ports import Destination, Stage
from worker.run import jobs
from worker.run.dispatch import Dispatch
from worker.run.lanes import ABREAST, Lanes
from worker.run.queue_process import QueueProcess

log = structlog.get_logger()

# From SIGTERM on; an attempt that is not answered then is handed back. The supervisor stops deliverers after those who
# give them work, so less is left of its patience.
DRAIN_SECONDS = 6.0


# One attempt with everything that belongs to it: a bot's post may take several calls.
ATTEMPT_LIMIT = 30.0


class DeliverWorker(QueueProcess):
    """Everything one deliver process holds."""

    def __init__(self, connection: redis.Redis) -> None:
        super().__init__(connection, DELIVER, {jobs.DELIVER_JOB: self.deliver}, drain=DRAIN_SECONDS)
        self._outbox = Outbox(connection)
        self._threads = Threads(connection)
        self._dispatch = Dispatch(connection, self._outbox, self._now)
        self._client: HttpClient | None = None
        self._retired: list[HttpClient] = []
        self._senders: dict[str, Destination] = {}
        self._specs: dict[str, DestinationSpec] = {}
        self._own_url = ""

    def apply(self, settings: Settings, http: HttpClient) -> None:
        """Take up the destinations."""
        self._client = http
        self._specs = {spec.name: spec for spec in settings.destinations}
        self._dispatch.configure(settings)
        self._own_url = f"http://{settings.web_host}:{settings.web_port}"
        self._senders = senders(http, self.clock, self._base_url(), self._threads)

    def connections(self, settings: Settings) -> int:
        """As many as may be under way, so that none waits for a connection of another destination."""
        return max(super().connections(settings), ABREAST * len(settings.destinations) + 10)

    def retire(self, http: HttpClient) -> None:
        """Close it later: what is under way still uses it."""
        self._retired.append(http)

    def deliver(self, payload: dict[str, Any]) -> None:
        """The job: a call to deliver what is due, and to show more of stories of which more is known than was told."""
        if self._client is None:
            raise AssertionError("a job ran before a configuration was live")
        # Asked anew each time: the dashboard may start, or move, after the configuration went live.
        self._senders = senders(self._client, self.clock, self._base_url(), self._threads)
        lanes = Lanes(
            self._outbox,
            self.clock,
            attempt=self._one,
            each_look=self._look_for_changes,
            stopping=lambda: self.worker.stopping,
        )
        try:
            self.loop.run(lanes.run(self._refreshes(self._client, payload.get("stories", ()))))
            self.tally.flush(self.redis)
        finally:
            self._close_retired()

    def _now(self) -> datetime:
        return self.clock.now()

    def close(self) -> None:
        """Let go of connections."""
        self._close_retired()
        super().close()

    def _base_url(self) -> str:
        return web_url(self.redis) or self._own_url

    def _look_for_changes(self) -> None:
        self.live.refresh()

    def _close_retired(self) -> None:
        while self._retired:
            self.loop.run(self._retired.pop().aclose())

    def _refreshes(self, client: HttpClient, stories: Sequence[str]) -> list[Coroutine[Any, Any, None]]:
        keeper = SlackKeeper(client, clock=self.clock, base_url=self._base_url(), threads=self._threads)
        bots = [spec for spec in self._specs.values() if spec.sender == "slack-bot"]
        return [_refresh(keeper, stories, spec) for spec in bots] if stories else []

    async def _one(self, address: Address) -> None:
        alert = self._outbox.begin(address, self.clock.now())
        if alert is None:
            return
        with structlog.contextvars.bound_contextvars(trace=alert.trace, alert=alert.id):
            spec = self._spec_of(address)
            try:
                if spec is not None and not self._dispatch.may_go(address, alert, spec):
                    return
                with self.tally.time(Stage.DELIVER):
                    async with asyncio.timeout(ATTEMPT_LIMIT):
                        await self._send(spec, alert)
            except PostponedError as error:
                self._outbox.postponed(address, self.clock.now() + timedelta(seconds=error.seconds))
                log.info("delivery_postponed", destination=address.destination, seconds=error.seconds, why=str(error))
            except DeliveryError as error:
                self._dispatch.failed(address, alert, error)
            except TimeoutError:
                self._dispatch.failed(address, alert, DeliveryError(f"it was not done within {ATTEMPT_LIMIT:g} s"))
            except redis.RedisError:
                raise
            except Exception as error:  # a job boundary: a bug met in one alert keeps the pace of failures
                log.exception("delivery_crashed", destination=address.destination)
                self._dispatch.failed(address, alert, DeliveryError(f"sending it crashed ({type(error).__name__})"))
            else:
                self._outbox.delivered(address, alert, self.clock.now())
                log.info("delivered", destination=address.destination, reason=alert.reason.value)

    def _spec_of(self, address: Address) -> DestinationSpec | None:
        if address.destination not in self._specs:
            # The ingest worker that decided this may have the newer configuration.
            self.live.refresh(at_once=True)
        return self._specs.get(address.destination)

    async def _send(self, spec: DestinationSpec | None, alert: Alert) -> None:
        if spec is None:
            raise DeliveryError("the destination is no longer configured", retry=False)
        await self._senders[spec.sender].send(alert, spec)


async def _refresh(keeper: SlackKeeper, stories: Sequence[str], spec: DestinationSpec) -> None:
    for story_id in stories:
        try:
            async with asyncio.timeout(ATTEMPT_LIMIT):
                await keeper.refresh(story_id, spec)
        except (DeliveryError, TimeoutError) as error:
            log.info("refresh_failed", destination=spec.name, story=story_id, error=str(error))


def senders(
    http: HttpClient, clock: SystemClock, base_url: str, threads: Threads | None = None
) -> dict[str, Destination]:
    """What delivers, by DestinationSpec.sender. Without `threads` no alert follows another."""
    return {
        "console": Console(sys.stdout, base_url=base_url),
        "apprise": Apprise(base_url=base_url),
        "webhook": Webhook(http, clock=clock, base_url=base_url),
        "slack": Slack(http, clock=clock, base_url=base_url),
        "slack-bot": SlackBot(http, clock=clock, base_url=base_url, threads=threads),
    }
