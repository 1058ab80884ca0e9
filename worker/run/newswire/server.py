"""The newswire on real sockets: every outlet is a web site of its own on an address of its own, loopback only."""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import sys
import threading
from collections.abc import Sequence
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from socketserver import TCPServer
from typing import Any, Self
from urllib.parse import urlsplit

from worker.errors import BusyError, ConfigError
from worker.ports import Clock
from worker.run.newswire.content import load
from worker.run.newswire.day import RecordedDay
from worker.run.newswire.site import Request, Site

FIRST_HOST = 11
"""Outlets listen on 127.0.0.11, 127.0.0.12, ...: publishers are told apart by host."""


class Newswire:
    """The recorded day, served while the context is open.

    It starts to play at `start` (aware) and runs `speed` times as fast as it was; `speed` None shows every item at
    once. Linux answers on all of 127.0.0.0/8, so each outlet gets an address there; where only `host` exists (macOS)
    outlets differ by port. `port` 0 means any free one; another is used on every address, or counted up on `host`.
    Raises ConfigError for a host that is not loopback, BusyError for a port in use, ValueError for a speed that is
    not positive.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        speed: float | None,
        start: datetime,
        clock: Clock,
    ) -> None:
        if not _is_loopback(host):
            raise ConfigError(f"the sample newswire is served on loopback only; use 127.0.0.1 instead of {host}")
        recording = load()
        self._day = RecordedDay(start=start, speed=speed, last=recording.items[-1].minute)
        self._servers = _bind(len(recording.outlets), host, port)
        for server, outlet in zip(self._servers, recording.outlets, strict=True):
            address, number = server.server_address[:2]
            server.clock = clock
            server.site = Site(
                outlet=outlet,
                items=recording.items_of(outlet),
                base_url=f"http://{address!s}:{number}",
                day=self._day,
            )
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="newswire", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._wake.send(b"!")
        self._thread.join()
        for server in self._servers:
            server.hang_up()
            server.server_close()
        self._wake.close()
        self._woken.close()

    @property
    def outlets(self) -> list[tuple[str, str]]:
        """Name and feed URL of every outlet."""
        return [(server.site.outlet.name, server.site.feed_url) for server in self._servers]

    def finished(self, now: datetime) -> bool:
        """Whether the last item of the day has come out."""
        return self._day.finished(now)

    def day_clock(self, now: datetime) -> str:
        """The time on the recorded day, "08:49"."""
        return self._day.clock(now)

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._woken, selectors.EVENT_READ)
            for server in self._servers:
                selector.register(server, selectors.EVENT_READ, server)
            while True:
                for key, _ in selector.select():
                    if key.data is None:
                        return
                    key.data.handle_request()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    timeout = 30

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        request = Request(
            path=urlsplit(self.path).path,
            if_none_match=self.headers.get("If-None-Match", ""),
            if_modified_since=self.headers.get("If-Modified-Since", ""),
        )
        answer = self.server.site.answer(request, self.server.clock.now())
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if with_body:
            self.wfile.write(answer.body)

    def version_string(self) -> str:
        return "newswire"

    def log_message(self, *_: object) -> None:
        """Say nothing: the terminal belongs to the demo."""


class _Server(ThreadingHTTPServer):
    site: Site
    clock: Clock
    request_queue_size = 64
    timeout = 0

    def __init__(self, host: str, port: int) -> None:
        self._open: set[Any] = set()
        super().__init__((host, port), _Handler)
        self.socket.setblocking(False)

    def server_bind(self) -> None:
        # HTTPServer asks the resolver for its own name here, which takes seconds on a machine without DNS
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """End the connections that clients keep open, and with them their threads."""
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _bind(count: int, host: str, port: int) -> Sequence[_Server]:
    with contextlib.ExitStack() as closing:
        try:
            servers = [closing.enter_context(_bind_one(index, host, port)) for index in range(count)]
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise BusyError(
                f"port {port} is in use on loopback; choose another for the newswire, or 0 for any"
            ) from error
        closing.pop_all()
        return servers


def _bind_one(index: int, host: str, port: int) -> _Server:
    try:
        return _Server(f"127.0.0.{FIRST_HOST + index}", port)
    except OSError as error:
        if error.errno != errno.EADDRNOTAVAIL:
            raise
        return _Server(host, port + index if port else 0)
