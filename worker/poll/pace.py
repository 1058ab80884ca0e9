"""When a feed publishes, learned from what its polls brought, and how soon to come again. Pure.

For entries that come at a rate r, polls at intervals of T cost 1/T requests and r*T/2 of delay in unit time. Over many
feeds the least delay for a number of requests is had where T is proportional to 1/sqrt(r) for each: neither the same
for all nor in proportion to the gaps between entries. So the operator's `interval` is what a feed with one entry an
hour gets, one with sixteen an hour is asked four times as often, and one with an entry a day five times more seldom.

The rate has a shape over the day and over the week, and bursts: the hours of the day (UTC) and the days of the week
each have a moving average of their counts, and the last hours correct both by how much more, or less, they brought than
those averages say (the posterior mean of a gamma prior). The next poll is where the integral of 1/T over the time to
come reaches 1, so that it does not sleep through the hour in which a newsroom starts work. Measured in
deploy/polling.md.
"""

from __future__ import annotations

import math
import struct
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

HOUR = 3600.0
DAY = 24 * HOUR

# Weights of the newest day in the average of an hour of the day, and of the newest week in that of a day of the week.
_NEWEST_DAY, _NEWEST_WEEK = 0.15, 0.3
# Bursts end: what the last hours brought counts e times less after so many seconds.
_BURST = 2 * HOUR
# So many entries, as expected, stand beside those of the last hours before these change the rate.
_PRIOR = 2.0
# An hour takes as much from its neighbours as this, and from the whole day.
_NEIGHBOURS, _WHOLE_DAY = 0.45, 0.03
# A day of the week is told apart once it brought more than this.
_DAY_PRIOR = 2.0
_LEAST = 1e-4
# Of a document's own past, so many hours tell of the day's shape; nobody plans further ahead either.
_PAST, _AHEAD = 168, 336
# Entries an hour of a feed of which nothing is known: those that get the operator's interval.
_UNKNOWN = 1.0
# In place of the count of a day whose beginning nobody watched.
_NOT_WHOLE = 65_535

# Counts are kept as levels, a byte each: 12 to every doubling, from 2 ** -9 on.
_PER_DOUBLING, _LOWEST = 12, -9
_LAYOUT = struct.Struct("<I24s7seeHHB")
_COUNTS: tuple[float, ...] = (0.0, *(2.0 ** (level / _PER_DOUBLING + _LOWEST) for level in range(1, 256)))
_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """A feed's rhythm as of `at` (seconds since the epoch).

    `hours` are levels of entries by hour of the day from midnight UTC, `days` of entries by day of the week from
    Monday. `recent` entries came lately where `expected` were to be expected. `hour` and `day` count those of the hour
    and the day under way. A day's level of 0 stands for one that has not been watched yet.
    `age` is for how many days it has been watched, 255 at most.
    """

    at: int
    hours: bytes
    days: bytes
    recent: float = 0.0
    expected: float = 0.0
    hour: int = 0
    day: int = 0
    age: int = 0

    def rate(self, hour: int) -> float:
        """Entries to be expected in an hour (counted since the epoch), by its time of day and day of the week."""
        return _rate(self, hour, self.per_day / 24)

    @property
    def per_day(self) -> float:
        """Entries a day, over a whole week."""
        return sum([_COUNTS[level] for level in self.hours])


def read_pace(data: bytes) -> Pace | None:
    """The pace in what `written` made; None where there is none, or another release wrote it."""
    try:
        at, hours, days, recent, expected, hour, day, age = _LAYOUT.unpack(data)
    except struct.error:
        return None
    return Pace(at=at, hours=hours, days=days, recent=recent, expected=expected, hour=hour, day=day, age=age)


def written(pace: Pace) -> bytes:
    """The pace in 44 bytes."""
    counts = (pace.recent, pace.expected, pace.hour, pace.day)
    return _LAYOUT.pack(pace.at, pace.hours, pace.days, *counts, pace.age)


def first_pace(dates: Iterable[float], *, now: float) -> Pace:
    """What the first document tells, by the dates of its entries (seconds since the epoch)."""
    past = sorted(date for date in dates if date <= now)
    rate = len(past) / max(1.0, (now - past[0]) / HOUR) if len(past) > 1 else _UNKNOWN
    level = _level(rate)
    begin = max(past[0], now - _PAST * HOUR) if len(past) > 1 else now
    pace = Pace(at=int(begin), hours=bytes([level] * 24), days=bytes(7), day=_NOT_WHOLE)
    learned = _counted(pace, [date for date in past if date >= begin], now=now)
    # A past that was not watched is no burst.
    return replace(learned, recent=0.0, expected=0.0)


