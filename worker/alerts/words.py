"""Words that every rendering of an alert shares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from types import MappingProxyType

from worker.alerts.plain import plain
from worker.model import Alert, Collected, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Title and body of a message in words of the operator's own, "" where the built-in ones are used."""

    title: str = ""
    body: str = ""


BUILT_IN = Words()

REASONS = MappingProxyType(
    {
        Reason.NEW_STORY: "New story",
        Reason.CORROBORATED: "More sources",
        Reason.CONFIRMED: "Confirmed",
        Reason.DENIED: "Denied",
        Reason.DIGEST: "Digest",
        Reason.TEST: "Test",
        Reason.NOTICE: "Notice",
    }
)


def provenance(alert: Alert) -> str:
    """Who reported it and when, and how much else there is, on one line."""
    article = alert.article
    source = plain(article.source.name or article.source.domain or article.feed) or "unknown source"
    domain = plain(article.source.domain)
    if domain and domain != source:
        source = f"{source} ({domain})"
    moment = article.published or article.seen_at or alert.created
    when = f"{'published' if article.published else 'seen'} {moment.astimezone(UTC):%-d %B %Y %H:%M} UTC"
    count, reports = alert.story.independent_sources, len(alert.story.reports)
    carried = f"{count} independent source{'s' * (count != 1)}, {reports} report{'s' * (reports != 1)}"
    return f"{source} · {when} · {carried}"


def collected_line(one: Collected) -> str:
    """What a digest tells of one alert, on one line."""
    sources = f"{one.independent_sources} independent source{'s' * (one.independent_sources != 1)}"
    headline, because = plain(one.headline) or "(no title)", plain(one.sent_because)
    when = f"{one.created.astimezone(UTC):%-d %b %H:%M} UTC"
    return (
        f"{headline} — {REASONS[one.reason]} · {plain(one.topic)}: {because} ({plain(one.source)}, {when}, {sources})"
    )
