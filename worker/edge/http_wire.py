"""One TCP connection to a server, with TLS where it is asked for.

A poll nearly always opens a connection of its own, so what opening one costs is what a poll costs: here it is a socket,
its transport and nothing around them. TLS is done in memory, because asyncio's own keeps 256 kB for every connection.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Any, Self, cast

import httpcore2

# A server that sends faster than its answer is read keeps the rest in its own memory.
_MOST_UNREAD = 256 * 1024


class Wire(asyncio.Protocol, httpcore2.AsyncNetworkStream):
    """Bytes to and from a server. Its methods raise OSError where the connection broke, ssl.SSLError where TLS did."""

    def __init__(self) -> None:
        self._unread = bytearray()
        self._from_server, self._to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._error: Exception | None = None
        self._is_paused = False
        self._transport: asyncio.Transport
        self.ended = False

    @classmethod
    async def open(cls, address: str, port: int) -> Self:
        """A connection to an IP address."""
        _, wire = await asyncio.get_running_loop().create_connection(cls, address, port)
        return wire

    # --- what the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if self._tls is None:
            self._unread += data
        else:
            self._from_server.write(data)
        if self.unread > _MOST_UNREAD:
            self._transport.pause_reading()
            self._is_paused = True
        self._wake()

    def eof_received(self) -> None:
        """See asyncio.Protocol."""
        self.ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self.ended = True
        self._error = exc
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    # --- what the client calls

    @property
    def unread(self) -> int:
        """Bytes that came and were not read yet."""
        return len(self._unread) + self._from_server.pending

    async def secure(self, context: ssl.SSLContext, name: str) -> None:
        """Shake hands with the server as `name`, which its certificate has to be for."""
        self._tls = context.wrap_bio(self._from_server, self._to_server, server_hostname=name)
        self._from_server.write(self._unread)
        self._unread.clear()
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                if self.ended:
                    raise
            except ssl.SSLError:
                self._send_tls()  # the alert that says why
                raise
            else:
                self._send_tls()
                return
            self._send_tls()
            await self._more()

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109  see AsyncNetworkStream
        """Send `buffer` as soon as the server takes it; nobody waits for that, since requests are small."""
        if not buffer:
            return
        if self._tls is None:
            self._transport.write(buffer)
        else:
            self._tls.write(buffer)
            self._send_tls()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109  see AsyncNetworkStream; budgets bound it
        """Some of what the server sends, empty once it has ended the connection."""
        while True:
            data = self._taken(max_bytes) if self._tls is None else self._decrypted(self._tls, max_bytes)
            if data:
                return data
            if self.ended:
                if self._error is not None:
                    raise self._error
                return b""
            await self._more()

    def close(self) -> None:
        """End the connection at once."""
        self._transport.abort()

    async def aclose(self) -> None:
        """See `close`."""
        self.close()

    def get_extra_info(self, info: str) -> Any:
        """Of what httpcore2 may ask, only whether the server has said or ended anything meanwhile."""
        return (self.ended or self.unread > 0) if info == "is_readable" else None

    def _taken(self, most: int) -> bytes:
        data = bytes(self._unread[:most])
        del self._unread[:most]
        return data

    def _decrypted(self, tls: ssl.SSLObject, most: int) -> bytes:
        try:
            return tls.read(most)
        except ssl.SSLWantReadError:
            self._send_tls()
        except ssl.SSLZeroReturnError:
            self.ended = True
        return b""

    def _send_tls(self) -> None:
        if data := self._to_server.read():
            self._transport.write(data)

    async def _more(self) -> None:
        """Wait until more has come, or the connection has ended."""
        if self._is_paused:
            self._transport.resume_reading()
            self._is_paused = False
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            await self._waiting
        finally:
            self._waiting = None
