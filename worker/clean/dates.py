"""When an article was published: machine-readable dates as pages write them, and which of several to believe."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

# The web has no older articles; what claims to be is a zero timestamp or a template's placeholder.
_EARLIEST = datetime(1992, 1, 1, tzinfo=UTC)
# Clocks of publishers run ahead a little, zones reach 14 hours; more than that is a date the article is about.
_CLOCK_SKEW = timedelta(minutes=15)
# Where nothing better is known: summer time is told wrong, and our own clock may have been set back by an hour.
_CLOCK_WRONG = timedelta(hours=2)
_WIDEST_ZONE = timedelta(hours=14)

_ISO = re.compile(
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"
    r"(?:[T ,]{1,3}(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r" ?(?P<zone>Z|z|UTC|GMT|(?:UTC|GMT)?[+-]\d{1,2}:?\d{0,2})?)?(?![\d:])"
)
_COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?:T?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?(?P<zone>Z|[+-]\d{4})?)?"
)
_EPOCH = re.compile(r"(\d{10})(?:\d{3})?")
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A date somebody stated, in UTC. `zoned` tells whether the zone was said, `timed` whether a time of day was."""

    value: datetime
    zoned: bool = True
    timed: bool = True


def read_stamp(text: str) -> Stamp | None:
    """A machine-readable date: ISO 8601 and its common misspellings, RFC 2822, seconds or milliseconds since 1970.

    Dates in prose ("last Monday", "3/4/2023") are None: a wrong date is worse than none.
    """
    text = text.strip()[:64]
    if match := _ISO.match(text) or _COMPACT.fullmatch(text):
        return _from_parts(match)
    if match := _EPOCH.fullmatch(text):
        return Stamp(value=datetime.fromtimestamp(int(match[1]), UTC))
    try:
        parsed = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if parsed.tzinfo is None:
        return Stamp(value=parsed.replace(tzinfo=UTC), zoned=False)
    return Stamp(value=parsed.astimezone(UTC))


def choose_published(stated: Iterable[Stamp], *, feed: datetime | None, now: datetime) -> datetime | None:
    """The publication time among what the page states, best statement first, with the feed's date as witness.

    The page wins over the feed, which often gives the time of an update. A statement without a time of day, or without
    a zone, is filled in from a fuller one about the same moment. Implausible and future dates are ignored.
    """
    known = [*stated, *([Stamp(value=feed)] if feed is not None else [])]
    likely = _until(now + _CLOCK_SKEW, known) or _until(now + _CLOCK_WRONG, known)
    if not likely:
        return None
    first = likely[0]
    if not (first.timed and first.zoned):
        first = next((fuller for fuller in likely if _completes(fuller, first)), first)
    return min(first.value, now)


def _until(latest: datetime, known: Iterable[Stamp]) -> list[Stamp]:
    return [found for found in known if _EARLIEST <= found.value <= latest + _leeway(found)]


def _leeway(stamp: Stamp) -> timedelta:
    return timedelta() if stamp.zoned else _WIDEST_ZONE


def _completes(fuller: Stamp, bare: Stamp) -> bool:
    if not (fuller.timed and fuller.zoned):
        return False
    gap = abs(fuller.value - bare.value)
    if not bare.timed:
        return gap <= timedelta(days=1) + _WIDEST_ZONE
    # the same moment told in a zone: the clock readings differ by whole quarter hours
    return gap <= _WIDEST_ZONE and (gap.total_seconds() + 60) % 900 < 120


def _from_parts(match: re.Match[str]) -> Stamp | None:
    parts = match.groupdict()
    try:
        zone = _zone(parts["zone"])
        value = datetime(
            int(parts["year"]),
            int(parts["month"]),
            int(parts["day"]),
            int(parts["hour"] or 0),
            int(parts["minute"] or 0),
            int(parts["second"] or 0),
            tzinfo=zone or UTC,
        ).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return Stamp(value=value, zoned=zone is not None, timed=parts["hour"] is not None)


def _zone(text: str | None) -> timezone | None:
    if not text:
        return None
    if match := _OFFSET.fullmatch(text):
        hours, minutes = int(match[2]), int(match[3] or 0)
        offset = timedelta(hours=hours, minutes=minutes)
        return timezone(-offset if match[1] == "-" else offset)
    return UTC
