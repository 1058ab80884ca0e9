"""Forgetting the links of periods gone by."""

from __future__ import annotations

from datetime import datetime

import redis

from worker.edge import keys
from worker.edge.store.links_scripts import PER_SET, PERIOD, PERIODS

_AT_ONCE = 500
# A scheduler that was away for longer than so many periods leaves some behind, which nobody asks for any more.
_LOOKS_BACK = 8


def period_of(seconds: float) -> int:
    """The number of the period that this time since the epoch lies in."""
    return int(seconds // PERIOD)


def trim_links(connection: redis.Redis, now: datetime) -> int:
    """Delete the sets of periods that are over; how many."""
    last = period_of(now.timestamp()) - PERIODS
    deleted = 0
    for period in range(last - _LOOKS_BACK, last + 1):
        count = connection.get(f"{keys.LINKS}{period}")
        if count is None:
            continue
        names = [f"{keys.LINKS}{period}:{number}" for number in range(1 + int(count) // PER_SET)]
        for start in range(0, len(names), _AT_ONCE):
            deleted += int(connection.unlink(*names[start : start + _AT_ONCE]))
        connection.delete(f"{keys.LINKS}{period}")
    return deleted
