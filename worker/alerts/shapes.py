"""The objects in which programs are told of alerts, stories and articles: by webhook, over the API, in streams.

`payload` fills them; the API's document is made from them. Times are RFC 3339 in UTC.
"""

from __future__ import annotations

from typing import NotRequired

# Before Python 3.12 pydantic cannot read those of `typing`.
from typing_extensions import TypedDict


class SourceShape(TypedDict):
    """A publisher: its registrable domain, and the name it gives itself, null where that is not known."""

    domain: str
    name: str | None


class ReportShape(TypedDict):
    """A report of a story. `copy_of` is the id of the article whose words it repeats, null where they are its own."""

    source: str
    title: str
    url: str
    published: str | None
    seen_at: str
    copy_of: str | None


class StoryShape(TypedDict):
    """Articles of one topic that report the same event. `articles` counts all, `reports` shows them or some of them."""

    id: str
    headline: str
    first_seen: str
    independent_sources: int
    articles: int
    url: str
    reports: list[ReportShape]


class ArticleShape(TypedDict):
    """An article as it was read. `language` is ISO 639-1, null where it is not known, as is `published`."""

    id: str
    title: str
    url: str
    canonical_url: str
    source: SourceShape
    published: str | None
    language: str | None
    summary: str


class HighlightShape(TypedDict):
    """A passage that says why an article matched; `start` and `end` count code points of the article's field."""

    field: str
    text: str
    start: int
    end: int


class MatchShape(TypedDict):
    """Why an article satisfies a topic. `score` lies in 0..1."""

    query: str
    score: float
    highlights: list[HighlightShape]


class DecisionShape(TypedDict):
    """An alert by itself. `id` stays the same however often it is sent; `reason` is what the payload's type ends in."""

    id: str
    reason: str
    topic: str
    sent_because: str


class ToldStoryShape(TypedDict):
    """A story as a digest names it."""

    id: str
    headline: str
    independent_sources: int
    url: str


class ToldArticleShape(TypedDict):
    """An article as a digest names it."""

    url: str
    source: str


class CollectedShape(TypedDict):
    """An alert that a digest tells of."""

    id: str
    reason: str
    topic: str
    sent_because: str
    created: str
    story: ToldStoryShape
    article: ToldArticleShape


class AlertDataShape(TypedDict):
    """What an alert tells. Where something was cut or left out to stay below 20 kB, `truncated` is true.

    A digest tells of `collected` alerts, of which `alerts` shows as many as there is room for.
    """

    alert: DecisionShape
    story: StoryShape
    article: ArticleShape
    match: MatchShape
    collected: NotRequired[int]
    alerts: NotRequired[list[CollectedShape]]
    truncated: NotRequired[bool]


class AlertShape(TypedDict):
    """An alert as a webhook gets it. `type` is "alert." and the reason, `timestamp` when it was decided."""

    type: str
    timestamp: str
    data: AlertDataShape
