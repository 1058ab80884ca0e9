"""What benchmarks know of processes, from /proc: CPU time and memory of them and of what runs below; and a Redis."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

import redis

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_of(pid: int) -> float:
    """CPU seconds of a process that lives, and of its children that have ended."""
    try:
        facts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, facts[11:15])) / TICKS


def children_of(pid: int) -> list[int]:
    """The processes below this one."""
    found: list[int] = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *children_of(child)]
    except OSError:  # it has ended meanwhile
        pass
    return found


def memory_of(pid: int, name: str = "VmRSS") -> float:
    """Megabytes; 0 where the process has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    line = next((line for line in status.splitlines() if line.startswith(name)), "x 0 kB")
    return int(line.split()[1]) / 1024


def stop(process: subprocess.Popen[str]) -> None:
    """Ask it to end, and wait for that."""
    process.terminate()
    process.wait(30)


class RedisServer:
    """A Redis of its own with an append-only file, on a socket in `folder`."""

    def __init__(self, stack: ExitStack, folder: Path, server: str = "redis-server") -> None:
        self.socket = folder / "redis.sock"
        options = ["--port", "0", "--unixsocket", str(self.socket), "--dir", str(folder), "--save", ""]
        self.process = subprocess.Popen([server, *options, "--appendonly", "yes"], stdout=subprocess.DEVNULL, text=True)
        stack.callback(stop, self.process)
        while not self.socket.exists():
            time.sleep(0.05)
        self.redis = redis.Redis(unix_socket_path=str(self.socket))

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def used(self) -> int:
        """Bytes, but for the buffers of clients and of the append-only file."""
        found = self.redis.info("memory")
        return int(found["used_memory"] - found["mem_clients_normal"] - found["mem_aof_buffer"])
