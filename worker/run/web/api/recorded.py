"""The records of the API (see `records`) from what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from worker.alerts.payload import article_object, encodable, highlight_object, rfc3339, story_object, webhook_payload
from worker.edge.store.deliveries import Delivery
from worker.edge.store.feed_view import FeedView
from worker.edge.store.mutes import Mute
from worker.edge.store.newsdesk import Step
from worker.edge.store.pauses import PAUSED
from worker.model import Alert, Article, Highlight, Report, Story, Topic
from worker.run.status_shape import MuteRecord
from worker.run.web.api.records import (
    AlertRecord,
    ArticleRecord,
    DeliveryRecord,
    FeedRecord,
    StoryRecord,
    TopicRecord,
    WholeArticleRecord,
    _ArticleMore,
)


def topic_record(topic: Topic, *, meaning: str, stories: int, mute: Mute | None) -> TopicRecord:
    return {
        "id": topic.id,
        "name": topic.name,
        "query": topic.query,
        "meaning": meaning,
        "sources": list(topic.sources),
        "parties": list(topic.parties),
        "notify": None if topic.notify is None else list(topic.notify),
        "muted_until": moment(mute.until if mute else None),
        "stories": stories,
    }


def story_record(
    story: Story, reports: Sequence[Report], steps: Iterable[Step], *, mute: Mute | None, base_url: str
) -> StoryRecord:
    """A story with these of its reports; a mute of its topic is none of its own."""
    return {
        **story_object(story, reports, base_url=base_url),
        "topic": story.topic,
        "last_seen": rfc3339(story.last_seen),
        "acknowledged_until": moment(mute.until if mute else None),
        "alerts": [
            {
                "id": one.alert_id,
                "reason": one.reason.value,
                "sent_because": one.because,
                "created": rfc3339(one.created),
            }
            for one in steps
        ],
    }


def alert_record(alert: Alert, deliveries: Iterable[Delivery], *, judged: str | None, base_url: str) -> AlertRecord:
    return {
        **webhook_payload(alert, base_url=base_url),
        "deliveries": [delivery_record(delivery) for delivery in deliveries],
        "judged": judged,
    }


def delivery_record(delivery: Delivery) -> DeliveryRecord:
    record: DeliveryRecord = {
        "destination": delivery.destination,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "error": delivery.error,
    }
    if delivery.digest:
        record["digest"] = delivery.digest
    return record


def article_record(article: Article, highlights: Sequence[Highlight]) -> ArticleRecord:
    """An article of a list."""
    return {
        **article_object(article),
        **_about(article),
        "highlights": [highlight_object(one) for one in highlights],
    }


def whole_article_record(article: Article) -> WholeArticleRecord:
    """An article by itself."""
    return {**article_object(article), **_about(article), "text": encodable(article.text)}


def _about(article: Article) -> _ArticleMore:
    return {
        "author": article.author,
        "feed": article.feed,
        "tags": list(article.tags),
        "seen_at": moment(article.seen_at),
        "partial": article.partial,
        "partial_reason": article.partial_reason,
    }


def feed_record(feed: FeedView, *, is_paused: bool) -> FeedRecord:
    state = feed.state
    return {
        "id": feed.id,
        "name": feed.name,
        "url": feed.url,
        "health": PAUSED if is_paused else feed.health,
        "error": state.error,
        "failing_since": moment(state.failing_since),
        "last_poll": moment(state.last_poll),
        "last_success": moment(state.last_success),
        "last_new": moment(state.last_new),
        "next_poll": None if is_paused else moment(feed.due),
        "polls": state.polls,
        "unchanged": state.unchanged,
        "entries": state.entries,
        "lag": state.lag,
        "moved_to": state.moved_to if state.moved else None,
    }


def mute_record(mute: Mute) -> MuteRecord:
    return {"kind": mute.kind, "of": mute.of, "until": rfc3339(mute.until)}


def moment(at: datetime | None) -> str | None:
    """RFC 3339 in UTC, null for none."""
    return None if at is None else rfc3339(at)
