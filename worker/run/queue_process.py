"""What every worker process holds: an event loop, a client, and the live configuration around one queue."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import redis
import uvloop

from worker.config import Settings
from worker.edge.clock import SystemClock
from worker.edge.http import HttpClient
from worker.edge.http_hosts import SharedHosts
from worker.edge.metrics import Tally
from worker.edge.rq_engine.in_hand import Work
from worker.edge.rq_engine.worker import BatchWorker
from worker.edge.store.hosts import HostTable
from worker.run import jobs
from worker.run.live import LiveSettings


class QueueProcess:
    """Runs the jobs of one queue; `jobs_by_name` maps their stored names to what runs.

    `drain` and `room` are as for BatchWorker. Subclasses build in `apply` what depends on the configuration, with the
    client they are given.
    """

    def __init__(
        self,
        connection: redis.Redis,
        queue: str,
        jobs_by_name: Mapping[str, Work],
        *,
        drain: float,
        room: Callable[[], bool] = lambda: False,
    ) -> None:
        self.redis = connection
        self.clock = SystemClock()
        self.loop = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self.live = LiveSettings(connection, self._go_live)
        self._hosts = SharedHosts(HostTable(connection), self.clock)
        self._http: HttpClient | None = None
        self.tally = Tally()
        self.worker = BatchWorker(
            queue,
            connection=connection,
            functions=jobs_by_name,
            relaunch=jobs.after_loss,
            version=jobs.VERSION,
            parts=jobs.parts,
            loop=self.loop,
            room=room,
            each_round=self._each_round,
            drain=drain,
        )

    def run(self) -> None:
        """Work until asked to stop."""
        try:
            self.worker.run()
        finally:
            self.close()

    def close(self) -> None:
        """Let go of connections and children."""
        if self._http is not None:
            self.loop.run(self._http.aclose())
        self.loop.close()

    def apply(self, settings: Settings, http: HttpClient) -> None:
        """Build what depends on the configuration; raising leaves all as it was."""
        raise NotImplementedError

    def _each_round(self) -> None:
        self.live.wait(lambda: self.worker.stopping)
        self.live.refresh()

    def _go_live(self, settings: Settings) -> None:
        http = HttpClient(
            allow=settings.allow,
            user_agent=settings.user_agent,
            hosts=self._hosts,
            max_connections=self.connections(settings),
        )
        try:
            self.apply(settings, http)
        except BaseException:
            self.loop.run(http.aclose())
            raise
        old, self._http = self._http, http
        if old is not None:
            self.retire(old)

    def connections(self, settings: Settings) -> int:  # noqa: ARG002  subclasses go by it
        """How many connections the client opens at the most."""
        return 50

    def retire(self, http: HttpClient) -> None:
        """Let go of a client whose configuration is no longer live."""
        self.loop.run(http.aclose())
