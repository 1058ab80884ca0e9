"""uvicorn, made to fit: on a socket that is already bound, stopped by an event, its log lines in ours.

Clients that send or take too slowly are cut off, so that nobody holds all connections by doing next to nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Iterator

import h11
import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

# Requests in hand when asked to stop get this long.
GRACE_SECONDS = 3
# A request, with its body, has to be there so many seconds after the connection, or the answer before.
REQUEST_SECONDS = 60.0
# For so long a client may take nothing of its answer.
TAKEN_SECONDS = 60.0
# Open at the same time; below the 1,024 files that systems allow a process by default.
CONNECTIONS = 900


class _Patient(H11Protocol):
    """Patient, but not for ever. What uvicorn does by itself is to close connections between two requests."""

    _late: asyncio.TimerHandle | None = None
    _full: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the base class
        super().connection_made(transport)
        self._look()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._full = self.loop.call_later(TAKEN_SECONDS, self._give_up)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._full is not None:
            self._full.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        for timer in (self._late, self._full):
            if timer is not None:
                timer.cancel()

    def _look(self) -> None:
        """The time runs while a request is not there as a whole."""
        is_awaited = self.conn.their_state in {h11.IDLE, h11.SEND_BODY}
        if is_awaited and self._late is None:
            self._late = self.loop.call_later(REQUEST_SECONDS, self._give_up)
        elif not is_awaited and self._late is not None:
            self._late.cancel()
            self._late = None

    def _give_up(self) -> None:
        """The system is not to go on either with what nobody takes (SO_LINGER of no seconds sends a reset)."""
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, stop: threading.Event) -> None:
        super().__init__(config)
        self._stop = stop

    async def on_tick(self, counter: int) -> bool:
        """Called every tenth of a second."""
        return await super().on_tick(counter) or self._stop.is_set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the caller's; uvicorn would raise them again at the end and die of what it has handled."""
        yield


def run_http(app: Starlette, listener: socket.socket, stop: threading.Event) -> None:
    """Serve `app` on `listener` until `stop` is set."""
    config = uvicorn.Config(
        app,
        loop="asyncio",
        http=_Patient,
        limit_concurrency=CONNECTIONS,
        ws="none",
        lifespan="off",
        # None leaves uvicorn's loggers to the root handler, which is structlog's.
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    _Server(config, stop).run(sockets=[listener])
