"""Hours and days at which a feed asks not to be polled: skipHours and skipDays of RSS 2.0."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

# Feeds that all wait for one hour do not come in its first second.
_SPREAD = 600.0


def bits(places: Iterable[int]) -> int:
    """Hours of the day, or days of the week, as bits of one number."""
    return sum(1 << place for place in set(places))


def past_skipped(moment: datetime, hours: int, days: int, *, jitter: float) -> datetime:
    """`moment` (UTC), or a time soon after the `hours` and `days` (bits) to be skipped. `jitter` lies in [0, 1)."""
    if not hours and not days:
        return moment
    at = moment
    # A week has all there is; a day that is skipped is left hour by hour.
    for _ in range(7 * 24):
        if not (hours >> at.hour & 1 or days >> at.weekday() & 1):
            return at if at == moment else at + timedelta(seconds=jitter * _SPREAD)
        at = at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return moment
