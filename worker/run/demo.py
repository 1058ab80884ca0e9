"""`wirewatch demo`: the whole system on the bundled newswire, told in the terminal as it happens."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import redis
from rich.console import Console as Terminal

from worker.alerts.console import console_text
from worker.config import load
from worker.edge import logs
from worker.edge.clock import SystemClock
from worker.edge.embedded import EmbeddedRedis
from worker.edge.redis_client import connect
from worker.edge.store.events import Event, follow
from worker.edge.store.outbox import Outbox
from worker.run.newswire.day import DEMO_SPEED
from worker.run.newswire.server import Newswire
from worker.run.processes import announce
from worker.run.supervisor import Supervisor
from worker.run.telling import Teller
from worker.run.up import programs
from worker.run.web.server import bind

LOOK_EVERY_MS = 100
# The last item of the day still has to be polled, matched and delivered.
AFTERGLOW = timedelta(seconds=6)
# Lines in a pipe are not cut to the width of some terminal.
PIPE_WIDTH = 160
NOT_IN_TIME = 2
TROUBLES_SHOWN = 5

CONFIG = """\
# The configuration of `wirewatch demo`: the same as any other, on feeds served on this machine.
[storage]
dir = "data"

[network]
allow = ["127.0.0.0/8"]

[polling]
interval = "1s"
min_interval = "1s"
max_interval = "2s"

[web]
listen = "{listen}"
{feeds}
[[entities]]
name = "kim-jong-un"
aliases = ["Kim Jong Un", "Kim Jong-un", "North Korean leader", "Ким Чен Ын", "김정은", "金正恩", "キム・ジョンウン"]

[[entities]]
name = "putin"
aliases = ["Putin", "Vladimir Putin", "Путин", "푸틴", "普京", "プーチン"]

[[entities]]
name = "kremlin"
aliases = ["Kremlin", "Dmitry Peskov", "Peskov", "Кремль", "크렘린"]

[[entities]]
name = "kcna"
aliases = ["KCNA", "Korean Central News Agency", "조선중앙통신"]

[[topics]]
name = "Kim-Putin summit"
query = '''
@kim-jong-un NEAR/40 @putin AND (summit OR meet* OR talks OR visit* OR train)
'''
sources = [1, 3]
parties = ["@kremlin", "@kcna"]

[[destinations]]
name = "terminal"
type = "console"
"""


def run_demo(*, exit_after_alerts: int | None, timeout: float | None, listen: str) -> int:
    """Play the recorded day; returns the exit status."""
    with tempfile.TemporaryDirectory(prefix="wirewatch-demo-") as folder:
        return _play(Path(folder), exit_after_alerts, timeout, listen)


def _play(folder: Path, wanted: int | None, timeout: float | None, listen: str) -> int:
    clock = SystemClock()
    terminal = Terminal(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)
    with Newswire(speed=DEMO_SPEED, clock=clock) as newswire, (folder / "wirewatch.log").open("a") as log_file:
        logs.configure("demo", log_file)
        config = folder / "wirewatch.toml"
        config.write_text(_config(newswire.outlets, listen), "utf-8")
        settings = load(config)
        listener = bind(settings.web_host, settings.web_port)
        teller = Teller(terminal, newswire.day_clock)
        teller.opening(len(newswire.outlets), settings.topics[0])
        announce(listener)
        with EmbeddedRedis(settings.storage_dir) as embedded:
            supervisor = Supervisor(
                programs(config, listener, workers=1),
                embedded=None,
                environment={**os.environ, "REDIS_URL": embedded.url, "WIREWATCH_CONFIG": str(config)},
                output=log_file,
            )
            show = _Show(supervisor, connect(embedded.url), teller, newswire, clock)
            try:
                status = show.run(wanted, timeout)
            finally:
                supervisor.stop()
        if status == NOT_IN_TIME:
            teller.troubles(_troubles(folder / "wirewatch.log"))
        return status


def _troubles(log_file: Path) -> list[str]:
    """The last warnings and errors of the processes, as they logged them."""
    lines = log_file.read_text("utf-8", "replace").splitlines()
    return [line for line in lines if '"level": "info"' not in line][-TROUBLES_SHOWN:]


class _Show:
    """Follows the events of the running system until it is time to end."""

    def __init__(
        self, supervisor: Supervisor, connection: redis.Redis, teller: Teller, newswire: Newswire, clock: SystemClock
    ) -> None:
        self._supervisor, self._redis, self._teller = supervisor, connection, teller
        self._newswire, self._clock = newswire, clock
        self._outbox = Outbox(connection)
        self._delivered: set[str] = set()
        self._begun = False
        self._over = False

    def run(self, wanted: int | None, timeout: float | None) -> int:
        """Returns the exit status: 0, or 2 when `wanted` alerts were not delivered in `timeout` seconds."""
        signal.signal(signal.SIGTERM, self._supervisor.request_stop)
        signal.signal(signal.SIGINT, self._supervisor.request_stop)
        end = time.monotonic() + timeout if timeout else float("inf")
        last = "0"
        self._supervisor.start()
        while not self._supervisor.stop_requested.is_set():
            self._supervisor.look()
            try:
                last, events = follow(self._redis, last, block_ms=LOOK_EVERY_MS)
            except redis.RedisError:
                if self._supervisor.stop_requested.is_set():
                    break
                raise
            for event in events:
                self._tell(event)
                self._begin_day(event)
            if wanted is not None and len(self._delivered) >= wanted:
                self._teller.enough(len(self._delivered))
                return 0
            if wanted is not None and time.monotonic() > end:
                self._teller.late(len(self._delivered), wanted)
                return NOT_IN_TIME
            self._end_of_day()
        self._teller.farewell(len(self._delivered))
        return 0 if wanted is None else NOT_IN_TIME

    def _tell(self, event: Event) -> None:
        if event.kind == "delivered" and event.facts["id"] not in self._delivered:
            self._delivered.add(event.facts["id"])
            alert = self._outbox.alert(event.facts["id"])
            if alert is not None:
                self._teller.alert(console_text(alert), alert)
                return
        self._teller.event(event)

    def _begin_day(self, event: Event) -> None:
        """The day plays once every part has shown that it works, on the items that are out already."""
        if not self._begun and event.kind == "ingested":
            self._begun = True
            self._newswire.begin(self._clock.now())

    def _end_of_day(self) -> None:
        if not self._over and self._newswire.finished(self._clock.now() - AFTERGLOW):
            self._over = True
            self._teller.day_is_over()


def _config(outlets: list[tuple[str, str]], listen: str) -> str:
    feeds = "\n".join(f'\n[[feeds]]\nurl = "{url}"\nname = "{name}"' for name, url in outlets)
    return CONFIG.format(listen=listen, feeds=feeds + "\n")
