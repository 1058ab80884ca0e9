"""uvicorn, made to fit: on a socket that is already bound, stopped by an event, its log lines in ours."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette

# Requests in hand when asked to stop get this long.
GRACE_SECONDS = 3


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
        http="h11",
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
