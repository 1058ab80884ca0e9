"""Deliveries under way: each destination in a lane of its own, so that a slow one delays no other.

A deliver job is a call to look. Whoever answers it delivers all that is due, at most `ABREAST` at a time for one
destination, and goes on looking as long as anything is under way: what becomes due for one destination meanwhile does
not wait for the answer of another.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from typing import Any

from worker.edge.store.outbox import Address, Outbox
from worker.ports import Clock

# Attempts under way for one destination. Four at once are more than any chat service takes in the long run, and few
# enough for a receiver that is slow because it is overloaded.
ABREAST = 4
# How soon it is seen that something is due while something else is under way.
LOOK_EVERY = 0.1
RENEW_EVERY = 2.0
# After this time a lane in which something hangs takes nothing new, so that the job comes to its end; the others go on
# until then.
ROUND = 40.0


class Lanes:
    """Runs `attempt` for what is due; `each_look` is called before every look, `stopping` ends the looking."""

    def __init__(
        self,
        outbox: Outbox,
        clock: Clock,
        *,
        attempt: Callable[[Address], Awaitable[None]],
        each_look: Callable[[], None],
        stopping: Callable[[], bool],
    ) -> None:
        self._outbox, self._clock = outbox, clock
        self._attempt, self._each_look, self._stopping = attempt, each_look, stopping
        self._running: dict[asyncio.Task[None], tuple[Address, float]] = {}
        self._errands: set[asyncio.Task[None]] = set()
        self._failures: list[BaseException] = []

    async def run(self, errands: Iterable[Coroutine[Any, Any, None]] = ()) -> None:
        """Deliver what is due, and run the errands beside it, until nothing is under way.

        Raises the first error when all have ended.
        """
        self._errands = {asyncio.create_task(errand) for errand in errands}
        end = time.monotonic() + ROUND
        renewed = time.monotonic()
        try:
            while True:
                self._each_look()
                self._fill(end)
                if not self._running and not self._errands:
                    break
                await asyncio.wait(self._under_way, timeout=LOOK_EVERY, return_when=asyncio.FIRST_COMPLETED)
                self._reap()
                if time.monotonic() - renewed >= RENEW_EVERY:
                    renewed = time.monotonic()
                    self._outbox.renew([address for address, _ in self._running.values()], self._clock.now())
        finally:
            await asyncio.gather(*self._under_way, return_exceptions=True)
            self._reap()
        failures, self._failures = self._failures, []
        if failures:
            raise failures[0]

    @property
    def _under_way(self) -> set[asyncio.Task[None]]:
        return {*self._running, *self._errands}

    def _fill(self, end: float) -> None:
        if self._stopping() or self._failures or (time.monotonic() >= end and not self._holds_up(end)):
            return
        room = self._room(end)
        under_way = {address for address, _ in self._running.values()}
        for name, due in self._outbox.ready(self._clock.now(), limit=2 * ABREAST).items():
            free = room.get(name, ABREAST)
            for address in [one for one in due if one not in under_way][: max(free, 0)]:
                task = asyncio.ensure_future(self._attempt(address))
                self._running[task] = (address, time.monotonic())

    def _holds_up(self, end: float) -> bool:
        """Whether something from before the end is still under way, for which the other lanes do not wait."""
        return any(since < end for _, since in self._running.values())

    def _room(self, end: float) -> Mapping[str, int]:
        """How many more may be under way for a destination, where that is not `ABREAST`.

        Once the time is over nothing new begins where something from before is still under way.
        """
        taken = Counter(address.destination for address, _ in self._running.values())
        room = {name: ABREAST - number for name, number in taken.items()}
        if time.monotonic() >= end:
            for address, since in self._running.values():
                if since < end:
                    room[address.destination] = 0
        return room

    def _reap(self) -> None:
        for task in [task for task in self._under_way if task.done()]:
            self._running.pop(task, None)
            self._errands.discard(task)
            error = task.exception()
            if error is not None:
                self._failures.append(error)
