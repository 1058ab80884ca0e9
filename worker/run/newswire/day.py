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
    """A day that starts to play at the real time `start`, `speed` times as fast as it was.

    `speed` None shows everything at once, as a day that ended just before `start`. `last` is the minute of the last
    item. Raises ValueError for a speed that is not positive.
    """

    start: datetime
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

    def minute(self, now: datetime) -> float:
        """The minute of the recorded day at the real time `now`."""
        return self._minute_at_start + (now - self.start).total_seconds() * self._rate / 60

    def shown_at(self, minute: int) -> datetime:
        """The real time at which an item of `minute` comes out."""
        return self.start + timedelta(minutes=(minute - self._minute_at_start) / self._rate)

    def clock(self, now: datetime) -> str:
        """The recorded day's wall clock, "08:49"; it stops at the last item."""
        minute = int(min(self.minute(now), self.last))
        return f"{minute // 60:02}:{minute % 60:02}"

    def finished(self, now: datetime) -> bool:
        """Whether the last item has come out."""
        return self.shown_at(self.last) <= now
