"""What response headers say."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime

# Where 429 does not say for how long, or says: at once.
_TOO_MANY = 30.0


def media_type(content_type: str) -> tuple[str, str | None]:
    """A Content-Type header as (type, charset), both in lower case: ("text/html", "utf-8") (RFC 9110, 8.3)."""
    kind, *parameters = content_type.split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return kind.strip().lower(), value.strip().strip("\"'").lower() or None
    return kind.strip().lower(), None


def retry_after(value: str | None, date: str | None) -> float | None:
    """Seconds of pause that a Retry-After header asks for, never negative; None without a usable one.

    A point in time is measured from the response's own Date header, so that a server whose clock is wrong is still
    understood (RFC 9110, 10.2.3).
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    then, now = _http_date(text), _http_date((date or "").strip())
    if then is None or now is None:
        return None
    return max(0.0, (then - now).total_seconds())


def asked_pause(status: int, retry_after: float | None) -> float:
    """Seconds for which the whole host wants to be left alone, 0 where it does not.

    Only 429 and 503 speak of more than the one URL (RFC 6585, 4; RFC 9110, 15.6.4). 503 without Retry-After is often
    one broken page's, 429 always meant us, also where it names no time or one that is over.
    """
    if status == 429:
        return retry_after or _TOO_MANY
    return retry_after or 0.0 if status == 503 else 0.0


def _http_date(text: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    # without a zone ("-0000") the two dates could not be compared
    return parsed if parsed.tzinfo is not None else None
