"""What operations are asked with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from worker.edge.store.feedback import VOTES
from worker.edge.store.pauses import STATES
from worker.run.web.deeds import ACKNOWLEDGED_FOR, MUTED_FOR
from worker.run.web.search import LONGEST_QUERY

MOST = 100
FEW = 20

Limit = Annotated[int, Field(ge=1, le=MOST, description="How many at the most.")]
Cursor = Annotated[str | None, Field(max_length=500, description="`next` of the page before.")]
TopicName = Annotated[str | None, Field(max_length=1_000, description="Of the topic of this name only.")]
Lasting = Annotated[str, Field(max_length=40, description="For how long, such as 30m, 6h or 2d.")]
Said = Annotated[
    str | None, Field(json_schema_extra={"enum": [*VOTES, None]}, description="null takes back what was said.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    limit: Limit = FEW
    cursor: Cursor = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoriesAsked:
    topic: TopicName = None
    limit: Limit = FEW
    cursor: Cursor = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsAsked:
    topic: TopicName = None
    limit: Limit = FEW
    cursor: Cursor = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamAsked:
    topic: TopicName = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedsAsked:
    health: Annotated[
        str | None,
        Field(pattern=f"^({'|'.join(STATES)})$", description=f"Only those whose health is {', '.join(STATES)}."),
    ] = None
    limit: Limit = FEW
    cursor: Cursor = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticlesAsked:
    q: Annotated[
        str, Field(max_length=LONGEST_QUERY, description="What to search for, in the query language of topics.")
    ] = ""
    limit: Limit = FEW
    cursor: Cursor = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicAsked:
    topic_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryAsked:
    story_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAsked:
    alert_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleAsked:
    article_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteAsked:
    topic_id: str
    lasting: Lasting = MUTED_FOR


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeAsked:
    story_id: str
    lasting: Lasting = ACKNOWLEDGED_FOR


@dataclass(frozen=True, slots=True, kw_only=True)
class ResendAsked:
    alert_id: str
    destinations: Annotated[list[str], Field(max_length=100, description="Only to these; none means all of them.")] = (
        field(default_factory=list)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeAsked:
    alert_id: str
    said: Said
