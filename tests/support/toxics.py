"""A TCP proxy on loopback whose line can be made bad in the ways lines are."""

from __future__ import annotations

import contextlib
import enum
import socket
import struct
import threading
from collections.abc import Callable
from typing import Self

_CHUNK = 65_536
_DRIP_BYTES = 120
_DRIP_SECONDS = 0.002
# close() with this linger sends RST instead of FIN (socket(7), SO_LINGER).
_HARD = struct.pack("ii", 1, 0)


class Toxic(enum.Enum):
    """What is wrong with the line."""

    NONE = "none"
    LATENCY = "latency"  # every piece comes late
    DRIP = "drip"  # a few bytes at a time
    HALF_OPEN = "half-open"  # nothing passes and nothing ends
    RESET = "reset after accept"  # a connection is accepted and reset at the first bytes
    DOWN = "down"  # nobody listens


class Proxy:
    """Passes on what comes to `port` to wherever `upstream` connects, as the toxic of the moment has it."""

    def __init__(self, upstream: Callable[[], socket.socket], *, latency: float = 0.02) -> None:
        self._upstream, self._latency = upstream, latency
        self._toxic = Toxic.NONE
        self._healed = threading.Event()
        self._healed.set()
        self._lock = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener: socket.socket | None = None
        self.port = 0
        self.resets = 0

    def __enter__(self) -> Self:
        self._listen()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed()
        self._healed.set()
        self.cut()

    def become(self, toxic: Toxic) -> None:
        """From now on the line is so; connections that a half-open line held are reset when it heals."""
        before, self._toxic = self._toxic, toxic
        if toxic is Toxic.HALF_OPEN:
            self._healed.clear()
        elif before is Toxic.HALF_OPEN:
            self.cut()
            self._healed.set()
        if toxic is Toxic.DOWN:
            self._closed()
            self.cut()
        elif before is Toxic.DOWN:
            self._listen()
        if toxic is Toxic.RESET:
            self.cut()

    def cut(self) -> None:
        """Reset every connection there is."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                _reset(end)

    def _listen(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _closed(self) -> None:
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        if self._toxic is Toxic.RESET:
            with contextlib.suppress(OSError):
                client.recv(1)
            self.resets += 1
            _reset(client)
            return
        try:
            server = self._upstream()
        except OSError:
            _reset(client)
            return
        with self._lock:
            self._pairs.append((client, server))
        for source, sink in ((client, server), (server, client)):
            threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(_CHUNK):
                self._healed.wait()
                self._pass(data, sink)
        except OSError:
            _reset(sink)
        else:
            with contextlib.suppress(OSError):
                sink.shutdown(socket.SHUT_WR)
        with self._lock:
            # both directions have ended once the second one comes by
            done = [pair for pair in self._pairs if source in pair and sink in pair and _ended(pair)]
            self._pairs = [pair for pair in self._pairs if pair not in done]
        for pair in done:
            for end in pair:
                end.close()

    def _pass(self, data: bytes, sink: socket.socket) -> None:
        late = threading.Event()
        if self._toxic is Toxic.LATENCY:
            late.wait(self._latency)
        while data and self._toxic is Toxic.DRIP:
            sink.sendall(data[:_DRIP_BYTES])
            data = data[_DRIP_BYTES:]
            late.wait(_DRIP_SECONDS)
        sink.sendall(data)


def tcp(port: int) -> Callable[[], socket.socket]:
    """Connects to a port on loopback."""
    return lambda: socket.create_connection(("127.0.0.1", port), timeout=None)


def unix(path: str) -> Callable[[], socket.socket]:
    """Connects to a unix socket."""

    def connect() -> socket.socket:
        end = socket.socket(socket.AF_UNIX)
        try:
            end.connect(path)
        except OSError:
            end.close()
            raise
        return end

    return connect


def _ended(pair: tuple[socket.socket, socket.socket]) -> bool:
    for end in pair:
        try:
            if end.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                return False
        except BlockingIOError:
            return False
        except OSError:
            continue
    return True


def _reset(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        if end.family == socket.AF_INET:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _HARD)
        # wakes whoever waits in recv; close alone would not
        end.shutdown(socket.SHUT_RDWR)
    end.close()
