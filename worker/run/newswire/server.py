"""The newswire on a real socket, on loopback only."""

from __future__ import annotations

import contextlib
import errno
import socket
import sys
import threading
from dataclasses import replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from socketserver import TCPServer
from typing import Any, Self

from worker.errors import BusyError, ConfigError
from worker.ports import Clock
from worker.run.newswire.content import load
from worker.run.newswire.day import RecordedDay
from worker.run.newswire.hosts import Hosts
from worker.run.newswire.site import Request

# Closing waits for the next look at whether to go on.
_LOOK_EVERY_SECONDS = 0.05


class Newswire:
    """The recorded day, served while the context is open.

    All outlets share one socket and are told apart by name: http://harbour-courier.localhost:PORT. The day stands still
    at its first minute, with its early items out, until the real time `start` (aware), or until `begin` is called where
    that is None; then it plays `speed` times as fast as it was. `speed` None shows every item at once. `port` 0 means
    any free one. Raises ConfigError for a host that is not loopback, BusyError for a port in use, ValueError for a
    speed that is not positive.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        speed: float | None,
        clock: Clock,
        start: datetime | None = None,
    ) -> None:
        if not _is_loopback(host):
            raise ConfigError(f"the sample newswire is served on loopback only; use 127.0.0.1 instead of {host}")
        now = clock.now()
        opened = now if start is None else min(now, start)
        self._recording = load()
        self._day = RecordedDay(opened=opened, start=start, speed=speed, last=self._recording.items[-1].minute)
        self._beginning = threading.Lock()
        self._server = _bind(host, port)
        self._server.clock = clock
        self._show()
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_LOOK_EVERY_SECONDS,), name="newswire", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where the list of outlets is, for a person."""
        return self._server.hosts.url

    @property
    def outlets(self) -> list[tuple[str, str]]:
        """Name and feed URL of every outlet."""
        return [(site.outlet.name, site.feed_url) for site in self._server.hosts.sites.values()]

    def begin(self, start: datetime) -> None:
        """Let a day that stands still play from `start` (aware); one that has a start keeps it. Safe in any thread."""
        with self._beginning:
            if self._day.start is None:
                self._day = replace(self._day, start=start)
                self._show()

    def finished(self, now: datetime) -> bool:
        """Whether the last item of the day has come out."""
        return self._day.finished(now)

    def day_clock(self, now: datetime) -> str:
        """The time on the recorded day, "08:49"; "08:30" as long as it stands still."""
        return self._day.clock(now)

    def _show(self) -> None:
        self._server.hosts = Hosts.of(self._recording, port=self._server.server_port, day=self._day)


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
            path=self.path.partition("?")[0],
            if_none_match=self.headers.get("If-None-Match", ""),
            if_modified_since=self.headers.get("If-Modified-Since", ""),
        )
        answer = self.server.hosts.answer(self.headers.get("Host", ""), request, self.server.clock.now())
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
    hosts: Hosts
    clock: Clock
    request_queue_size = 128

    def __init__(self, host: str, port: int) -> None:
        self._open: set[Any] = set()
        super().__init__((host, port), _Handler)

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
        return IPv4Address(host).is_loopback
    except ValueError:
        return False


def _bind(host: str, port: int) -> _Server:
    try:
        return _Server(host, port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise BusyError(f"port {port} is in use on {host}; choose another for the newswire, or 0 for any") from error
