"""Machines on a network of the test's own, each with its own addresses, names and processes (Linux, as root).

A machine is a set of namespaces (namespaces(7)) that a process holds; a bridge in one more set joins them. Nothing of
it is seen outside, and all of it ends with the processes that hold it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Self

import pytest

from support.machines import lacking
from support.processes import descendants

_CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)
_HOLD = ("unshare", "--net", "--mount", "--uts", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c")
# It says that it is there once it is, and lives as long as whoever started it keeps its standard input open.
_SETTLED = "ip link set lo up && echo settled && exec cat"


def need_namespaces() -> None:
    """Skip the test, or fail where changes are judged, if this place allows no namespaces."""
    missing = [name for name in ("ip", "unshare", "nsenter") if shutil.which(name) is None]
    if missing:
        lacking(f"a network of the test's own needs {', '.join(missing)} (iproute2, util-linux)")
    tried = subprocess.run([*_HOLD, "ip link add name br0 type bridge"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        lacking(f"no network of the test's own can be made here: {tried.stderr.strip()}")


class _Held:
    """Namespaces, and the process that holds them."""

    def __init__(self, set_up: str = "true") -> None:
        self._holder = subprocess.Popen(
            [*_HOLD, f"{set_up} && {_SETTLED}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        if self._holder.stdout.readline() != "settled\n":
            pytest.fail("a machine of the network was not set up")
        self.pid = descendants(self._holder.pid)[0]

    def run(self, *command: str) -> None:
        subprocess.run([*self.enter(), *command], check=True, capture_output=True, timeout=30)

    def enter(self) -> list[str]:
        return ["nsenter", "--target", str(self.pid), "--net", "--mount", "--uts", "--pid"]

    def end(self) -> None:
        """Everything in them is killed."""
        self._holder.kill()
        self._holder.wait()
        for pipe in (self._holder.stdin, self._holder.stdout):
            pipe.close()


class Machine:
    """One host of the network."""

    def __init__(self, name: str, address: str, held: _Held, switch: _Held) -> None:
        self.name, self.address = name, address
        self._held, self._switch = held, switch
        self._started: list[subprocess.Popen[Any]] = []

    def start(self, *command: str, log: IO[bytes], environment: Mapping[str, str] | None = None) -> None:
        """Run a command on it; what it writes goes to the log."""
        started = subprocess.Popen(
            [*self._held.enter(), *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
        )
        self._started.append(started)

    def cut_off(self) -> None:
        """Nothing reaches it any more and nothing comes from it, and nobody is told."""
        self._switch.run("ip", "link", "set", f"to-{self.name}", "nomaster")

    def join(self) -> None:
        """On the network again."""
        self._switch.run("ip", "link", "set", f"to-{self.name}", "master", "br0")

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """Sockets that this thread opens meanwhile, and threads it starts, are on this machine's network."""
        with on_network(f"/proc/{self._held.pid}/ns/net"):
            yield

    def end(self) -> None:
        self._held.end()
        for started in self._started:
            started.wait()


class Network:
    """A bridge with machines on it; a context. `names` are further names by the machine that has them."""

    def __init__(self, folder: Path, machines: list[str], names: Mapping[str, list[str]]) -> None:
        self._folder, self._names = folder, machines
        self._more = names
        self._open = contextlib.ExitStack()
        self.machines: dict[str, Machine] = {}

    def __enter__(self) -> Self:
        need_namespaces()
        with contextlib.ExitStack() as opening:
            switch = _Held("ip link add name br0 type bridge && ip link set br0 up")
            opening.callback(switch.end)
            addresses = {name: f"10.77.0.{number}" for number, name in enumerate(self._names, 1)}
            hosts = self._folder / "hosts"
            lines = [f"{address} {' '.join([name, *self._more.get(name, [])])}" for name, address in addresses.items()]
            hosts.write_text("\n".join(["127.0.0.1 localhost", *lines, ""]), "ascii")
            for name, address in addresses.items():
                self.machines[name] = self._machine(name, address, switch, hosts)
                opening.callback(self.machines[name].end)
            self._open = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _machine(self, name: str, address: str, switch: _Held, hosts: Path) -> Machine:
        held = _Held(f"mount --bind {hosts} /etc/hosts && echo {name} > /proc/sys/kernel/hostname")
        cable, here = f"to-{name}", str(held.pid)
        # The switch has a pid namespace of its own, in which this one has no number; its network alone is entered.
        with on_network(f"/proc/{switch.pid}/ns/net"):
            _ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", here)
            _ip("link", "set", cable, "master", "br0", "up")
        held.run("ip", "address", "add", f"{address}/24", "dev", "eth0")
        held.run("ip", "link", "set", "eth0", "up")
        return Machine(name, address, held, switch)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=30)


@contextlib.contextmanager
def on_network(path: str) -> Iterator[None]:
    """This thread is in the network namespace of that file meanwhile (setns(2))."""
    with Path("/proc/thread-self/ns/net").open("rb") as before, Path(path).open("rb") as there:
        _enter(there.fileno())
        try:
            yield
        finally:
            _enter(before.fileno())


@contextlib.contextmanager
def own_loopback() -> Iterator[None]:
    """This thread, and what it starts, is alone with a loopback of its own, on which every port is free."""
    need_namespaces()
    held = _Held()
    try:
        with on_network(f"/proc/{held.pid}/ns/net"):
            yield
    finally:
        held.end()


def _enter(descriptor: int) -> None:
    if _LIBC.setns(descriptor, _CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
