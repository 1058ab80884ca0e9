"""Several alerts as one: what a topic's `digest` collected, or what a destination's `limit` did not let through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from worker.model import Alert, Collected, Reason, short_id


def digest_of(alerts: Sequence[Alert], *, destination: str, because: str, now: datetime) -> Alert:
    """The alert that tells of all of them, the oldest first; its id is the same for the same alerts."""
    ordered = sorted(alerts, key=lambda alert: alert.created)
    latest = ordered[-1]
    topics = list(dict.fromkeys(alert.topic for alert in ordered))
    return replace(
        latest,
        id=short_id("digest", destination, *(alert.id for alert in ordered)),
        reason=Reason.DIGEST,
        topic=topics[0] if len(topics) == 1 else f"{len(topics)} topics",
        sent_because=because,
        created=now,
        follow_up=False,
        collected=tuple(_collected(alert) for alert in ordered),
    )


def collected_because(number: int, seconds: float) -> str:
    """Why a digest comes now, in words."""
    return f"{number} alert{'s' * (number != 1)} in {in_words(seconds)}"


def overflow_because(number: int, limit: tuple[int, float]) -> str:
    """Why alerts come as one message although they were to come at once, in words."""
    most, seconds = limit
    return f"and {number} more: this destination takes {most} message{'s' * (most != 1)} in {in_words(seconds)}"


def in_words(seconds: float) -> str:
    """A duration as the configuration writes it: 5400 -> "90m"."""
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"


def _collected(alert: Alert) -> Collected:
    return Collected(
        alert_id=alert.id,
        reason=alert.reason,
        topic=alert.topic,
        sent_because=alert.sent_because,
        created=alert.created,
        story_id=alert.story.id,
        headline=alert.story.headline or alert.article.title,
        independent_sources=alert.story.independent_sources,
        source=alert.article.source.name or alert.article.source.domain,
        url=alert.article.canonical_url or alert.article.url,
    )
