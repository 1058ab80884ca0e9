"""Telling open pages that something has happened, as server-sent events (HTML standard, 9.2).

A page that hears of it fetches itself again. What happens faster than that is told once.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import redis
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from worker.edge.store.events import follow
from worker.run.web.herald import Herald

# Each page that is looked at holds one; hidden ones let go of theirs.
LISTENERS = 500
_WAIT_MS = 500
# Proxies close what stays silent for a minute or less.
SIGN_OF_LIFE = 15.0
# Proxies are not to hold back what comes.
STREAMED = {"X-Accel-Buffering": "no"}


class Live:
    """Streams to pages until `stop` is set."""

    def __init__(self, connection: redis.Redis, stop: threading.Event) -> None:
        self._stop = stop
        self._herald = Herald(
            lambda last: follow(connection, last or "$", block_ms=_WAIT_MS)[0], stop, pause=_WAIT_MS / 1000
        )

    async def stream(self, _request: Request) -> Response:
        """The endpoint."""
        if len(self._herald) >= LISTENERS:
            raise HTTPException(503)
        return StreamingResponse(self._events(), media_type="text/event-stream", headers=STREAMED)

    async def _events(self) -> AsyncIterator[bytes]:
        with self._herald.listening() as changed:
            yield b"retry: 2000\n\n"
            while not self._stop.is_set():
                try:
                    await asyncio.wait_for(changed.wait(), SIGN_OF_LIFE)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                changed.clear()
                if not self._stop.is_set():
                    yield b"event: changed\ndata:\n\n"

    def close(self) -> None:
        """Wait for the thread, which `stop` ends."""
        self._herald.close()
