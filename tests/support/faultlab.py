"""The whole system on loopback, every line between its parts in the hands of the test.

    wire --(HTTP)--> wirewatch up --[redis line]--> a private Redis
                          |---------[hook line]---> recorder

After every fault `settle` waits until all is at rest, and checks that nothing was lost, doubled or left behind.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import httpx2
import pytest
import redis

from support.atrest import AtRest
from support.processes import alive, command_line, descendants, owner
from support.quick import configuration, on_redis
from support.recorder import GOOD, Recorder, Reply, recording
from support.servers import SECRET
from support.strikes import PATIENCE, Strike
from support.toxics import Proxy, Toxic, tcp, unix
from support.wire import TOPICS, Wire, serving_wire
from worker.edge.embedded import EmbeddedRedis, socket_path
from worker.edge.redis_client import connect
from worker.run.supervisor import command

# Off by default since Redis 7.0; "local" is this machine.
DEBUG = {"enable-debug-command": "local"}
EVERYONE = ("scheduler", "worker-ingest", "worker-deliver")


class Lab:
    """One life of the system; use as a context."""

    def __init__(
        self,
        folder: Path,
        *,
        seed: object,
        environment: dict[str, str] | None = None,
        redis_folder: Path | None = None,
    ) -> None:
        self.folder, self.random = folder, random.Random(f"lab {seed}")
        self.wire, self.recorder = Wire(seed), Recorder()
        self.server = EmbeddedRedis(redis_folder or folder / "redis", DEBUG)
        self.redis_line = Proxy(unix(str(socket_path(self.server.directory))))
        self.hook_line = Proxy(self._to_recorder)
        self.config, self.log = folder / "wirewatch.toml", folder / "up.log"
        self.dashboard = ""
        self._environment = environment or {}
        self._up: subprocess.Popen[str] | None = None
        self._others: list[subprocess.Popen[bytes]] = []
        self._open = contextlib.ExitStack()
        self.direct: redis.Redis = connect(self.server.url)

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as opening:
            for part in (self.server, self.redis_line, self.hook_line):
                opening.enter_context(part)
            opening.enter_context(serving_wire(self.wire))
            opening.enter_context(recording(self.recorder))
            opening.callback(self._end_all)
            self._write_config()
            self.start_up()
            self.wait(self._polled_once, "the first poll of every feed")
            self.wait(lambda: self.ready() == 200, "readiness")
            # What they take then is what growth is measured by.
            self.wait(self._all_at_work, "all processes at work")
            self._at_rest = AtRest(self.direct, self.wire, self.recorder, self._up.pid)
            self._open = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
        self.direct.close()

    def _to_recorder(self) -> socket.socket:
        # its port is known once it serves
        return tcp(self.recorder.port)()

    def _write_config(self) -> None:
        storage = on_redis(f"redis://127.0.0.1:{self.redis_line.port}/0")
        hook = f"http://127.0.0.1:{self.hook_line.port}/hook"
        self.config.write_text(configuration(self.wire.feeds(), TOPICS, hook, storage=storage), "utf-8")

    # processes

    def start_up(self, *arguments: str) -> None:
        """`wirewatch up`, once its dashboard listens."""
        with self.log.open("ab") as log:
            self._up = subprocess.Popen(
                [*command(), "up", "--config", str(self.config), "-n", "2", *arguments],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=self.environment(),
            )
        line = self._up.stdout.readline()
        assert line.startswith("dashboard: "), f"{line!r}: {self.log.read_text()[-2000:]}"
        self.dashboard = line.split()[1]

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """A single process beside the tree."""
        with self.log.open("ab") as log:
            other = subprocess.Popen(
                [*command(), *arguments, "--config", str(self.config)],
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=self.environment(),
            )
        self._others.append(other)
        return other

    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("REDIS_URL", "WIREWATCH_"))}
        return {**clean, "HOOK_SECRET": SECRET, **self._environment}

    def supervisor(self) -> int:
        return self._up.pid

    def pids(self, words: str) -> list[int]:
        """The processes of the tree whose command line holds `wirewatch WORDS`, in order of their ids."""
        forms = (f"wirewatch {words}", f"-m worker {words}")
        return sorted(pid for pid in descendants(self._up.pid) if any(form in command_line(pid) for form in forms))

    def signal(self, words: str, number: int) -> int:
        """Send a signal to one of the processes of a kind, as chance has it; waits until there is one."""
        self.wait(lambda: self.pids(words), f"a running {words}")
        pid = self.random.choice(self.pids(words))
        os.kill(pid, number)
        return pid

    def kill(self, words: str) -> int:
        return self.signal(words, signal.SIGKILL)

    def asking(self, words: str, port: int) -> int:
        """The process of a kind that holds the connection from this port, else any."""
        return owner(port, self.pids(words)) or self.random.choice(self.pids(words))

    def roles(self) -> Counter[str]:
        """How many processes of each kind run below the supervisor."""
        return Counter(
            {words: len(self.pids(words)) for words in ("scheduler", "worker ingest", "worker deliver", "web")}
        )

    def kill_supervisor(self) -> list[int]:
        """Kill -9 of `wirewatch up`; gives the processes that were below it."""
        below = descendants(self._up.pid)
        self._up.kill()
        self._up.wait()
        self._up.stdout.close()
        return below

    def kill_redis(self) -> None:
        os.kill(self.server.pid, signal.SIGKILL)

    def _end_all(self) -> None:
        for other in self._others:
            _end(other)
        if self._up is not None and self._up.poll() is None:
            below = descendants(self._up.pid)
            for pid in below:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
            _end(self._up)
            self._up.stdout.close()
            assert [pid for pid in below if alive(pid)] == []

    # what happens

    def strike(self, kind: str, nth: int, action: Callable[[int], object]) -> Strike:
        """Do something at the nth "poll", "page" (requests, before they are answered) or "alert" (an attempt)."""
        struck = Strike(nth, action)
        if kind == "alert":
            behave = self.recorder.behave

            def attempt(ident: str, number: int) -> Reply:
                struck.event()
                return behave(ident, number)

            self.recorder.behave = attempt
            return struck

        def request(url: str, asker: tuple[str, int]) -> None:
            path = urlsplit(url).path
            is_page = path.startswith("/08/")
            if path != "/robots.txt" and is_page == (kind == "page"):
                struck.event(asker[1])

        self.wire.on_request = request
        return struck

    def calm(self) -> None:
        """Nothing strikes any more, and every line is good."""
        self.wire.on_request = lambda _url, _asker: None
        self.recorder.behave = lambda _id, _attempt: GOOD
        for line in (self.redis_line, self.hook_line):
            line.become(Toxic.NONE)

    def hold(self, seconds: float) -> None:
        """The time a fault lasts."""
        threading.Event().wait(seconds)

    def felt(self, words: str, *processes: str) -> Callable[[], bool]:
        """A condition: since now each of the processes has logged these words."""
        before = self.logged(words)
        return lambda: all(self.logged(words)[name] > before[name] for name in processes or EVERYONE)

    def wait(self, condition: Callable[[], object], what: str, *, seconds: float = PATIENCE) -> None:
        end, tick = time.monotonic() + seconds, threading.Event()
        while not condition():
            if time.monotonic() > end:
                tail = "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-15:])
                pytest.fail(f"{what} did not happen within {seconds:g} s; the log ends with\n{tail}")
            tick.wait(0.05)

    def logged(self, *words: str) -> Counter[str]:
        """How many lines of the log hold all the words, by process."""
        lines = self.log.read_text("utf-8", "replace").splitlines()
        found = (line for line in lines if all(word in line for word in words))
        return Counter(line.partition('"process": "')[2].partition('"')[0] for line in found)

    def ready(self) -> int:
        """The status of /readyz, 0 where nobody answers."""
        with contextlib.suppress(httpx2.TransportError):
            return httpx2.get(f"{self.dashboard}/readyz", timeout=30).status_code
        return 0

    # at rest

    def settle(self) -> None:
        """Wait until everything published is an article and every delivery is made; then nothing may be wrong."""
        self.wait(self._at_rest.reached, "rest")
        self._at_rest.check(self._up.pid)
        self.wire.rest()

    def _all_at_work(self) -> bool:
        live = self.logged("config_live")
        return live["worker-ingest"] == 2 and live["worker-deliver"] == 1

    def _polled_once(self) -> bool:
        return all(self.wire.polls[outlet.key] for outlet in self.wire.outlets)


def _end(process: subprocess.Popen[Any]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def lab_in(folder: Path, **how: Any) -> Iterator[Lab]:
    """A lab of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    with Lab(folder, **how) as lab:
        yield lab
