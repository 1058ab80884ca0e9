"""Binding the dashboard's address, and serving on it until told to stop.

Whoever only binds (the supervisor) loads no web framework.
"""

from __future__ import annotations

import errno
import os
import signal
import socket
import threading
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import redis
import structlog

from worker.edge.clock import SystemClock
from worker.edge.outage import Outage
from worker.edge.store.published import Processes, set_web_url
from worker.errors import BusyError, ConfigError
from worker.ports import Clock

log = structlog.get_logger()

BEAT_SECONDS = 5.0


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens on `host`:`port`; port 0 takes any free one.

    Raises BusyError where another program has the port, ConfigError where this machine cannot listen there.
    """
    shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise BusyError(
                f"{shown} is in use by another program; stop it, or set [web] listen (port 0 takes any free one)"
            ) from error
        raise ConfigError(
            f"{shown} cannot be listened on ({error.strerror}); set it to an address of this machine and a free port, "
            'such as "127.0.0.1:8080"',
            where="[web] listen",
        ) from error


def url_of(listener: socket.socket) -> str:
    """Under which URL people reach it; a listener on every address is known by the machine's name."""
    host, port = listener.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104  compared, not bound
        host = socket.gethostname()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Address:
    """Where the dashboard is; `is_public` where the configuration says so."""

    url: str
    is_public: bool


def serve(
    connection: redis.Redis,
    *,
    listener: socket.socket,
    password: str | None,
    public_url: str | None = None,
    clock: Clock | None = None,
    stopping: threading.Event | None = None,
    config: Path | None = None,
) -> None:
    """Serve on `listener` until SIGTERM, SIGINT or `stopping`; it is closed afterwards.

    Topics and feeds are changed in `config`, where it is on this machine.

    Requests in hand get a few seconds to finish. Redis may come and go meanwhile. Alerts link to `public_url` where
    there is one and a password, without which only this machine sees pages.
    """
    from worker.run.web.app import create_app  # noqa: PLC0415  see the module's docstring
    from worker.run.web.http import run_http  # noqa: PLC0415  same

    clock = clock or SystemClock()
    stop = stopping or threading.Event()
    _stop_on_signals(stop)
    public = public_url if password is not None else None
    address = _Address(url=public or url_of(listener), is_public=bool(public))
    sign = threading.Thread(target=_keep_known, args=(connection, address, clock, stop), daemon=True)
    sign.start()
    log.info("web_started", url=url_of(listener), password=password is not None)
    app = create_app(connection, clock=clock, password=password, stop=stop, config=config)
    try:
        run_http(app, listener, stop)
    finally:
        stop.set()
        for stream in app.state.streams:
            stream.close()
        sign.join(1.0)
    log.info("web_stopped")


def _stop_on_signals(stop: threading.Event) -> None:
    """Only a main thread may handle signals; elsewhere the caller sets the event."""
    if threading.current_thread() is not threading.main_thread():
        return

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)


def _keep_known(connection: redis.Redis, address: _Address, clock: Clock, stop: threading.Event) -> None:
    """Say where the dashboard is and that it lives, again and again: Redis may have been emptied or restarted."""
    name = f"web-{socket.gethostname()}-{os.getpid()}"
    processes = Processes(connection)
    outage = Outage()
    while True:
        try:
            now = clock.now()
            set_web_url(connection, address.url, owner=name, is_public=address.is_public, now=now)
            processes.beat(name, {"kind": "web", "url": address.url}, now)
            outage.over()
        except redis.RedisError as error:
            outage.met(error)
        if stop.wait(BEAT_SECONDS):
            break
    try:
        processes.leave(name)
    except redis.RedisError:
        log.info("left_without_word", name=name)
