"""Values as people read them: times, counts, links. These are the filters of the templates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from markupsafe import Markup

from worker.alerts.plain import web_address
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


def span(distance: timedelta) -> str:
    """A length of time in words: "42 s", "5 min", "2 days"."""
    seconds = int(distance.total_seconds())
    if seconds < 1:
        return "less than a second"
    size, one, many = next(unit for unit in _UNITS if seconds >= unit[0])
    count = seconds // size
    return f"{count:,} {one if count == 1 else many}"


def short(distance: timedelta) -> str:
    """A length of time to measure by: "320 ms", "1.4 s", "3 min 5 s", "2 h 10 min"."""
    seconds = max(0.0, distance.total_seconds())
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60:,} h {minutes % 60} min"


def absolute(moment: datetime) -> str:
    """The moment itself, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def time_tag(moment: datetime, now: datetime) -> Markup:
    """A <time> that shows the distance and, when pointed at, the moment."""
    return _time(moment, ago(moment, now))


def clock_tag(moment: datetime, with_day: bool) -> Markup:
    """A <time> that shows the time of day in UTC, and the day where it is asked for; the moment when pointed at."""
    return _time(moment, moment.astimezone(UTC).strftime("%-d %b %H:%M" if with_day else "%H:%M"))


def _time(moment: datetime, shown: str) -> Markup:
    """Hundreds stand on a page; nothing in them needs escaping, which is what would cost."""
    iso = moment.astimezone(UTC).isoformat(timespec="seconds")
    return Markup(f'<time datetime="{iso}" title="{absolute(moment)}">{shown}</time>')  # noqa: S704  dates and our words


def web_link(url: str) -> str:
    """The URL where it is one of the web, else "#"."""
    return web_address(url) or "#"


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


def code(text: str) -> Markup:
    """Text of ours in which code stands in backticks."""
    parts = text.split("`")
    return Markup("").join(Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts))
