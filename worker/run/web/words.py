"""Values as people read them: times, counts, links. These are the filters of the templates."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from markupsafe import Markup

from worker.edge.store.outbox import Delivery
from worker.model import Reason

NOW_SECONDS = 5
# A title longer than this is no title; the page stays readable and small.
LONGEST_TITLE = 240

_REASONS = {
    Reason.NEW_STORY: "New story",
    Reason.CORROBORATED: "Corroborated",
    Reason.CONFIRMED: "Confirmed",
    Reason.DENIED: "Denied",
    Reason.DIGEST: "Digest",
    Reason.TEST: "Test",
    Reason.NOTICE: "Notice",
}
_UNITS = ((86_400, "day", "days"), (3_600, "h", "h"), (60, "min", "min"), (1, "s", "s"))
_WEB_LINK = re.compile(r"https?://[^\x00-\x20\x7f]+", re.IGNORECASE)


def ago(moment: datetime, now: datetime) -> str:
    """The distance in words: "just now", "42 s ago", "in 5 min", "2 days ago"."""
    seconds = (now - moment).total_seconds()
    distance = abs(int(seconds))
    if distance < NOW_SECONDS:
        return "just now" if seconds >= 0 else "now"
    size, one, many = next(unit for unit in _UNITS if distance >= unit[0])
    count = distance // size
    words = f"{count} {one if count == 1 else many}"
    return f"{words} ago" if seconds > 0 else f"in {words}"


def absolute(moment: datetime) -> str:
    """The moment itself, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def time_tag(moment: datetime, now: datetime) -> Markup:
    """A <time> that shows the distance and, when pointed at, the moment."""
    iso = moment.astimezone(UTC).isoformat(timespec="seconds")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(iso, absolute(moment), ago(moment, now))


def clock_tag(moment: datetime, with_day: bool) -> Markup:
    """A <time> that shows the time of day in UTC, and the day where it is asked for; the moment when pointed at."""
    at = moment.astimezone(UTC)
    shown = at.strftime("%-d %b %H:%M" if with_day else "%H:%M")
    iso = at.isoformat(timespec="seconds")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(iso, absolute(moment), shown)


def web_link(url: str) -> str:
    """The URL where it is http or https, else "#": a feed may not have a reader run javascript: or open file:."""
    return url if _WEB_LINK.fullmatch(url) else "#"


def plural(count: int, one: str, many: str = "") -> str:
    """The count with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def clip(text: str) -> str:
    """The text, shortened where it is far too long for a title."""
    return text if len(text) <= LONGEST_TITLE else text[:LONGEST_TITLE].rstrip() + "…"


def reason(value: Reason) -> str:
    """The reason of an alert as a label."""
    return _REASONS[value]


def delivery_state(delivery: Delivery) -> str:
    """Where a delivery stands, in a word or two."""
    if delivery.state == "pending" and delivery.attempts:
        return f"{plural(delivery.attempts, 'attempt')} failed, next"
    words = {"delivered": "delivered", "dead": "given up", "pending": "on its way", "muted": "not sent"}
    return words.get(delivery.state, delivery.state) + (" in a digest" if delivery.digest else "")
