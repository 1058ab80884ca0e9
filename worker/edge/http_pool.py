"""Requests over connections to any number of servers, each kept open for a moment in case the next one goes there too.

What a request costs does not depend on how many others there are: only the few connections that rest are looked at, and
each is closed by a timer of its own.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias, cast

import httpcore2

from worker.edge.http_budget import not_in_time, refused
from worker.edge.http_wire import Wire
from worker.fetch.urls import SplitTarget

Connect: TypeAlias = Callable[[str, int, float], Awaitable[Wire]]
"""Host, port and seconds -> a connection there. Raises FetchError or OSError."""

Headers: TypeAlias = list[tuple[bytes, bytes]]

# Below the 5 s after which Apache and Node close: a connection taken up as it closes loses the request.
_KEEPALIVE = 4.0
_MOST_RESTING = 10


class Connection:
    """A connection to `origin`, one request at a time; what is said over it is httpcore2's part."""

    def __init__(self, target: SplitTarget, wire: Wire) -> None:
        self.origin = target.origin
        self.expiry: asyncio.TimerHandle | None = None
        self._wire = wire
        origin = httpcore2.Origin(target.scheme.encode(), target.host.encode(), target.port)
        self._http = httpcore2.AsyncHTTP11Connection(origin, wire)

    def is_idle(self) -> bool:
        """Whether it waits for another request."""
        return self.expiry is not None

    def may_rest(self) -> bool:
        """Whether the answer was read to its end and the server has neither left nor sent what nobody asked for."""
        return self._http.is_idle() and not self._http.has_expired()

    async def ask(self, request: httpcore2.Request) -> httpcore2.Response:
        """Send a request; its answer once the head is there, to be closed."""
        return await self._http.handle_async_request(request)

    def rest(self, expiry: asyncio.TimerHandle) -> None:
        """Wait for another request until `expiry`."""
        self.expiry = expiry

    def wake(self) -> None:
        """Wait no longer."""
        if self.expiry is not None:
            self.expiry.cancel()
            self.expiry = None

    def close(self) -> None:
        """End it at once."""
        self.wake()
        self._wire.close()


@dataclass(frozen=True, slots=True)
class Answer:
    """The head of an answer, and its body piece by piece as it comes, which may be left unread."""

    status: int
    headers: Headers
    body: AsyncGenerator[bytes]


class Pool:
    """At most `most` connections at a time, of which some wait a moment for another request.

    `connect_timeout` is in seconds, for name and TCP, and again for TLS.
    """

    def __init__(self, connect: Connect, tls: ssl.SSLContext, *, most: int, connect_timeout: float) -> None:
        self._connect, self._tls, self._timeout = connect, tls, connect_timeout
        self._room = asyncio.Semaphore(most)
        self._resting: list[Connection] = []
        self._open: set[Connection] = set()

    @asynccontextmanager
    async def exchange(
        self, method: str, target: SplitTarget, headers: Headers, content: bytes = b""
    ) -> AsyncIterator[Answer]:
        """The answer to a request. Errors are those of `Connect`, OSError, ssl.SSLError and httpcore2.ProtocolError."""
        url = httpcore2.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.target)
        request = httpcore2.Request(method, url, headers=headers, content=content)
        async with self._room:
            connection = self._rested(target.origin) or await self._new(target)
            try:
                response = await connection.ask(request)
                body = cast("AsyncGenerator[bytes]", aiter(cast("AsyncIterator[bytes]", response.stream)))
                yield Answer(response.status, response.headers, body)
                await response.aclose()
            finally:
                self._leave(connection)

    @property
    def connections(self) -> list[Connection]:
        """Those that are open."""
        return list(self._open)

    def close(self) -> None:
        """Close every connection."""
        for connection in self.connections:
            self._close(connection)

    def _rested(self, origin: str) -> Connection | None:
        for connection in [one for one in self._resting if one.origin == origin]:
            if connection.may_rest():
                self._resting.remove(connection)
                connection.wake()
                return connection
            self._close(connection)
        return None

    async def _new(self, target: SplitTarget) -> Connection:
        wire = await self._connect(target.host, target.port, self._timeout)
        if target.scheme == "https":
            try:
                await self._secure(wire, target.host)
            except BaseException:
                wire.close()
                raise
        connection = Connection(target, wire)
        self._open.add(connection)
        return connection

    async def _secure(self, wire: Wire, host: str) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                await wire.secure(self._tls, host)
        except ssl.SSLError:
            raise
        except TimeoutError:
            raise not_in_time(host) from None
        except OSError as error:
            raise refused(host, error) from None

    def _leave(self, connection: Connection) -> None:
        if not connection.may_rest():
            self._close(connection)
            return
        connection.rest(asyncio.get_running_loop().call_later(_KEEPALIVE, self._close, connection))
        self._resting.append(connection)
        if len(self._resting) > _MOST_RESTING:
            self._close(self._resting[0])

    def _close(self, connection: Connection) -> None:
        if connection.is_idle():
            self._resting.remove(connection)
        self._open.discard(connection)
        connection.close()
