"""What the sites of the benchmarks share: an HTTP server that costs next to nothing, on all of loopback at once."""

from __future__ import annotations

import asyncio
import socket
from email.utils import formatdate

ANSWER = "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{more}\r\n"
FEED = "application/rss+xml; charset=utf-8"


def http(status: str, body: bytes, more: str = "", *, kind: str = FEED) -> bytes:
    """An answer with a body; `more` are further header lines, each ended."""
    return ANSWER.format(status=status, kind=kind, length=len(body), more=more).encode() + body


def http_date(at: float) -> str:
    """A moment in seconds since the epoch as headers have it."""
    return formatdate(at, usegmt=True)


def loopback() -> socket.socket:
    """A socket that listens on every address of 127.0.0.0/8 at a free port, and only on the loopback interface."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
    listening.bind(("0.0.0.0", 0))
    listening.listen(4096)
    return listening


class Answers(asyncio.Protocol):
    """Reads requests one after the other; `take` answers, at once or later, by `send`."""

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    @property
    def asked_at(self) -> str:
        """The address at which the request came."""
        return str(self._transport.get_extra_info("sockname")[0])

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, rest = self._received.partition(b"\r\n\r\n")
            length = _length(head) if head.startswith(b"POST") else 0
            if len(rest) < length:
                return
            self._received = rest[length:]
            method, path, _ = head.split(b" ", 2)
            self.take(method.decode(), path.decode(), head + b"\r\n", rest[:length])

    def take(self, method: str, path: str, head: bytes, body: bytes) -> None:
        """Answer a request; `head` are its lines, each ended."""
        raise NotImplementedError

    def send(self, answer: bytes) -> None:
        """Send an answer, if anybody still waits for it."""
        if not self._transport.is_closing():
            self._transport.write(answer)

    def drop(self) -> None:
        """End the connection without a word."""
        self._transport.abort()


def header(head: bytes, name: bytes) -> bytes:
    """The value of a request's header (its name in lower case), empty where it has none."""
    at = head.lower().find(b"\r\n" + name + b": ")
    if at < 0:
        return b""
    return head[at + len(name) + 4 :].partition(b"\r\n")[0]


def _length(head: bytes) -> int:
    return int(header(head + b"\r\n", b"content-length") or b"0")
