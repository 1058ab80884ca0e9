"""`wirewatch up` beside wire, recorder and Redis on a loopback of its own, where ports are the same each time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import redis

from support.atrest import AtRest
from support.network import own_loopback
from support.processes import Running
from support.recorder import Recorder, recording
from support.redises import product_rules
from support.wire import TOPICS, Wire, serving_wire
from worker.edge.embedded import EmbeddedRedis
from worker.edge.redis_client import connect

WIRE_PORT, HOOK_PORT, REDIS_PORT = 8000, 8001, 6379
CONFIG = """
[redis]
url = "redis://wirewatch:wirewatch@127.0.0.1:{redis}/0"
[network]
allow = ["127.0.0.0/8"]
[polling]
interval = "1s"
min_interval = "1s"
max_interval = "2s"
[web]
listen = "127.0.0.1:0"
{feeds}
{topics}
[[destinations]]
name = "hook"
type = "webhook"
url = "http://127.0.0.1:{hook}/hook"
secret = "env:HOOK_SECRET"
"""


@dataclass
class Alone:
    """What runs; `direct` is a connection of somebody who may do anything."""

    direct: redis.Redis
    wire: Wire
    recorder: Recorder
    system: Running

    def at_rest(self, eventually: Callable[..., None]) -> AtRest:
        """Start `up`; what must hold once nothing waits any more."""
        self.system.start()
        eventually(lambda: self.system.log.read_text("utf-8").count('"event": "config_live"') >= 2, "workers at work")
        return AtRest(self.direct, self.wire, self.recorder, self.system.process.pid)


@contextlib.contextmanager
def alone(
    folder: Path, seed: object, *, more: Mapping[str, str], prepare: Callable[[redis.Redis], object]
) -> Iterator[Alone]:
    """Everything but `up`, with `more` settings for Redis, which `prepare` gets before anybody else."""
    wire, recorder = Wire(seed), Recorder()
    with contextlib.ExitStack() as opening:
        opening.enter_context(own_loopback())
        options = {"port": str(REDIS_PORT), "bind": "127.0.0.1", **more}
        server = opening.enter_context(EmbeddedRedis(folder / "redis", options))
        opening.enter_context(serving_wire(wire, port=WIRE_PORT))
        opening.enter_context(recording(recorder, port=HOOK_PORT))
        direct = opening.enter_context(contextlib.closing(connect(server.url)))
        direct.execute_command("ACL", "SETUSER", *product_rules("wirewatch"))
        prepare(direct)
        feeds = "".join(f'[[feeds]]\nurl = "{url}"\nname = "{name}"\n' for name, url in wire.feeds())
        text = CONFIG.format(redis=REDIS_PORT, feeds=feeds, topics=TOPICS, hook=HOOK_PORT)
        system = Running(folder, text)
        try:
            yield Alone(direct, wire, recorder, system)
        finally:
            if not system.ended():
                system.stop()
