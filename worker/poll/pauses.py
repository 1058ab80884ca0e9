"""When a feed asks not to be polled: ttl, the syndication module, skipHours and skipDays."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

# RSS 1.0 syndication module: seconds in an updatePeriod.
_PERIODS = {"hourly": 3600.0, "daily": 86400.0, "weekly": 604800.0, "monthly": 2592000.0, "yearly": 31536000.0}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# feedparser keeps only the last of several <hour>, so these two are looked for by ourselves, outside of entries.
_ENTRY = re.compile(r"<(?:item|entry)[\s>]", re.IGNORECASE)
_OPEN = {"hour": re.compile(r"<skipHours>", re.IGNORECASE), "day": re.compile(r"<skipDays>", re.IGNORECASE)}
_CLOSE = {"hour": re.compile(r"</skipHours>", re.IGNORECASE), "day": re.compile(r"</skipDays>", re.IGNORECASE)}
_LISTED = {name: re.compile(rf"<{name}>\s{{0,9}}(\w{{1,9}})\s{{0,9}}</{name}>", re.IGNORECASE) for name in _OPEN}


def pause(head: Mapping[str, Any]) -> float | None:
    """The longer of RSS 2.0's ttl (minutes) and the syndication module's updatePeriod / updateFrequency, in seconds."""
    minutes = _number(head.get("ttl"))
    period = _PERIODS.get(str(head.get("sy_updateperiod")).strip().lower())
    frequency = _number(head.get("sy_updatefrequency")) or 1.0
    pauses = [minutes * 60.0 if minutes else 0.0, period / frequency if period else 0.0]
    return max(pauses) or None


def skip_hours(text: str) -> tuple[int, ...]:
    """Hours of the day in UTC, 0 to 23, in which an RSS feed asks not to be polled.

    RSS 0.91 counts them from 1 to 24, RSS 2.0 from 0 to 23 (skipHours); a feed that names all of them names none.
    """
    hours = {int(word) % 24 for word in _listed(text, "hour") if word.isdecimal() and int(word) <= 24}
    return tuple(sorted(hours)) if len(hours) < 24 else ()


def skip_days(text: str) -> tuple[int, ...]:
    """Days of the week, 0 for Monday, on which an RSS feed asks not to be polled; all seven mean nothing (skipDays)."""
    days = {_DAYS.index(word) for word in map(str.lower, _listed(text, "day")) if word in _DAYS}
    return tuple(sorted(days)) if len(days) < 7 else ()


def _listed(text: str, name: str) -> list[str]:
    first = _ENTRY.search(text)
    head = first.start() if first else len(text)
    start = _OPEN[name].search(text, 0, head)
    end = _CLOSE[name].search(text, start.end(), head) if start else None
    return _LISTED[name].findall(text, start.end(), end.start()) if start and end else []


def _number(value: object) -> float | None:
    """A positive finite number, else None."""
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if number > 0 and math.isfinite(number) else None