def after(pace: Pace, dates: Iterable[float], *, now: float) -> Pace:
    """The pace after a poll that brought entries of these dates, or none; a date that cannot be counts as now."""
    if now <= pace.at:
        # The clock was set back; what is known stays.
        return replace(pace, at=int(now))
    found = list(dates)
    expected = _expected(pace, now)
    fading = math.exp((pace.at - now) / _BURST)
    counted = _counted(pace, found, now=now)
    return replace(
        counted,
        recent=min(pace.recent * fading + len(found), 60_000.0),
        expected=min(pace.expected * fading + expected, 60_000.0),
    )


def next_pause(pace: Pace, *, interval: float, shortest: float, longest: float) -> float:
    """Seconds from `pace.at` to the next poll, between the bounds. `interval` is for a feed with one entry an hour."""
    burst = (pace.recent + _PRIOR) / (pace.expected + _PRIOR) - 1
    left, at, mean = 1.0, float(pace.at), pace.per_day / 24
    for hour in range(int(at // HOUR), int(at // HOUR) + _AHEAD):
        factor = 1 + burst * math.exp((pace.at - at) / _BURST)
        every = interval / math.sqrt(max(_LEAST, _rate(pace, hour, mean) * factor))
        every = min(max(every, shortest), longest)
        until_next = (hour + 1) * HOUR - at
        if until_next >= left * every:
            at += left * every
            break
        left -= until_next / every
        at += until_next
    return min(max(at - pace.at, shortest), longest)


def _counted(pace: Pace, dates: list[float], *, now: float) -> Pace:
    """Entries counted in the hours of their dates, and every hour that has ended since put into the averages."""
    first, last = int(pace.at // HOUR), int(now // HOUR)
    by_hour = Counter(hour if first <= (hour := int(date // HOUR)) <= last else last for date in dates)
    hours, days, age = bytearray(pace.hours), bytearray(pace.days), pace.age
    in_hour, in_day = pace.hour, pace.day
    # Silence of months says no more than that of the latest weeks.
    begin = max(first, last - _AHEAD)
    if begin > first:
        in_hour, in_day = 0, _NOT_WHOLE
    for hour in range(begin, last):
        came = in_hour + by_hour[hour]
        in_hour, in_day = 0, min(in_day + by_hour[hour], _NOT_WHOLE)
        factor = max(0.2, _weekday_factor(days, hour))
        hours[hour % 24] = _folded(hours[hour % 24], came / factor, max(_NEWEST_DAY, 1 / (age + 2)), hour)
        if hour % 24 == 23:
            if in_day < _NOT_WHOLE:
                days[_weekday(hour)] = max(1, _folded(days[_weekday(hour)], in_day, _NEWEST_WEEK, hour, first=in_day))
            in_day, age = 0, min(age + 1, 255)
    return replace(
        pace,
        at=int(now),
        hours=bytes(hours),
        days=bytes(days),
        hour=min(in_hour + by_hour[last], _NOT_WHOLE),
        day=min(in_day + by_hour[last], _NOT_WHOLE),
        age=age,
    )


def _folded(level: int, came: float, weight: float, dice: int, *, first: float | None = None) -> int:
    """The level of a moving average that takes in a count; `first` is the average where there was none, level 0.

    A step smaller than a level must not be lost each time, so it is rounded up as often as it is large: by the hour,
    whose multiples of the golden ratio spread evenly.
    """
    if first is not None and not level:
        return _level(first)
    average = _COUNTS[level]
    return _level(average + weight * (came - average), math.modf(dice * _GOLDEN)[0])


def _rate(pace: Pace, hour: int, mean: float) -> float:
    """See Pace.rate; `mean` is that of all hours."""
    of_day = pace.hours
    near = _COUNTS[of_day[(hour - 1) % 24]] + _COUNTS[of_day[(hour + 1) % 24]]
    own = _COUNTS[of_day[hour % 24]] * (1 - _NEIGHBOURS) + near * _NEIGHBOURS / 2
    return max(_LEAST, (own * (1 - _WHOLE_DAY) + mean * _WHOLE_DAY) * _weekday_factor(pace.days, hour))


def _expected(pace: Pace, now: float) -> float:
    total, at, mean = 0.0, max(float(pace.at), now - _AHEAD * HOUR), pace.per_day / 24
    while at < now:
        hour = int(at // HOUR)
        end = min(now, (hour + 1) * HOUR)
        total += _rate(pace, hour, mean) * (end - at) / HOUR
        at = end
    return total


def _weekday_factor(days: bytes | bytearray, hour: int) -> float:
    """How much more comes on this day of the week than on others; 1 for a day that is not known."""
    own = days[_weekday(hour)]
    if not own:
        return 1.0
    known = [_COUNTS[level] for level in days if level]
    return (_COUNTS[own] + _DAY_PRIOR) / (sum(known) / len(known) + _DAY_PRIOR)


def _weekday(hour: int) -> int:
    # 1 January 1970 was a Thursday.
    return (hour // 24 + 3) % 7


def _level(count: float, dice: float = 0.5) -> int:
    if count <= 2.0**_LOWEST:
        return 0
    return min(255, max(0, math.floor((math.log2(count) - _LOWEST) * _PER_DOUBLING + dice)))
