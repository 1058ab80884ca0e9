"""The single processes, as the Procfile and the supervisor start them."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from pathlib import Path

import redis
import structlog

from worker.config import Settings, config_path, from_published, load
from worker.edge import logs
from worker.edge.process import watch_parent_pipe
from worker.edge.redis_client import connect, redis_errors
from worker.edge.store.published import Published
from worker.errors import ConfigError
from worker.run.cli.common import redis_url
from worker.run.durability import refuse_loss
from worker.run.supervisor import Program, Supervisor
from worker.run.web.server import bind, serve, url_of

log = structlog.get_logger()

# The supervisor binds the dashboard's port once and hands the socket on, so that a restart never loses it.
WEB_SOCKET = "WIREWATCH_WEB_SOCKET"


def _begin(name: str) -> bool:
    """Set up what every process needs; True where a supervisor has started this one."""
    logs.configure(name)
    return watch_parent_pipe(lambda: os._exit(1))


def _settings(config: Path | None, connection: redis.Redis) -> Settings:
    """The file's settings, else, when the file is broken just now, those that are live."""
    try:
        return load(config)
    except ConfigError as error:
        body = Published(connection).body()
        if body is None:
            raise
        log.error("config_refused", error=str(error), goes_on="with the configuration that is live")
        return from_published(body)


def run_scheduler(config: Path | None, *, accept_loss: bool) -> None:
    """`wirewatch scheduler`."""
    from worker.run.scheduler import Scheduler  # noqa: PLC0415  each process loads only what it runs

    connection = _open(redis_url(config), supervised=_begin("scheduler"), accept_loss=accept_loss)
    asyncio.run(Scheduler(connection, config_path(config), _settings(config, connection)).run())


def run_worker(role: str | None, config: Path | None, *, processes: int, accept_loss: bool) -> None:
    """`wirewatch worker`: one process of a role, or a small tree of several."""
    if role is None or processes > 1:
        _run_tree(role, config, processes, accept_loss=accept_loss)
        return
    connection = _open(redis_url(config), supervised=_begin(f"worker-{role}"), accept_loss=accept_loss)
    if role == "ingest":
        from worker.run.ingest import IngestWorker  # noqa: PLC0415  each process loads only what it runs

        IngestWorker(connection).run()
    else:
        from worker.run.deliver import DeliverWorker  # noqa: PLC0415  each process loads only what it runs

        DeliverWorker(connection).run()


def _run_tree(role: str | None, config: Path | None, processes: int, *, accept_loss: bool) -> None:
    url = redis_url(config)
    _open(url, supervised=_begin("workers"), accept_loss=accept_loss).close()
    programs = []
    if role in {None, "ingest"}:
        programs += worker_programs("ingest", processes)
    if role in {None, "deliver"}:
        programs += worker_programs("deliver", processes if role == "deliver" else 1)
    Supervisor(programs, embedded=None, environment={**os.environ, "REDIS_URL": url}).run()


def worker_programs(role: str, processes: int) -> list[Program]:
    """Worker children, one process each."""
    return [
        Program(name=f"{role}-{number}", arguments=("worker", role), last=role == "deliver")
        for number in range(1, processes + 1)
    ]


def run_web(config: Path | None) -> None:
    """`wirewatch web`."""
    # What the web process writes is not missed, so it starts on any Redis.
    connection = _open(redis_url(config), supervised=_begin("web"), accept_loss=True)
    settings = _settings(config, connection)
    handed_over = os.environ.pop(WEB_SOCKET, "")
    listener = socket.socket(fileno=int(handed_over)) if handed_over else bind(settings.web_host, settings.web_port)
    if not handed_over:
        announce(listener)
    serve(connection, listener=listener, password=settings.web_password)


def _open(url: str, *, supervised: bool, accept_loss: bool) -> redis.Redis:
    """A connection to a Redis that has answered once and keeps what it is given.

    So a wrong URL is told at the start and not retried for ever. A supervisor has seen to both; what it starts again
    while Redis is away waits with all the others.
    """
    connection = connect(url)
    if not supervised:
        with redis_errors(url):
            refuse_loss(connection, accepted=accept_loss)
    return connection


def announce(listener: socket.socket) -> None:
    """Say where the dashboard is."""
    sys.stdout.write(f"dashboard: {url_of(listener)}\n")
    sys.stdout.flush()
