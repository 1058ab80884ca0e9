"""Dates as feeds spell them, read right or not at all.

RSS asks for RFC 822, Atom and JSON Feed for RFC 3339, and feeds send everything else besides. A date that could mean
two days, names an unknown zone or lies in the future gives None: a missing date is harmless, a wrong one hides news.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from worker.poll.date_words import FILLERS, MONTHS, ZONES, folded

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_TOLERANCE = timedelta(days=1)
# No spelling of a date is longer; it also bounds what the expressions below have to look at.
_LONGEST = 120

_COMMENT = re.compile(r"\([^()]*\)")
_EPOCH = re.compile(r"\d{10}(?:\d{3})?\Z")
_COMPACT = re.compile(r"(\d{8})[t ](\d{2})(\d{2})(\d{2})?(?!\d)")
# Spellings brought to one form: Chinese, Japanese and Korean dates and times, "10h30", "3 pm".
_CJK_DATE = re.compile(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일号]")
_CJK_CLOCK = re.compile(r"(\d{1,2})\s?[時时点시]\s?(\d{2})\s?[分분](?:\s?(\d{2})\s?[秒초])?")
_H_CLOCK = re.compile(r"(?<![\d:])(\d{1,2})\s?h\s?(\d{2})(?![\d:])")
# "kl. 10.30", "klo 10.30": the word before tells an hour from a day.
_DOTTED_CLOCK = re.compile(r"\bklo?\.?\s?(\d{1,2})\.(\d{2})(?![\d.])")
_HOUR_ONLY = re.compile(r"(?<![\d:.])(\d{1,2})\s?([ap])\.?\s?m\b\.?")

_MORNING = "오전|午前|上午"
_AFTERNOON = "오후|午後|下午"
_OFFSET = r"[+-]\s?\d{1,2}:?\d{2}(?!\d)|[+-]\d{1,2}(?![\d:])"
_CLOCK = re.compile(
    rf"""(?:(?P<morning>{_MORNING})|(?P<afternoon>{_AFTERNOON}))?\s?
         (?<![\d:+-])(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}})(?::(?P<second>\d{{1,2}})(?:[.,]\d{{1,9}})?)?(?![\d:])
         \s?(?:(?P<half>[ap])\.?\s?m\b\.?)?""",
    re.VERBOSE,
)
# A zone behind the time, or at the end of a date. "GMT+2" and "+0200 CEST" are as common as each alone.
_ZONE = re.compile(
    rf"\s?(?:(?:gmt|utc|ut)\s?)?(?P<offset>{_OFFSET})(?:\s(?P<echo>[a-z]+)\b)?|\s?(?P<name>[a-z]+)(?![a-z.'])"
)
_ZONE_AT_END = re.compile(
    r"(?:(?<=\d)|\s)(?:(?:gmt|utc)\s?)?(?P<offset>[+-]\d{2}:\d{2})\Z"
    r"|\s(?:(?:gmt|utc)\s?)?(?P<plain>[+-]\d{4})\Z|(?:(?<=\d)(?=z)|\s)(?P<name>[a-z]+)\Z"
)
# The two spellings the standards ask for, nine dates out of ten, read without the rest.
_RFC_3339 = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:Z|([+-])(\d\d):(\d\d))\Z", re.ASCII)
_RFC_822 = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(\d\d?) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4}) "
    r"(\d\d):(\d\d):(\d\d) (?:GMT|([+-])(\d\d)(\d\d))\Z",
    re.ASCII,
)
_WEEKDAYS = frozenset({"mon", "tue", "wed", "thu", "fri", "sat", "sun"})
# Behind a zone stands the year where Java writes a date, and Java's CST is that of China as often as that of Chicago.
_YEAR = re.compile(r"\s\d{4}\b")
_KOREA = timedelta(hours=9)
_HANGUL = re.compile("[\uac00-\ud7a3]")
_SEPARATORS = re.compile(r"[\s,./'’-]+")
_NUMBER = re.compile(r"(\d{1,8})(?:st|nd|rd|th|er|eme|[ºªoa])?\Z")


def read_date(text: str, *, now: datetime) -> datetime | None:
    """The moment `text` names, in UTC, or None where it names none, an impossible or an ambiguous one.

    Without a zone it is taken as UTC (Korean ones as Korean time, as blog hosts there mean it), without a time as
    midnight. A date before 1990, or more than a day after `now`, is a mistake of the publisher and gives None.
    """
    if not text or len(text) > _LONGEST:
        return None
    try:
        moment = _standard(text) or _moment(_unified(text), _KOREA if _HANGUL.search(text) else timedelta(0))
    except (ValueError, OverflowError):
        return None
    return moment if moment and _EARLIEST <= moment <= now + _TOLERANCE else None


def _standard(text: str) -> datetime | None:
    """A moment in exactly the form of RFC 3339 or RFC 822; None sends it on to the tolerant reader."""
    if found := _RFC_3339.match(text):
        year, month, day = int(found[1]), int(found[2]), int(found[3])
    elif found := _RFC_822.match(text):
        year, month, day = int(found[3]), MONTHS[found[2].lower()], int(found[1])
    else:
        return None
    if found[4] == "24" or found[6] == "60" or (found[8] or "00") > "14" or (found[9] or "00") > "59":
        return None
    moment = datetime(year, month, day, int(found[4]), int(found[5]), int(found[6]), tzinfo=UTC)
    distance = timedelta(hours=int(found[8] or 0), minutes=int(found[9] or 0))
    return moment + distance if found[7] == "-" else moment - distance


def _unified(text: str) -> str:
    text = " ".join(_COMMENT.sub(" ", folded(text)).split())
    text = _CJK_DATE.sub(r"\1-\2-\3 ", text)
    text = _CJK_CLOCK.sub(lambda found: ":".join(part for part in found.groups() if part), text)
    text = _H_CLOCK.sub(r"\1:\2", text)
    text = _DOTTED_CLOCK.sub(r"\1:\2", text).replace("мск", "msk")
    text = _HOUR_ONLY.sub(_full_hour, text)
    return _COMPACT.sub(lambda found: f"{found[1]} {found[2]}:{found[3]}:{found[4] or '00'}", text)


def _full_hour(found: re.Match[str]) -> str:
    return f"{found[1]}:00 {found[2]}m"


def _moment(text: str, usual: timedelta) -> datetime | None:
    """The moment in a unified text; `usual` is the distance from UTC where it names no zone."""
    if _EPOCH.match(text):
        return datetime.fromtimestamp(int(text[:10]), UTC)
    time_of_day: timedelta | None = timedelta(0)
    offset: timedelta | None = None
    if clock := _CLOCK.search(text):
        time_of_day = _time_of_day(clock)
        zone = _ZONE.match(text, clock.end())
        offset = _offset(zone)
        if zone and zone["name"] == "cst" and _YEAR.match(text, zone.end()):
            return None
        if zone and offset is None and _is_strange(zone["name"], first=not text[: clock.start()].strip()):
            return None
        end = zone.end() if zone and offset is not None else clock.end()
        text = f"{text[: clock.start()]} {text[end:]}"
    text = text.strip(" ,.;")
    if offset is None and (zone := _ZONE_AT_END.search(text)) and (offset := _offset(zone)) is not None:
        text = text[: zone.start()]
    day = _day([token for token in _SEPARATORS.split(text) if token])
    if day is None or time_of_day is None:
        return None
    return day + time_of_day - (usual if offset is None else offset)


def _is_strange(name: str, *, first: bool) -> bool:
    """Whether a word behind the time is a zone that nobody can place.

    RFC 822 defined the one-letter military zones with the sign reversed (RFC 5322, section 4.3). `first` says that the
    time stands before the date, where a weekday or a month may follow but nothing unknown.
    """
    if len(name) == 1:
        return True
    return first and name not in MONTHS and name not in FILLERS and name[:3] not in _WEEKDAYS


def _time_of_day(clock: re.Match[str]) -> timedelta | None:
    """Time since midnight; 24:00 and a leap second are allowed (ISO 8601), "14:30 am" is not."""
    hour, minute, second = int(clock["hour"]), int(clock["minute"]), int(clock["second"] or 0)
    morning = clock["half"] == "a" or bool(clock["morning"])
    afternoon = clock["half"] == "p" or bool(clock["afternoon"])
    if (morning and hour > 12) or (afternoon and hour == 0) or minute > 59 or second > 60:
        return None
    if (morning or afternoon) and hour == 12:
        hour = 0
    if afternoon and hour < 12:
        hour += 12
    if hour > 24 or (hour == 24 and (minute or second)):
        return None
    return timedelta(hours=hour, minutes=minute, seconds=second)


def _offset(zone: re.Match[str] | None) -> timedelta | None:
    """Distance from UTC of a zone that was found; None where its name is not known.

    Raises ValueError beyond 14 hours.
    """
    if zone is None:
        return None
    groups = zone.groupdict()
    if name := groups["name"]:
        return timedelta(hours=ZONES[name]) if name in ZONES else None
    digits = re.sub(r"[^\d]", "", groups["offset"] or groups.get("plain") or "")
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    if hours > 14 or minutes > 59:
        raise ValueError("no zone on earth")
    distance = timedelta(hours=hours, minutes=minutes)
    return -distance if zone[0].lstrip(" gmtuc").startswith("-") else distance


def _day(tokens: list[str]) -> datetime | None:
    """The day that the words and numbers of a date name, if they can name but one.

    Raises ValueError where the calendar has no such day.
    """
    if len(tokens) > 1 and tokens[-1] == "t":
        tokens = tokens[:-1]
    numbers = [(at, found[1]) for at, token in enumerate(tokens) if (found := _NUMBER.match(token.removesuffix("t")))]
    months = [at for at, token in enumerate(tokens) if token in MONTHS]
    if len(months) == 2 and months[0] == 0:
        # "mar, 14 may 2024": Tuesday in Spanish.
        months = months[1:]
    if not numbers or len(months) > 1:
        return None
    known = {at for at, _ in numbers} | set(months)
    first = min(known)
    # Words in front are the day of the week; it is often wrong and never needed.
    if any(at > first and at not in known and token not in FILLERS for at, token in enumerate(tokens)):
        return None
    values = [value for _, value in numbers]
    if months:
        return _with_month(MONTHS[tokens[months[0]]], values, day_first=numbers[0][0] < months[0])
    return _numeric(values)


def _with_month(month: int, values: list[str], *, day_first: bool) -> datetime | None:
    if len(values) != 2:
        return None
    if len(values[0]) == 4 and day_first:
        return _date(int(values[0]), month, values[1])
    if len(values[1]) == 4:
        return _date(int(values[1]), month, values[0])
    # RFC 5322 section 4.3: two digits below 50 are of this century, three digits count from 1900.
    if day_first and len(values[1]) in {2, 3}:
        year = int(values[1])
        return _date(year + (2000 if len(values[1]) == 2 and year < 50 else 1900), month, values[0])
    return None


def _numeric(values: list[str]) -> datetime | None:
    match [len(value) for value in values]:
        case [8]:
            return _date(int(values[0][:4]), int(values[0][4:6]), values[0][6:])
        case [4, 3]:
            return _ordinal(int(values[0]), int(values[1]))
        case [4, _, _]:
            return _date(int(values[0]), int(values[1]), values[2])
        case [_, _, 4]:
            return _year_last(values[0], values[1], int(values[2]))
    return None


def _year_last(first: str, second: str, year: int) -> datetime | None:
    """Half the world writes day, month, year and the other half month, day, year; only numbers tell, if they do."""
    if int(first) > 12 or int(first) == int(second):
        return _date(year, int(second), first)
    return _date(year, int(first), second) if int(second) > 12 else None


def _ordinal(year: int, day: int) -> datetime | None:
    """ISO 8601 year and day of the year."""
    found = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=day - 1)
    return found if day and found.year == year else None


def _date(year: int, month: int, day: str) -> datetime | None:
    return datetime(year, month, int(day), tzinfo=UTC) if len(day) <= 2 else None
