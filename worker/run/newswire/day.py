"""The recorded day and how it runs against the real clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

FIRST_MINUTE = 8 * 60 + 30
"""The minute of the recorded day at which playing starts; what came out before is there from the beginning."""

DEMO_SPEED = 360.0
"""Six recorded minutes a second: the train report comes after 3 s, the last follow-up within a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedDay:
    """A day that stands still at its first minute until the real time `start`, then plays `speed` times as fast.

    What came out before the first minute is dated back from `opened`, so that it keeps its dates whenever the day is
    started; `start` None means that nobody knows yet. `speed` None shows everything at once, as a day that ended just
    before. `last` is the minute of the last item. Raises ValueError for a speed that is not positive.
    """

    opened: datetime
    start: datetime | None
    speed: float | None
    last: int

    def __post_init__(self) -> None:
        if self.speed is not None and self.speed <= 0:
            raise ValueError("speed: give a number above 0, such as 360 for six minutes a second")

    @property
    def _rate(self) -> float:
        return 1.0 if self.speed is None else self.speed

    @property
    def _minute_at_start(self) -> int:
        return self.last + 1 if self.speed is None else FIRST_MINUTE

    def shown_at(self, minute: int) -> datetime | None:
        """The real time at which an item of `minute` comes out; None while nobody knows."""
        origin = self.opened if minute <= FIRST_MINUTE else self.start
        if origin is None:
            return None
        return origin + timedelta(minutes=(minute - self._minute_at_start) / self._rate)

    def clock(self, now: datetime) -> str:
        """The recorded day's wall clock, "08:49"; it waits at the first minute and stops at the last item."""
        minute = FIRST_MINUTE
        if self.start is not None:
            played = (now - self.start).total_seconds() * self._rate / 60
            minute = max(FIRST_MINUTE, int(min(self._minute_at_start + played, self.last)))
        return f"{minute // 60:02}:{minute % 60:02}"

    def finished(self, now: datetime) -> bool:
        """Whether the last item has come out."""
        moment = self.shown_at(self.last)
        return moment is not None and moment <= now
