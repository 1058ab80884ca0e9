"""One process tree: starts the single processes, restarts the dead, stops all in order, leaves no orphan."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

import structlog

from worker.edge.embedded import EmbeddedRedis
from worker.edge.process import PARENT_PIPE, StopFlag, die_with_parent
from worker.errors import WirewatchError

log = structlog.get_logger()

LOOK_EVERY = 0.1
# A child that lives this long has recovered; its next death is restarted at once.
SETTLED = 10.0
SLOWEST_RESTART = 10.0
# Seconds from the request to stop: first those that make work, then those that finish it, then the kill.
MAKERS_UNTIL = 15.5
ALL_UNTIL = 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A child: the arguments behind `wirewatch`. `last` ones are stopped after the others have finished."""

    name: str
    arguments: tuple[str, ...]
    last: bool = False
    inherit: tuple[int, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Child:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    restart_at: float = 0.0
    pause: float = 0.25


class Supervisor:
    """Runs `programs`, and the embedded Redis before and after them, until `stop_requested` is set."""

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        embedded: EmbeddedRedis | None,
        environment: Mapping[str, str],
        output: IO[str] | None = None,
    ) -> None:
        self._children = [_Child(program) for program in programs]
        self._embedded = embedded
        self._environment = environment
        self._output = output
        self._reading, self._writing = os.pipe()
        self.stop_requested = StopFlag()

    def request_stop(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """Also usable as a signal handler."""
        self.stop_requested.set()

    def start(self) -> None:
        for child in self._children:
            self._start(child)

    def look(self) -> None:
        """Restart what has died; call it often."""
        now = time.monotonic()
        if self._embedded and not self._embedded.alive() and not self.stop_requested.is_set():
            log.error("died", program="redis", action="restart")
            try:
                self._embedded.start()
            except WirewatchError as error:
                log.error("restart_failed", program="redis", error=str(error))
                self.stop_requested.wait(1.0)
        for child in self._children:
            if child.process is None:
                if now >= child.restart_at:
                    self._start(child)
            elif child.process.poll() is not None:
                self._note_death(child, now)

    def _note_death(self, child: _Child, now: float) -> None:
        status = child.process.returncode if child.process else "not started"
        child.process = None
        child.pause = 0.25 if now - child.started > SETTLED else min(child.pause * 2, SLOWEST_RESTART)
        child.restart_at = now + child.pause
        log.error("died", program=child.program.name, status=status, restart_in_s=child.pause)

    def _start(self, child: _Child) -> None:
        child.started = time.monotonic()
        try:
            child.process = self._launch(child.program)
        except OSError as error:
            # Too many processes or too little memory now: the others go on, and this one is tried again.
            log.error("start_failed", program=child.program.name, error=str(error))
            self._note_death(child, child.started)
        else:
            log.info("started", program=child.program.name, pid=child.process.pid)

    def _launch(self, program: Program) -> subprocess.Popen[bytes]:
        environment = {**self._environment, **program.environment, PARENT_PIPE: str(self._reading)}
        return subprocess.Popen(
            [*command(), *program.arguments],
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._output,
            env=environment,
            pass_fds=(self._reading, *program.inherit),
            start_new_session=True,  # Ctrl-C is for the supervisor, which stops the children in order
            preexec_fn=die_with_parent,  # noqa: PLW1509  one prctl call, safe between fork and exec
        )

    def run(self) -> None:
        """Start everything and keep it running until asked to stop; SIGTERM and SIGINT ask."""
        signal.signal(signal.SIGTERM, self.request_stop)
        signal.signal(signal.SIGINT, self.request_stop)
        try:
            self.start()
            while not self.stop_requested.wait(LOOK_EVERY):
                self.look()
        finally:
            self.stop()

    def stop(self) -> None:
        """Stop within 25 seconds: schedulers and ingest workers drain first, then deliverers and web, Redis last."""
        began = time.monotonic()
        self._end([c for c in self._children if not c.program.last], began + MAKERS_UNTIL)
        self._end([c for c in self._children if c.program.last], began + ALL_UNTIL)
        for child in self._children:
            if child.process is not None and child.process.poll() is None:
                log.warning("killed", program=child.program.name, reason="did not stop in time")
                child.process.kill()
                child.process.wait()
        if self._embedded:
            self._embedded.stop()
        os.close(self._writing)
        os.close(self._reading)

    @staticmethod
    def _end(children: Sequence[_Child], until: float) -> None:
        running = [c.process for c in children if c.process is not None and c.process.poll() is None]
        for process in running:
            process.terminate()
        for process in running:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                continue

    def pids(self) -> dict[str, int]:
        """The running children by name."""
        return {c.program.name: c.process.pid for c in self._children if c.process is not None}


def command() -> list[str]:
    """How to start `wirewatch` again, so that ps shows it by its name."""
    script = Path(sys.executable).with_name("wirewatch")
    return [sys.executable, str(script)] if script.exists() else [sys.executable, "-m", "worker"]
