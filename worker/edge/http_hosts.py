"""Whose turn it is at a host: at most two requests at a time, no sooner than the host can take them.

`LocalHosts` knows the requests of one client, `SharedHosts` those of all processes on one Redis.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import NoReturn, Protocol

import redis

from worker.edge.store.hosts import LEASE, PER_HOST, HostTable, Standing, Verdict, Visit
from worker.errors import FetchFailedError, HttpStatusError, PostponedError
from worker.ports import Clock

# Failures in which nothing of the host was there; after any other it has at least answered.
_OUT_OF_REACH = frozenset({"dns", "connect", "timeout"})
# A timeout after fewer seconds says nothing of the host: a redirect may have used up the time before, on purpose.
_FAIR_CHANCE = 8.0
# A pause that ends sooner is worth waiting for; after it an entry goes on without its page.
WORTH_WAITING = 180.0
# How soon a page comes back to a host that had no turn for it.
_COME_BACK = 5.0
# Bounds of one look at a host that another process keeps busy.
_SHORTEST_LOOK, _LONGEST_LOOK = 0.02, 1.0


class Turn:
    """A request that may start now; `note` says how the host answered, before the turn ends."""

    def __init__(self) -> None:
        self.visit = Visit(reached=None)
        self._start = time.monotonic()

    def note(self, status: int, *, wanted: bool, pause: float) -> None:
        """The host answered; `pause` is what it asked for, in seconds."""
        took = time.monotonic() - self._start
        self.visit = Visit(reached=True, wanted=wanted, latency=took, pause=pause, status=status)

    def failed(self, error: FetchFailedError) -> None:
        """The request ended in `error`; what was noted before stays true."""
        short = error.kind == "timeout" and time.monotonic() - self._start < _FAIR_CHANCE
        if self.visit.reached is None and not short:
            self.visit = Visit(reached=error.kind not in _OUT_OF_REACH)


class Hosts(Protocol):
    """Gives turns."""

    def turn(
        self, host: str, port: int, *, patience: float | None, named: bool, held: str | None = None
    ) -> AbstractAsyncContextManager[Turn]:
        """A turn at `host`, as long as the context is open; `port` matters only for whether it can be reached.

        `patience` is the longest wait for it in seconds, after which PostponedError is raised; None waits as long as
        it takes. PostponedError where the host wants a pause, too; HttpStatusError where that is too long for a page.

        `held` is the token of a turn that was taken before, and ends with the context.

        `named` is for what the user named, which keeps its own pace: it asks hosts that could not be reached lately,
        for which others get FetchFailedError of kind "dead_host", and waits through every pause.
        """
        ...


class LocalHosts:
    """Turns among the requests of one client; forgets hosts nobody talks to."""

    def __init__(self) -> None:
        self._slots: dict[str, asyncio.Semaphore] = {}
        self._users: Counter[str] = Counter()

    @asynccontextmanager
    async def turn(
        self,
        host: str,
        port: int,  # noqa: ARG002  the host is one, whatever the port
        *,
        patience: float | None,
        named: bool,  # noqa: ARG002  nothing is known of hosts beyond who is there now
        held: str | None = None,  # noqa: ARG002  all turns are taken here
    ) -> AsyncIterator[Turn]:
        """See Hosts."""
        slot = self._slots.setdefault(host, asyncio.Semaphore(PER_HOST))
        self._users[host] += 1
        try:
            try:
                async with asyncio.timeout(patience):
                    await slot.acquire()
            except TimeoutError:
                raise _busy(host) from None
            try:
                yield Turn()
            finally:
                slot.release()
        finally:
            self._users[host] -= 1
            if not self._users[host]:
                del self._users[host], self._slots[host]


class SharedHosts:
    """Turns among all processes. Those of one process queue up in it, so that at most two of them look at Redis."""

    def __init__(self, table: HostTable, clock: Clock) -> None:
        self._table, self._clock = table, clock
        self._local = LocalHosts()
        self._running: dict[str, tuple[str, float]] = {}
        self._renewal: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def turn(
        self, host: str, port: int, *, patience: float | None, named: bool, held: str | None = None
    ) -> AsyncIterator[Turn]:
        """See Hosts."""
        if held is not None:
            async with self._running_turn(host, port, held) as turn:
                yield turn
            return
        now = asyncio.get_running_loop().time
        end = now() + patience if patience is not None else None
        async with self._local.turn(host, port, patience=patience, named=named):
            token = secrets.token_hex(8)
            await self._begin(host, port, token, None if end is None else end - now(), named=named)
            async with self._running_turn(host, port, token) as turn:
                yield turn

    @asynccontextmanager
    async def _running_turn(self, host: str, port: int, token: str) -> AsyncIterator[Turn]:
        turn = Turn()
        self._running[token] = (host, time.monotonic())
        self._renew_later()
        try:
            yield turn
        except FetchFailedError as error:
            turn.failed(error)
            raise
        finally:
            del self._running[token]
            self._table.end(host, port, token, self._clock.now(), turn.visit)

    def _renew_later(self) -> None:
        if self._renewal is None:
            self._renewal = asyncio.get_running_loop().call_later(LEASE / 3, self._renew)

    def _renew(self) -> None:
        """Renew the turns of requests that take long; most are over before."""
        self._renewal = None
        old = time.monotonic() - LEASE / 3
        for token, (host, since) in self._running.items():
            if since <= old:
                # An outage of Redis is told by whoever ends the turn; until then the request may go on.
                with suppress(redis.RedisError):
                    self._table.renew(host, token, self._clock.now())
        if self._running:
            self._renew_later()

    async def _begin(self, host: str, port: int, token: str, patience: float | None, *, named: bool) -> None:
        now = asyncio.get_running_loop().time
        end = None if patience is None else now() + patience
        while True:
            standing = self._table.begin(host, port, token, self._clock.now(), ask_dead=named)
            if standing.verdict is Verdict.GO:
                return
            if standing.verdict not in {Verdict.EARLY, Verdict.BUSY}:
                _turned_away(host, standing, gives_up=not named)
            wait = max(_SHORTEST_LOOK, min(standing.seconds, _LONGEST_LOOK))
            if end is not None and now() + wait > end:
                raise _busy(host)
            # so that two who wait do not always look in the same order
            await asyncio.sleep(wait * (1 + random.random() / 4))  # noqa: S311  spreads load


def _turned_away(host: str, standing: Standing, *, gives_up: bool) -> NoReturn:
    left = standing.seconds
    if standing.verdict is Verdict.DEAD:
        raise FetchFailedError(
            f"{host} could not be reached several times in a row; it is asked again in {left:.0f} s", kind="dead_host"
        )
    words = f"{host} answered {standing.status} and asked for a pause, of which {left:.0f} s are left"
    if gives_up and left > WORTH_WAITING:
        raise HttpStatusError(words, status=standing.status, retry_after=left)
    raise PostponedError(words, seconds=left)


def _busy(host: str) -> PostponedError:
    return PostponedError(f"{host} is busy with earlier requests", seconds=_COME_BACK)
