"""wirewatch on two machines, over a Redis on three more with Sentinels, TLS and users; a newsroom on another.

    press (wire and recorder)  <--- HTTP --->  alpha, beta (scheduler, ingest, deliver)  <--- TLS --->  vault-a, -b, -c

Use it from `inside` the press' network. What the machines say goes to a log each.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Self

import pytest
import redis

from support.atrest import AtRest
from support.network import Machine, Network
from support.recorder import Recorder, recording
from support.redises import PORT, SENTINEL_PORT, SERVICE, Authority, sentinel_file, server_file, tls_server, users_file
from support.servers import SECRET
from support.strikes import PATIENCE, Strike
from support.wire import OUTLETS, TOPICS, Wire, serving_wire
from worker.edge.redis_client import connect
from worker.run.supervisor import command

PRESS, WORKERS, VAULTS = "press", ("alpha", "beta"), ("vault-a", "vault-b", "vault-c")
WEB_PORT, HOOK_PORT = 8000, 8001
# What an outlet takes to answer, in seconds, so that requests of several workers meet.
LATENCY = 0.05
CONFIG = """
[network]
allow = ["10.77.0.0/24"]
[polling]
interval = "1s"
min_interval = "1s"
max_interval = "2s"
{feeds}
{topics}
[[destinations]]
name = "hook"
type = "webhook"
url = "http://press:{hook}/hook"
secret = "env:HOOK_SECRET"
"""


class Fleet:
    """All of it; use as a context."""

    def __init__(self, folder: Path, seed: object) -> None:
        self.folder = folder
        self.wire, self.recorder = Wire(seed, "test"), Recorder()
        outlets = [f"{key}.test" for key in OUTLETS]
        self.network = Network(folder, [PRESS, *WORKERS, *VAULTS], {PRESS: outlets})
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as opening:
            opening.enter_context(self.network)
            press = self.network.machines[PRESS]
            opening.enter_context(press.inside())
            opening.enter_context(serving_wire(self.wire, press.address, WEB_PORT))
            opening.enter_context(recording(self.recorder, press.address, HOOK_PORT))
            self.wire.on_request = self._slowly
            self._start_redis(opening)
            self.direct = connect(self.url("operator"))
            opening.callback(self.direct.close)
            self._start_workers(opening)
            self.wait(self._all_at_work, "all processes at work")
            self.wait(lambda: all(self.wire.polls[key] for key in OUTLETS), "the first poll of every feed")
            self._at_rest = AtRest(self.direct, self.wire, self.recorder, os.getpid())
            self._open = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _start_redis(self, opening: contextlib.ExitStack) -> None:
        vaults = [self.network.machines[name] for name in VAULTS]
        self._authority = Authority(self.folder, [vault.address for vault in vaults])
        users, server = users_file(self.folder, "wirewatch"), tls_server()
        for vault in vaults:
            log = opening.enter_context(self._log(vault).open("ab"))
            common = self._common(vault)
            follows = {} if vault is vaults[0] else {"replicaof": f"{vaults[0].address} {PORT}"}
            options = {
                **common,
                "tls-port": str(PORT),
                "aclfile": str(users),
                "masteruser": "replica",
                "masterauth": "replica",
                "min-replicas-to-write": "1",
                "min-replicas-max-lag": "2",
                "repl-diskless-sync-delay": "0",
                **follows,
            }
            vault.start(server, str(server_file(self.folder, vault.name, options)), log=log)
        # Sentinels ask who follows whom every ten seconds, and need not ask twice if it is settled.
        self.wait(partial(self._followed, vaults[0]), "replicas")
        for vault in vaults:
            log = opening.enter_context(self._log(vault).open("ab"))
            watched = {**self._common(vault), "tls-port": str(SENTINEL_PORT), "dir": str(self.folder)}
            file = sentinel_file(self.folder, vault.name, vaults[0].address, watched)
            vault.start(server, str(file), "--sentinel", log=log)
        self.wait(self._watched, "Sentinels that know one another")

    def _common(self, vault: Machine) -> dict[str, str]:
        return {**self._authority.options(), "bind": vault.address, "protected-mode": "no"}

    def _followed(self, vault: Machine) -> bool:
        url = f"rediss://operator:operator@{vault.address}:{PORT}?ssl_ca_certs={self._authority.ca}"
        with contextlib.suppress(redis.RedisError), contextlib.closing(connect(url)) as one:
            return one.info("replication")["connected_slaves"] == len(VAULTS) - 1
        return False

    def _watched(self) -> bool:
        with contextlib.suppress(redis.RedisError), contextlib.closing(connect(self.url("operator"))) as one:
            (known,) = one.connection_pool.sentinel_manager.sentinels[0].sentinel_masters().values()
            return known["num-other-sentinels"] == known["num-slaves"] == len(VAULTS) - 1
        return False

    def _start_workers(self, opening: contextlib.ExitStack) -> None:
        feeds = "".join(f'[[feeds]]\nurl = "{url}"\nname = "{name}"\n' for name, url in self.wire.feeds())
        config = self.folder / "wirewatch.toml"
        config.write_text(CONFIG.format(feeds=feeds, topics=TOPICS, hook=HOOK_PORT), "utf-8")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("REDIS_URL", "WIREWATCH_"))}
        environment = {**clean, "HOOK_SECRET": SECRET, "REDIS_URL": self.url("wirewatch")}
        for name in WORKERS:
            machine = self.network.machines[name]
            log = opening.enter_context(self._log(machine).open("ab"))
            for words in (["scheduler"], ["worker", "ingest"], ["worker", "deliver"]):
                started = [*command(), *words, "--config", str(config)]
                machine.start(*started, log=log, environment=environment)

    def _all_at_work(self) -> bool:
        return all(self.logged(name, '"event": "config_live"') >= 2 for name in WORKERS)

    def _log(self, machine: Machine) -> Path:
        return self.folder / f"{machine.name}.log"

    def url(self, user: str) -> str:
        """The address as this user of Redis writes it; the password of each is its name."""
        sentinels = ",".join(f"{self.network.machines[name].address}:{SENTINEL_PORT}" for name in VAULTS)
        return f"rediss+sentinel://{user}:{user}@{sentinels}/{SERVICE}?ssl_ca_certs={self._authority.ca}"

    # what happens

    def _slowly(self, _url: str, _asker: tuple[str, int]) -> None:
        threading.Event().wait(LATENCY)

    def strike(self, action: Callable[[], object], nth: int, *, machine: str | None = None) -> Strike:
        """Do something at the nth request for a page (by this machine), before it is answered."""
        struck = Strike(nth, lambda _port: action())
        address = self.network.machines[machine].address if machine else None

        def request(url: str, asker: tuple[str, int]) -> None:
            if "/08/" in url and address in {None, asker[0]}:
                struck.event()
            self._slowly(url, asker)

        self.wire.on_request = request
        return struck

    def primary(self) -> Machine:
        """The machine whose Redis takes the writes now, as the Sentinels say."""
        address = self.direct.connection_pool.get_master_address()[0]
        return next(machine for machine in self.network.machines.values() if machine.address == address)

    def logged(self, name: str, *words: str) -> int:
        """How many lines of a machine's log hold all the words."""
        lines = self._log(self.network.machines[name]).read_text("utf-8", "replace").splitlines()
        return sum(all(word in line for word in words) for line in lines)

    def wait(self, condition: Callable[[], object], what: str) -> None:
        end, tick = time.monotonic() + PATIENCE, threading.Event()
        while not condition():
            if time.monotonic() > end:
                logs = {path.name: path.read_text("utf-8", "replace")[-1500:] for path in self.folder.glob("*.log")}
                told = "\n".join(f"--- {name}\n{text}" for name, text in logs.items())
                pytest.fail(f"{what} did not happen within {PATIENCE:g} s; the logs end with\n{told}")
            tick.wait(0.1)

    def at_rest(self) -> bool:
        """Whether everything published is an article, and nothing waits."""
        return self._at_rest.reached()

    def settle(self) -> None:
        """Wait until everything published is an article and every delivery is made; then nothing may be wrong."""
        self.wait(self.at_rest, "rest")
        self.wire.on_request = self._slowly
        self._at_rest.check(os.getpid())
        self.wire.rest()

    def both_at_work(self) -> None:
        """Publish until each machine has had a part in it since now."""
        before = {name: self.logged(name, '"event": "ingested"') for name in WORKERS}
        for _ in range(20):
            self.wire.publish(8)
            self.settle()
            if all(self.logged(name, '"event": "ingested"') > before[name] for name in WORKERS):
                return
        pytest.fail("one of the machines never had a part in it")


@contextlib.contextmanager
def fleet_in(folder: Path, seed: object) -> Iterator[Fleet]:
    """A fleet of its own."""
    with Fleet(folder, seed) as fleet:
        yield fleet
