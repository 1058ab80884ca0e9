"""`wirewatch up`: everything in one process tree."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from worker.config import Settings, config_path, load
from worker.edge import logs
from worker.edge.embedded import EmbeddedRedis
from worker.edge.redis_client import connect, redis_errors
from worker.run.durability import refuse_loss
from worker.run.processes import WEB_SOCKET, announce, worker_programs
from worker.run.supervisor import Program, Supervisor
from worker.run.web.server import bind


def run_up(config: Path | None, *, workers: int, accept_loss: bool) -> None:
    """Run until SIGTERM or Ctrl-C."""
    logs.configure("up")
    path = config_path(config).resolve()
    settings = load(path)
    listener = bind(settings.web_host, settings.web_port)
    embedded, url = open_store(settings, accept_loss=accept_loss)
    announce(listener)
    Supervisor(
        programs(path, listener, workers=workers),
        embedded=embedded,
        environment={**os.environ, "REDIS_URL": url, "WIREWATCH_CONFIG": str(path)},
    ).run()


def open_store(settings: Settings, *, accept_loss: bool = False) -> tuple[EmbeddedRedis | None, str]:
    """The configured Redis once it has answered and keeps what it is given, else an embedded one that was started."""
    if settings.redis_url is not None:
        url = settings.redis_url.get_secret_value()
        with redis_errors(url):
            refuse_loss(connect(url), accepted=accept_loss)
        return None, url
    embedded = EmbeddedRedis(settings.storage_dir)
    embedded.start()
    return embedded, embedded.url


def programs(config: Path, listener: socket.socket, *, workers: int) -> list[Program]:
    """The children of one process tree."""
    web = listener.fileno()
    return [
        Program(name="scheduler", arguments=("scheduler", "--config", str(config))),
        *worker_programs("ingest", workers),
        *worker_programs("deliver", 1),
        Program(
            name="web",
            arguments=("web", "--config", str(config)),
            last=True,
            inherit=(web,),
            environment={WEB_SOCKET: str(web)},
        ),
    ]
