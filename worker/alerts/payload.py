"""An alert as the body of a webhook.

The body stays below 20 kB, as Standard Webhooks asks ("Payload size"). What had to be cut ends in "…" or is left out,
and then `data.truncated` is true; a URL is never cut, since half a URL leads somewhere else.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from worker.alerts.shapes import (
    AlertDataShape,
    AlertShape,
    ArticleShape,
    CollectedShape,
    HighlightShape,
    MatchShape,
    ReportShape,
    StoryShape,
)
from worker.model import Alert, Article, Collected, Highlight, Match, Report, Story

MAX_BYTES = 19_900
_HIGHLIGHTS = 10
# Bytes as JSON. Together they leave room for a few reports even where every field is at its limit.
_TITLE_BYTES = 600
_NAME_BYTES = 300
_SUMMARY_BYTES = 2000
_WHY_BYTES = 1500
_QUERY_BYTES = 2000
_HIGHLIGHT_BYTES = 300
_URL_BYTES = 1000


def webhook_payload(alert: Alert, *, base_url: str) -> AlertShape:
    """The payload; `base_url` is where the dashboard is reached, without a path."""
    cutter = _Cutter()
    data: AlertDataShape = {
        "alert": {
            "id": alert.id,
            "reason": alert.reason.value,
            "topic": cutter.text(alert.topic, _NAME_BYTES),
            "sent_because": cutter.text(alert.sent_because, _WHY_BYTES),
        },
        "story": _story(alert.story, base_url, cutter),
        "article": _article(alert.article, cutter),
        "match": _match(alert.match, cutter),
    }
    payload: AlertShape = {"type": f"alert.{alert.reason.value}", "timestamp": rfc3339(alert.created), "data": data}
    room = MAX_BYTES - len(body_bytes(payload)) - len(',"truncated":true')
    if alert.collected:
        data["collected"] = len(alert.collected)
        room -= len(f',"collected":{len(alert.collected)},"alerts":[]')
        data["alerts"], room = _told(alert.collected, room, base_url, cutter)
    data["story"]["reports"] = _fitting(alert.story.reports, room, cutter)
    if cutter.has_cut:
        data["truncated"] = True
    return payload


def story_object(story: Story, reports: Sequence[Report], *, base_url: str) -> StoryShape:
    """The story of a payload with these of its reports, uncut."""
    whole = _Whole()
    return {**_story(story, base_url, whole), "reports": [_report(report, whole) for report in reports]}


def article_object(article: Article) -> ArticleShape:
    """The article of a payload, uncut."""
    return _article(article, _Whole())


def highlight_object(highlight: Highlight) -> HighlightShape:
    """A highlight of a payload, uncut."""
    return _highlight(highlight, _Whole())


def body_bytes(payload: AlertShape) -> bytes:
    """The exact bytes that are signed and sent."""
    return _json_bytes(payload)


def rfc3339(moment: datetime) -> str:
    """UTC to the second, as in 2026-11-21T19:00:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def story_url(base_url: str, story_id: str) -> str:
    """The story's page on the dashboard."""
    return f"{base_url.rstrip('/')}/stories/{story_id}"


def _told(
    collected: Sequence[Collected], room: int, base_url: str, cutter: _Cutter
) -> tuple[list[CollectedShape], int]:
    """As many of the alerts of a digest as there is room for (bytes), the first ones, and the room that is left."""
    told: list[CollectedShape] = []
    for one in collected:
        line = _collected(one, base_url, cutter)
        size = len(_json_bytes(line)) + 1
        if size > room:
            cutter.has_cut = True
            break
        told.append(line)
        room -= size
    return told, room


