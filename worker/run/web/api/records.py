"""What the API answers with. Stories, alerts and articles begin as in the payload of a webhook and tell more."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict

from worker.alerts.shapes import AlertShape, ArticleShape, HighlightShape, StoryShape


class TopicRecord(TypedDict):
    """A topic. `meaning` tells its query in words; `stories` of it had a report within a day.

    `sources` are the rungs at which it tells, `notify` the destinations it tells, null for all.
    """

    id: str
    name: str
    query: str
    meaning: str
    sources: list[int]
    parties: list[str]
    notify: list[str] | None
    muted_until: str | None
    stories: int


class StepRecord(TypedDict):
    """An alert of a story; `/alerts/{alert_id}` has all of it."""

    id: str
    reason: str
    sent_because: str
    created: str


class StoryRecord(StoryShape):
    """A story; `alerts` are those decided so far, the first one first. `acknowledged_until` is null unless it is.

    In a list, `reports` are some of the first ones.
    """

    topic: str
    last_seen: str
    acknowledged_until: str | None
    alerts: list[StepRecord]


class DeliveryRecord(TypedDict):
    """An alert on its way to a destination. `state` is pending, delivered, dead or muted; `digest` is its id if any."""

    destination: str
    state: str
    attempts: int
    error: str
    digest: NotRequired[str]


class AlertRecord(AlertShape):
    """An alert as a webhook gets it, and how far it got. `judged` is what people said of it: right, wrong, or null."""

    deliveries: list[DeliveryRecord]
    judged: str | None


class _ArticleMore(TypedDict):
    author: str
    feed: str
    tags: list[str]
    seen_at: str | None
    partial: bool
    partial_reason: str


class ArticleRecord(ArticleShape, _ArticleMore):
    """An article. `partial` says that it was made from the feed's own words, `partial_reason` why.

    `highlights` are the passages that a search found.
    """

    highlights: list[HighlightShape]


class WholeArticleRecord(ArticleShape, _ArticleMore):
    """An article with its text."""

    text: str


class FeedRecord(TypedDict):
    """A feed. `health` is ok, failing, gone, new or paused; of its `polls`, `unchanged` brought no document.

    `lag` is how many seconds after their publication its entries are seen, on average. `entries` were seen so far.
    """

    id: str
    name: str
    url: str
    health: str
    error: str | None
    failing_since: str | None
    last_poll: str | None
    last_success: str | None
    last_new: str | None
    next_poll: str | None
    polls: int
    unchanged: int
    entries: int
    lag: float | None
    moved_to: str | None


class TopicPage(TypedDict):
    """Some topics by name. `next` is the cursor of those after them, null where these are the last; as in all pages."""

    items: list[TopicRecord]
    next: str | None


class StoryPage(TypedDict):
    """Some stories, those that moved last first."""

    items: list[StoryRecord]
    next: str | None


class AlertPage(TypedDict):
    """Some alerts, the newest first."""

    items: list[AlertRecord]
    next: str | None


class FeedPage(TypedDict):
    """Some feeds, in no order that means anything."""

    items: list[FeedRecord]
    next: str | None


class ArticlePage(TypedDict):
    """Some articles, those seen last first. A search looks at so many for a page that it may find few, and has a next.

    `meaning` tells what the query means; of `looked_at` articles these match.
    """

    items: list[ArticleRecord]
    next: str | None
    looked_at: NotRequired[int]
    meaning: NotRequired[str]
