"""The HTTP of a polite poll: what to ask with, and how long the answer says to wait."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from worker.model import FeedState
from worker.secret import SecretStr

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
_WHOLE_EVERY = timedelta(days=1)
# Entity tags of real servers have some dozen characters; one of kilobytes would be kept and sent with every poll.
_LONGEST_VALIDATOR = 256
_MAX_AGE = re.compile(r"""(?:\A|[\s,])max-age\s{0,9}=\s{0,9}"?(\d{1,12})"?(?=[\s,;]|\Z)""", re.IGNORECASE | re.ASCII)
_NOT_FRESH = re.compile(r"(?:\A|[\s,])no-(?:cache|store)(?=[\s,;=]|\Z)", re.IGNORECASE)


def is_whole(state: FeedState, *, now: datetime) -> bool:
    """Whether to ask for the document whatever we have of it.

    Some servers answer 304 for ever once they did. So where no document came for a day, one is asked for, and not again
    before another day has gone by.
    """
    if not (state.etag or state.last_modified):
        return True
    return state.whole_at is None or now - state.whole_at >= _WHOLE_EVERY


def request_headers(
    state: FeedState, extra: Iterable[tuple[str, SecretStr]] = (), *, whole: bool = False
) -> dict[str, str]:
    """Headers for the next poll of a feed; `extra` are the operator's own and win whatever their case.

    Both validators are sent back byte for byte, as RFC 9110, section 13.1.3, advises for servers that know only one.
    A server that knows what our entity tag stands for may then send what came since alone (RFC 3229, section 10.5.3,
    with the instance manipulation "feed"). `whole` leaves all of that out.
    """
    headers = {"Accept": ACCEPT}
    if state.etag and not whole:
        headers["If-None-Match"] = state.etag
        headers["A-IM"] = "feed"
    if state.last_modified and not whole:
        headers["If-Modified-Since"] = state.last_modified
    own = {name: value.get_secret_value() for name, value in extra}
    replaced = {name.lower() for name in own}
    return {name: value for name, value in headers.items() if name.lower() not in replaced} | own


def validators(headers: Mapping[str, str]) -> tuple[str | None, str | None]:
    """ETag and Last-Modified of an answer, to be sent back; None for one that is missing or too long to keep."""
    given = _lower(headers)
    etag, last_modified = (given.get(name, "") for name in ("etag", "last-modified"))
    return (
        etag if 0 < len(etag) <= _LONGEST_VALIDATOR else None,
        last_modified if 0 < len(last_modified) <= _LONGEST_VALIDATOR else None,
    )


def is_partial(status: int, headers: Mapping[str, str]) -> bool:
    """Whether the body holds what came since alone, so that what it does not show is not gone (RFC 3229, 10.4.1)."""
    return status == HTTPStatus.IM_USED or "feed" in re.split(r"[\s,;]+", _lower(headers).get("im", "").lower())


def cache_lifetime(headers: Mapping[str, str]) -> float | None:
    """Seconds for which the answer stays fresh, None where it says nothing or is stale already.

    RFC 9111, section 4.2: max-age wins over Expires, which counts from the answer's own Date; Age is time gone by.
    """
    given = _lower(headers)
    control = given.get("cache-control", "")
    if _NOT_FRESH.search(control):
        return None
    if found := _MAX_AGE.search(control):
        lifetime = float(found[1])
    else:
        expires, date = _http_date(given.get("expires", "")), _http_date(given.get("date", ""))
        lifetime = (expires - date).total_seconds() if expires and date else 0.0
    fresh = lifetime - (_seconds(given.get("age", "")) or 0.0)
    return fresh if fresh > 0 else None


def retry_after(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds to wait by Retry-After (RFC 9110, section 10.2.3), 0 for a date gone by, None where there is none."""
    value = _lower(headers).get("retry-after", "")
    seconds = _seconds(value)
    if seconds is not None:
        return seconds
    date = _http_date(value)
    return max(0.0, (date - now).total_seconds()) if date else None


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _seconds(value: str) -> float | None:
    """delta-seconds: digits and nothing else."""
    return float(value) if re.fullmatch(r"\s{0,9}[0-9]{1,12}\s{0,9}", value) else None


def _http_date(value: str) -> datetime | None:
    """A date in one of the three forms of RFC 9110, section 5.6.7, all of which are in GMT."""
    try:
        date = parsedate_to_datetime(value[:64])
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
