"""Where WebSub hubs call: verification, and what they push, which is kept for a scheduler and answered at once.

The only part that strangers reach. Nobody gets further than one look into Redis without the address of a callback, and
nothing is kept without the signature that goes with it.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import OrderedDict
from datetime import timedelta

import redis
import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from worker.edge.redis_client import impatient
from worker.edge.store.events import count
from worker.edge.store.subscriptions import Push, Subscriptions
from worker.poll.websub import State, Subscription, Verdict, is_signed, verdict
from worker.ports import Clock

log = structlog.get_logger()

MOST_BYTES = 4_000_000
"""What a hub may push at once; feeds that are longer are polled."""
READ_SECONDS = 10.0
AT_ONCE = 8
"""Bodies that are read at the same time; the memory they take is bounded by this."""
_REDIS_SECONDS = 3.0
# What was published between the last poll and the first push would be seen by nobody for long.
_LOOK_AFTER = timedelta(minutes=1)
_KNOWN = 10_000


class Allowance:
    """So many calls a second on average, and `burst` at once."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._left, self._at = burst, time.monotonic()

    def take(self) -> bool:
        """Whether one more is permitted now."""
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Hubs:
    """The callback. Addresses nobody was given share one allowance; each that is known has its own."""

    def __init__(self, connection: redis.Redis, *, clock: Clock) -> None:
        self._redis = impatient(connection, _REDIS_SECONDS)
        self._subscriptions = Subscriptions(self._redis)
        self._clock = clock
        self._strangers = Allowance(20, 100)
        self._known: OrderedDict[str, Allowance] = OrderedDict()
        self._readers = asyncio.Semaphore(AT_ONCE)

    async def callback(self, request: Request) -> Response:
        """GET is a hub that verifies or denies (5.2, 5.3), POST one that pushes (7)."""
        token = request.path_params["token"]
        if not self._known.get(token, self._strangers).take():
            return PlainTextResponse("too many calls; try again in a minute\n", 429, headers={"Retry-After": "60"})
        subscription = await run_in_threadpool(self._subscriptions.get, token)
        if subscription is None:
            self._known.pop(token, None)
            return PlainTextResponse("nothing is subscribed here\n", 404)
        self._remember(token)
        if request.method == "POST":
            return await self._pushed(subscription, request)
        return await run_in_threadpool(self._verified, token, dict(request.query_params))

    def _remember(self, token: str) -> None:
        self._known.setdefault(token, Allowance(1, 30))
        self._known.move_to_end(token)
        if len(self._known) > _KNOWN:
            self._known.popitem(last=False)

    def _verified(self, token: str, query: dict[str, str]) -> Response:
        now, jitter = self._clock.now(), random.random()  # noqa: S311  spreads load
        # What was decided last is what was kept.
        given: list[tuple[Subscription, Verdict]] = []

        def decide(subscription: Subscription) -> Subscription | None:
            given.append((subscription, verdict(subscription, query, now=now, jitter=jitter)))
            return given[-1][1].after

        after = self._subscriptions.change(token, decide)
        if not given or given[-1][1].echo is None:
            return PlainTextResponse("this was not asked for\n", 404)
        before, decided = given[-1]
        if after is not None and after.state is State.ACTIVE and before.state is State.ASKED:
            self._subscriptions.look_again(token, now + _LOOK_AFTER)
        log.info("hub_answered", hub=before.hub, mode=query.get("hub.mode"), state=after.state if after else "left")
        return PlainTextResponse(decided.echo)

    async def _pushed(self, subscription: Subscription, request: Request) -> Response:
        if subscription.state is State.LEAVING:
            return PlainTextResponse("this is no longer wanted\n", 410)
        async with self._readers:
            try:
                async with asyncio.timeout(READ_SECONDS):
                    body = await _body(request)
            except (TimeoutError, ClientDisconnect):
                return PlainTextResponse("the body took too long\n", 408)
            if body is None:
                return PlainTextResponse(f"the body is longer than {MOST_BYTES} bytes\n", 413)
            return await run_in_threadpool(self._keep, subscription, request, body)

    def _keep(self, subscription: Subscription, request: Request, body: bytes) -> Response:
        """A wrong signature is answered like a right one (7.1.2), so that nobody can try them out."""
        if is_signed(request.headers.get("x-hub-signature", ""), body, subscription.secret):
            push = Push(content_type=request.headers.get("content-type", ""), body=body)
            kept = self._subscriptions.keep(subscription.token, push, self._clock.now())
            result = "kept" if kept else "too_many"
        else:
            result = "unsigned"
            log.warning("push_unsigned", hub=subscription.hub, bytes=len(body))
        count(self._redis, "wirewatch_pushes_total", result=result)
        return PlainTextResponse("", 202)


async def _body(request: Request) -> bytes | None:
    """The body; None where it is too long, which is not read to its end."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared[:20]) > MOST_BYTES:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)
