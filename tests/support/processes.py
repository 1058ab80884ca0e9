"""The real commands as subprocesses, and the process tree below them (Linux: /proc)."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from support.servers import SECRET
from worker.edge.embedded import running_url
from worker.edge.redis_client import connect
from worker.run.status import collect
from worker.run.supervisor import command


def on_terminal(*arguments: str, stdout: Any, cwd: Path) -> tuple[subprocess.CompletedProcess[bytes], bytes]:
    """A command whose standard error is a terminal, when it has ended well, and what that terminal was shown."""
    master, terminal = pty.openpty()
    try:
        done = subprocess.run(
            [*command(), *arguments],
            cwd=cwd,
            stdout=stdout,
            stderr=terminal,
            check=True,
            timeout=120,
            env={**os.environ, "TERM": "xterm"},
        )
        return done, os.read(master, 65536)
    finally:
        os.close(terminal)
        os.close(master)


_NEXT = "--- the next command"
_IN_TURN = f"""
import json, sys
from worker.run.cli import main
for words in json.loads(sys.argv[1]):
    print({_NEXT!r}, words, flush=True)
    try:
        main(words)
    except SystemExit:
        pass
"""


class Running:
    """`wirewatch up` on a configuration of the test's own."""

    def __init__(self, folder: Path, config: str) -> None:
        self.folder = folder
        self.config = folder / "wirewatch.toml"
        self.config.write_text(config, "utf-8")
        self.log = folder / "up.log"
        self.process: subprocess.Popen[str] | None = None
        self.dashboard = ""

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command(), "up", "--config", str(self.config), "-n", "1"],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=self.environment(),
            )
        line = self.process.stdout.readline()
        assert line.startswith("dashboard: "), f"{line!r}: {self.log.read_text()[-2000:]}"
        self.dashboard = line.split()[1]

    def environment(self) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("REDIS_URL", "WIREWATCH_"))}
        return {**clean, "HOOK_SECRET": SECRET}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command(), *arguments, "--config", str(self.config)],
            capture_output=True,
            text=True,
            env=self.environment(),
            timeout=60,
            check=False,
        )

    def run_each(self, *commands: Sequence[str]) -> str:
        """What all of these commands write to either output; one process runs them in turn, to start one only."""
        words = [[*one, "--config", str(self.config)] for one in commands]
        done = subprocess.run(
            [sys.executable, "-c", _IN_TURN, json.dumps(words)],
            capture_output=True,
            text=True,
            env=self.environment(),
            timeout=300,
            check=True,
        )
        assert done.stdout.count(_NEXT) == len(words)
        return done.stdout + done.stderr

    def status(self) -> dict[str, Any]:
        """What `wirewatch status --json` shows; looked up here, as a process for each look would keep a core busy."""
        url = running_url(self.folder / "data")
        assert url is not None, "no Redis answers in the data directory"
        connection = connect(url)
        try:
            return collect(connection)
        finally:
            connection.close()

    def pid_of(self, words: str) -> int | None:
        """A child by the words of its command line, such as "worker ingest"."""
        for pid in descendants(self.process.pid):
            if f"wirewatch {words}" in command_line(pid) or f"-m worker {words}" in command_line(pid):
                return pid
        return None

    def stop(self) -> int:
        """SIGTERM; the exit status, once everything below it has ended as well."""
        pids = descendants(self.process.pid)
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(30)
        finally:
            self.process.stdout.close()
        assert [pid for pid in pids if alive(pid)] == []
        return status

    def kill(self, *more: int) -> None:
        """Kill -9, of it and of the processes of these ids."""
        for pid in (self.process.pid, *more):
            os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None


def command_line(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    return ""


def alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def descendants(pid: int) -> list[int]:
    """Every living process below `pid` (Linux)."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                parents.setdefault(parent, []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


def owner(port: int, pids: Iterable[int]) -> int | None:
    """Which of the processes holds the connection from this port of 127.0.0.1 (Linux: proc(5), /proc/net/tcp)."""
    end = f"0100007F:{port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    sockets = {f"socket:[{row[9]}]" for row in rows if row[1] == end}
    for pid in pids:
        with contextlib.suppress(OSError):
            for entry in Path(f"/proc/{pid}/fd").iterdir():
                with contextlib.suppress(OSError):
                    if str(entry.readlink()) in sockets:
                        return pid
    return None
