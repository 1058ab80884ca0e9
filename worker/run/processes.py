"""The single processes, as the Procfile and the supervisor start them."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from pathlib import Path

import redis
import structlog

from worker.config import ConfigFiles, Settings, config_path, from_published, load
from worker.edge import logs, spans
from worker.edge.process import watch_parent_pipe
from worker.edge.redis_client import connect, redis_errors
from worker.edge.store.published import Published
from worker.errors import ConfigError
from worker.run.cli.common import redis_url
from worker.run.durability import refuse_loss
from worker.run.supervisor import Program, Supervisor
from worker.run.web.server import bind, serve, url_of
from worker.secret import plain

log = structlog.get_logger()

# The supervisor binds the dashboard's port once and hands the socket on, so that a restart never loses it.
WEB_SOCKET = "WIREWATCH_WEB_SOCKET"


def _begin(name: str) -> bool:
    """Set up what every process needs; True where a supervisor has started this one."""
    logs.configure(name)
    spans.begin(name)
    # Python's tracker of semaphores outlives a process that was killed, to clean up after it: no news for the log.
    sys.warnoptions.append("ignore:resource_tracker")
    return watch_parent_pipe(lambda: os._exit(1))


def _settings(config: Path | None, connection: redis.Redis) -> Settings:
    """The file's settings, else, when the file is broken just now, those that are live."""
    try:
        return load(config)
    except ConfigError as error:
        return _live(connection, error)


def _live(connection: redis.Redis, error: ConfigError) -> Settings:
    published = Published(connection)
    body = published.body()
    if body is None:
        raise error
    log.error("config_refused", error=str(error), goes_on="with the configuration that is live")
    return from_published(body, published.feeds())


def run_scheduler(config: Path | None, *, accept_loss: bool) -> None:
    """`wirewatch scheduler`."""
    import uvloop  # noqa: PLC0415  each process loads only what it runs

    from worker.run.apart import read_config  # noqa: PLC0415  each process loads only what it runs
    from worker.run.scheduler import Scheduler  # noqa: PLC0415  each process loads only what it runs

    connection = _open(redis_url(config), supervised=_begin("scheduler"), accept_loss=accept_loss)
    path = config_path(config)
    reading = read_config(ConfigFiles(path), {})
    if reading.settings is None:
        scheduler = Scheduler(connection, path, _live(connection, ConfigError(reading.error)))
    else:
        scheduler = Scheduler(connection, path, reading.settings, reading)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(scheduler.run())


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
    serve(
        connection,
        listener=listener,
        password=plain(settings.web_password) or None,
        public_url=settings.public_url,
        config=config_path(config),
    )


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