def _collected(one: Collected, base_url: str, cutter: _Whole) -> CollectedShape:
    return {
        "id": one.alert_id,
        "reason": one.reason.value,
        "topic": cutter.text(one.topic, _NAME_BYTES),
        "sent_because": cutter.text(one.sent_because, _TITLE_BYTES),
        "created": rfc3339(one.created),
        "story": {
            "id": one.story_id,
            "headline": cutter.text(one.headline, _TITLE_BYTES),
            "independent_sources": one.independent_sources,
            "url": story_url(base_url, one.story_id),
        },
        "article": {"url": cutter.url(one.url), "source": cutter.text(one.source, _NAME_BYTES)},
    }


class _Whole:
    """Makes text and URLs such as they can be sent; cuts nothing."""

    def text(self, text: str, limit: int) -> str:  # noqa: ARG002  for those that cut
        return encodable(text)

    def url(self, url: str) -> str:
        return encodable(url)


class _Cutter(_Whole):
    """Cuts what is too long, and remembers that it did."""

    def __init__(self) -> None:
        self.has_cut = False

    def text(self, text: str, limit: int) -> str:
        if len(text) <= limit and len(_json_bytes(text)) <= limit:
            return encodable(text)
        self.has_cut = True
        kept = text[:limit]
        while len(_json_bytes(kept)) > limit - len("…".encode()):
            kept = kept[: len(kept) * 9 // 10]
        return encodable(kept) + "…"

    def url(self, url: str) -> str:
        if len(_json_bytes(url)) <= _URL_BYTES:
            return encodable(url)
        self.has_cut = True
        return ""


def _story(story: Story, base_url: str, cutter: _Whole) -> StoryShape:
    return {
        "id": story.id,
        "headline": cutter.text(story.headline, _TITLE_BYTES),
        "first_seen": rfc3339(story.first_seen),
        "independent_sources": story.independent_sources,
        "articles": len(story.reports),
        "url": story_url(base_url, story.id),
        "reports": [],
    }


def _fitting(reports: Sequence[Report], room: int, cutter: _Cutter) -> list[ReportShape]:
    """The first report, and as many of the latest as there is room for (bytes), in their order."""
    shown: list[ReportShape] = []
    for report in [*reports[:1], *reversed(reports[1:])]:
        line = _report(report, cutter)
        room -= len(_json_bytes(line)) + 1
        if room < 0:
            cutter.has_cut = True
            break
        shown.append(line)
    return [*shown[:1], *reversed(shown[1:])]


def _report(report: Report, cutter: _Whole) -> ReportShape:
    return {
        "source": cutter.text(report.source, _NAME_BYTES),
        "title": cutter.text(report.title, _TITLE_BYTES),
        "url": cutter.url(report.url),
        "published": _optional(report.published),
        "seen_at": rfc3339(report.seen_at),
        "copy_of": report.copy_of,
    }


def _article(article: Article, cutter: _Whole) -> ArticleShape:
    name = article.source.name
    return {
        "id": article.id,
        "title": cutter.text(article.title, _TITLE_BYTES),
        "url": cutter.url(article.url),
        "canonical_url": cutter.url(article.canonical_url),
        "source": {
            "domain": cutter.text(article.source.domain, _NAME_BYTES),
            "name": None if name is None else cutter.text(name, _NAME_BYTES),
        },
        "published": _optional(article.published),
        "language": article.language,
        "summary": cutter.text(article.summary, _SUMMARY_BYTES),
    }


def _match(match: Match, cutter: _Cutter) -> MatchShape:
    if len(match.highlights) > _HIGHLIGHTS:
        cutter.has_cut = True
    return {
        "query": cutter.text(match.query, _QUERY_BYTES),
        "score": match.score,
        "highlights": [_highlight(highlight, cutter) for highlight in match.highlights[:_HIGHLIGHTS]],
    }


def _highlight(highlight: Highlight, cutter: _Whole) -> HighlightShape:
    return {
        "field": highlight.field,
        "text": cutter.text(highlight.text, _HIGHLIGHT_BYTES),
        "start": highlight.start,
        "end": highlight.end,
    }


def _optional(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)


def encodable(text: str) -> str:
    """Lone surrogates, which no UTF-8 can carry, as question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _json_bytes(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
