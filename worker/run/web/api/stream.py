"""Alerts as server-sent events (HTML standard, 9.2): each is the payload of a webhook, its id the alert's.

Everybody reads the log of alerts at their own pace, so nobody holds up others, nothing is kept in memory, and who comes
back goes on behind the last id they saw.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence

import redis
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from worker.alerts.payload import body_bytes, webhook_payload
from worker.alerts.shapes import AlertShape
from worker.edge.store.alert_log import AlertLog
from worker.edge.store.published import web_url
from worker.edge.store.tokens import Tokens
from worker.model import Alert, Reason
from worker.run.web.api.asked import StreamAsked
from worker.run.web.api.problems import ProblemError
from worker.run.web.guard import token_of
from worker.run.web.herald import Herald
from worker.run.web.live import SIGN_OF_LIFE, STREAMED

LISTENERS = 100
_AT_ONCE = 20
_WAIT_MS = 500


class AlertStream:
    """Streams until `stop` is set, and to each client as long as its token is not revoked."""

    def __init__(self, connection: redis.Redis, stop: threading.Event) -> None:
        self._redis = connection
        self._log = AlertLog(connection)
        self._tokens = Tokens(connection)
        self._stop = stop
        self._herald = Herald(lambda position: self._log.wait(position, block_ms=_WAIT_MS), stop)

    def stream_alerts(self, asked: StreamAsked) -> AlertShape:
        """Alerts as they are decided, as server-sent events.

        The data of each event is the payload of a webhook, its id that of the alert. With `Last-Event-ID`, as browsers
        send it by themselves, those come first that were decided since; an id that is not known any more brings all
        that are kept, so check ids where each is to count once. Digests are left out: what they tell of came before.
        """
        raise NotImplementedError  # documented here, served by `endpoint`

    async def endpoint(self, request: Request, asked: StreamAsked) -> Response:
        """The stream for one client."""
        if len(self._herald) >= LISTENERS:
            raise ProblemError(503, f"{LISTENERS} listen already; try again later")
        last = request.headers.get("last-event-id", "")
        start = await run_in_threadpool(self._log.behind, last) if last else await run_in_threadpool(self._log.end)
        events = self._events(start, asked.topic, token_of(request.scope))
        return StreamingResponse(events, media_type="text/event-stream", headers=STREAMED)

    async def _events(self, position: str, topic: str | None, token: str | None) -> AsyncIterator[bytes]:
        with self._herald.listening() as news:
            yield b"retry: 2000\n\n"
            while not self._stop.is_set():
                news.clear()
                try:
                    behind, events = await run_in_threadpool(self._read, position, topic)
                    is_welcome = token is None or await run_in_threadpool(self._tokens.find, token) is not None
                except redis.RedisError:
                    return  # whoever listens comes back, and goes on behind the last id
                if not is_welcome:
                    return
                for event in events:
                    yield event
                if behind == position:
                    yield b": still here\n\n"
                    await _heard(news)
                position = behind

    def _read(self, position: str, topic: str | None) -> tuple[str, Sequence[bytes]]:
        behind, alerts = self._log.after(position, _AT_ONCE)
        base_url = web_url(self._redis) or ""
        wanted = [one for one in alerts if one.reason is not Reason.DIGEST and topic in {None, one.topic}]
        return behind, [_event(alert, base_url) for alert in wanted]

    def close(self) -> None:
        """Wait for the thread, which `stop` ends."""
        self._herald.close()


def _event(alert: Alert, base_url: str) -> bytes:
    return b"id: %s\ndata: %s\n\n" % (alert.id.encode(), body_bytes(webhook_payload(alert, base_url=base_url)))


async def _heard(news: asyncio.Event) -> None:
    """Wait for news, but not longer than a client waits for a sign of life."""
    try:
        await asyncio.wait_for(news.wait(), SIGN_OF_LIFE)
    except TimeoutError:
        return
