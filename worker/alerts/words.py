"""Words that every rendering of an alert shares."""

from __future__ import annotations

from datetime import UTC
from types import MappingProxyType

from worker.alerts.plain import plain
from worker.model import Alert, Reason

REASONS = MappingProxyType(
    {
        Reason.NEW_STORY: "New story",
        Reason.CORROBORATED: "More sources",
        Reason.CONFIRMED: "Confirmed",
        Reason.DENIED: "Denied",
        Reason.DIGEST: "Digest",
        Reason.TEST: "Test",
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
