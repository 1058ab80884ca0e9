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
from support.quick import configuration, on_redis
from support.recorder import Recorder, recording
from support.redises import product_rules
from support.wire import TOPICS, Wire, serving_wire
from worker.edge.embedded import EmbeddedRedis
from worker.edge.redis_client import connect

WIRE_PORT, HOOK_PORT, REDIS_PORT = 8000, 8001, 6379


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
        storage = on_redis(f"redis://wirewatch:wirewatch@127.0.0.1:{REDIS_PORT}/0")
        hook = f"http://127.0.0.1:{HOOK_PORT}/hook"
        system = Running(folder, configuration(wire.feeds(), TOPICS, hook, storage=storage))
        try:
            yield Alone(direct, wire, recorder, system)
        finally:
            if not system.ended():
                system.stop()
