"""Quiet hours: an alert decided inside them is delivered when they end."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def held_until(quiet: tuple[str, str, str] | None, now: datetime) -> datetime | None:
    """The end of the quiet window `now` lies in, in UTC; None where it lies in none.

    `quiet` is ("22:00", "07:00", "Europe/London"): from the first wall-clock time to before the second, over midnight
    where the second is not later. Equal times mean no quiet at all. A time that the spring change of clocks skips is
    read an hour later, one that the autumn change repeats is its first occurrence (PEP 495, fold=0).
    """
    if quiet is None:
        return None
    zone = ZoneInfo(quiet[2])
    begins, ends = time.fromisoformat(quiet[0]), time.fromisoformat(quiet[1])
    if begins == ends:
        return None
    today = now.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        last_day = day if begins < ends else day + timedelta(days=1)
        start = datetime.combine(day, begins, zone).astimezone(UTC)
        end = datetime.combine(last_day, ends, zone).astimezone(UTC)
        if start <= now < end:
            return end
    return None
