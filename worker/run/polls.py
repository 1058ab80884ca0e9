"""The polls under way: as many as there may be, each started in the moment its feed is due."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import redis
import structlog

from worker.edge.metrics import POLL_HOST_WAIT, POLL_LAG, Tally
from worker.edge.store.claims import Claim
from worker.edge.store.feeds import FeedStore
from worker.ports import Clock, Stage

log = structlog.get_logger()

IN_FLIGHT = 300
# A dead scheduler's feeds are taken over after this long; a living one renews in time.
LEASE = 12.0
# Seconds after which Redis is looked at even if no feed is due: another process may have made one due.
LOOK_EVERY = 0.5
# Polls that end within this time are followed by one look for others.
TOGETHER = 0.02
POLL_AGAIN = 2.0

_RECENT = 2_000


class Lags:
    """How long after their due time polls began. Waits for a host that had no time are counted apart."""

    def __init__(self, tally: Tally) -> None:
        self._recent: deque[float] = deque(maxlen=_RECENT)
        self._tally = tally

    def note(self, lag: float, *, waited: bool) -> None:
        """A poll began `lag` seconds after it was due."""
        lag = max(0.0, lag)
        if not waited:
            self._recent.append(lag)
        self._tally.note(POLL_HOST_WAIT if waited else POLL_LAG, lag)

    def percentile(self, share: float) -> float | None:
        """The lag that this share of the latest polls did not exceed, in seconds."""
        ordered = sorted(self._recent)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


class Polls:
    """Claims feeds as they come due and runs `poll` on each, which answers for every error but those of Redis."""

    def __init__(self, feeds: FeedStore, clock: Clock, poll: Callable[[Claim], Awaitable[None]]) -> None:
        self._feeds, self._clock, self._poll = feeds, clock, poll
        self._running: dict[asyncio.Task[None], Claim] = {}
        self._dropped: list[Claim] = []
        self._next_due = 0.0
        self._soon: asyncio.TimerHandle | None = None
        self.tally = Tally()
        self.lags = Lags(self.tally)
        self.room_again = asyncio.Event()
        """Set when polls have ended while others were waiting to begin."""

    def __len__(self) -> int:
        return len(self._running)

    @property
    def running(self) -> set[asyncio.Task[None]]:
        """The polls under way."""
        return set(self._running)

    def start_due(self, *, at_most: int = IN_FLIGHT) -> None:
        """Begin to poll what is due, as far as there is room: with these, `at_most` polls are under way."""
        now = self._clock.now()
        self._release_dropped(now)
        room = at_most - len(self._running)
        if room <= 0:
            return
        claims, self._next_due = self._feeds.claim_or_wait(now, lease=LEASE, limit=room)
        for claim in claims:
            self.lags.note(now.timestamp() - claim.due, waited=claim.waited)
            task = asyncio.create_task(self._one(claim))
            self._running[task] = claim
            task.add_done_callback(self._ended)

    def pause(self) -> float:
        """Seconds until the next feed is due, as far as this process knows."""
        if len(self._running) >= IN_FLIGHT:
            return LOOK_EVERY
        left = self._next_due - self._clock.now().timestamp()
        return min(max(left, TOGETHER), LOOK_EVERY)

    def renew(self) -> None:
        """Make the leases of all polls under way last."""
        self._feeds.renew_all(self._running.values(), self._clock.now(), lease=LEASE)

    async def leave(self, seconds: float) -> None:
        """Let the polls end within `seconds`, and end the rest: they are due again at once."""
        if self._soon is not None:
            self._soon.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _one(self, claim: Claim) -> None:
        try:
            with self.tally.time(Stage.POLL):
                await self._poll(claim)
        except redis.RedisError as error:
            # Where Redis does not come back in time, the lease ends by itself, and the feed is polled again.
            self._dropped.append(claim)
            log.warning("redis_unavailable", error=str(error), feed=claim.feed_id)

    def _release_dropped(self, now: datetime) -> None:
        """What could not be noted while Redis was away is polled again, not at once: Redis may not be well yet."""
        while self._dropped:
            self._feeds.release(self._dropped[-1], now + timedelta(seconds=POLL_AGAIN))
            self._dropped.pop()

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        if self._soon is None and self._next_due <= self._clock.now().timestamp():
            self._soon = asyncio.get_running_loop().call_later(TOGETHER, self._tell)

    def _tell(self) -> None:
        self._soon = None
        self.room_again.set()
