"""Servers on loopback addresses that answer byte by byte as a test wants, and clients that may go there."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import pytest

from worker.edge.http import HttpClient

OK = frozenset({200})


@dataclass
class Server:
    """A server on a loopback address that records who came and what they asked."""

    host: str
    port: int = 0
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    readers: list[asyncio.StreamReader] = field(default_factory=list)
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, path: str = "/", *, host: str | None = None) -> str:
        return f"http://{host or self.host}:{self.port}{path}"


Answer = Callable[[Server, bytes, asyncio.StreamWriter], Awaitable[None]]


def _has(host: str) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            return False
    return True


needs_aliases = pytest.mark.skipif(not _has("127.0.0.3"), reason="127.0.0.2 and up are no addresses of this machine")


def answering(status: str, *fields: str, body: bytes = b"") -> Answer:
    """One full answer, then the connection is closed."""
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *fields, "", ""])
    return sending(head.encode() + body)


def sending(wire: bytes) -> Answer:
    async def answer(_server: Server, _request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(wire)
        await writer.drain()

    return answer


def routing(**answers: Answer) -> Answer:
    """`routing(a=...)` answers /a."""

    async def answer(server: Server, request: bytes, writer: asyncio.StreamWriter) -> None:
        path = request.split()[1].decode().strip("/").split("?")[0]
        await answers[path](server, request, writer)

    return answer


def redirecting(location: str, status: str = "302 Found") -> Answer:
    return answering(status, f"Location: {location}")


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return head + (await reader.readexactly(int(length[0].split(b":")[1])) if length else b"")


@asynccontextmanager
async def serving(
    answer: Answer, host: str = "127.0.0.1", *, speaks_first: bool = False, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    server = Server(host)
    tasks = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        server.connections += 1
        server.readers.append(reader)
        try:
            request = await reader.read(65_536) if speaks_first else await _request(reader)
            server.requests.append(request)
            await answer(server, request, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(connected, host, 0, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        server.stop.set()
        listener.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await listener.wait_closed()


class Names:
    """A resolver for tests; each name has a list of answers, the last of which stays."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = {name.replace("_", "."): list(given) for name, given in answers.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, _port: int) -> list[str]:
        self.asked.append(host)
        if host not in self.answers:
            return [host]
        given = self.answers[host]
        return given.pop(0) if len(given) > 1 else given[0]


def client(*allow: str, **options: Any) -> HttpClient:
    return HttpClient(allow=allow or ["127.0.0.0/8"], user_agent="wirewatch-test (+https://example.org/)", **options)


def run(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    @wraps(test)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        asyncio.run(test(*args, **kwargs))

    return wrapper


def dripping(start: bytes, drop: bytes) -> Answer:
    """Sends something again and again for ever, so that no single read ever waits long."""

    async def answer(server: Server, _request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while not server.stop.is_set():
            writer.write(drop)
            await writer.drain()
            with suppress(TimeoutError):
                await asyncio.wait_for(server.stop.wait(), 0.01)

    return answer
