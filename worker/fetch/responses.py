"""What response headers say."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime


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


def _http_date(text: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    # without a zone ("-0000") the two dates could not be compared
    return parsed if parsed.tzinfo is not None else None
