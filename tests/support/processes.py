"""The real commands as subprocesses, and the process tree below them (Linux: /proc)."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from support.servers import SECRET
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

    def status(self) -> dict[str, Any]:
        done = self.run("status", "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def pid_of(self, words: str) -> int | None:
        """A child by the words of its command line, such as "worker ingest"."""
        for pid in descendants(self.process.pid):
            if f"wirewatch {words}" in command_line(pid) or f"-m worker {words}" in command_line(pid):
                return pid
        return None

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        finally:
            self.process.stdout.close()


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
