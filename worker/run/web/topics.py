"""The topics: what each means, what it told lately, and how often people called that right."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.config import Settings
from worker.edge.store.feedback import RIGHT, WRONG, Feedback, Vote
from worker.edge.store.hours import matches_by_hour
from worker.edge.store.mutes import TOPIC
from worker.edge.store.newsdesk import Newsdesk, Step
from worker.edge.store.outbox import Outbox
from worker.errors import QueryError
from worker.match.describe import in_words
from worker.match.query import parse
from worker.model import Topic
from worker.run.web.desk import Desk

# Topics on a page, alerts of each, and alerts looked through for them.
TOPICS = 25
ALERTS = 5
ALERTS_SEARCHED = 1_000
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """An alert of a topic, and what was said of it, "" for nothing."""

    step: Step
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicCard:
    """A topic. `meaning` tells its query in words; `moved` stories had a report within a day.

    `hours` counts the articles that matched in each of the last hours. Of the alerts people judged, `right` were and
    `wrong` were not.
    """

    topic: Topic
    meaning: str
    moved: int
    alerts: tuple[AlertLine, ...]
    right: int
    wrong: int
    muted_until: datetime | None
    hours: tuple[int, ...]

    @property
    def bars(self) -> str:
        """The hours as lines of an SVG path, one unit wide each and up to 20 high; an hour without any has none."""
        highest = max(self.hours, default=0)
        tall = ((place, 3 + 17 * count / highest) for place, count in enumerate(self.hours) if count)
        return "".join(f"M{place + 0.5} 20v-{height:.1f}" for place, height in tall)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicsPage:
    """Some of the topics; `number` is the page of `pages`."""

    cards: tuple[TopicCard, ...]
    total: int
    number: int
    pages: int
    judged: int


class TopicReader:
    """Reads the page of topics."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._newsdesk = Newsdesk(desk.redis)
        self._feedback = Feedback(desk.redis)
        self._outbox = Outbox(desk.redis)

    def page(self, number: int) -> TopicsPage:
        """The topics in the order of the configuration."""
        topics = list(self._desk.topics.values())
        pages = max(1, -(-len(topics) // TOPICS))
        number = min(max(1, number), pages)
        shown = topics[TOPICS * (number - 1) : TOPICS * number]
        votes = self._feedback.all()
        return TopicsPage(
            cards=tuple(self._cards(shown, votes)), total=len(topics), number=number, pages=pages, judged=len(votes)
        )

    def _cards(self, topics: Sequence[Topic], votes: Sequence[Vote]) -> Iterator[TopicCard]:
        moved = self._newsdesk.moved_since(topics, self._desk.clock.now() - _DAY)
        steps = self._newsdesk.recent_steps(ALERTS_SEARCHED)
        hours = matches_by_hour(self._desk.redis, [topic.id for topic in topics], self._desk.clock.now())
        muted = {mute.of: mute.until for mute in self._desk.muted() if mute.kind == TOPIC}
        said = {vote.alert_id: vote.said for vote in votes}
        counted = Counter((vote.topic, vote.said) for vote in votes)
        for topic in topics:
            own = [step for step in steps if step.topic == topic.name][:ALERTS]
            yield TopicCard(
                topic=topic,
                meaning=meaning_of(topic, self._desk.settings),
                moved=moved[topic.name],
                alerts=tuple(AlertLine(step=step, said=said.get(step.alert_id, "")) for step in own),
                right=counted[topic.name, RIGHT],
                wrong=counted[topic.name, WRONG],
                muted_until=muted.get(topic.name),
                hours=hours[topic.id],
            )

    def judged(self) -> Iterator[Mapping[str, object]]:
        """What people said of alerts, with what the alerts were, the oldest first."""
        for vote in self._feedback.all():
            alert = self._outbox.alert(vote.alert_id)
            facts: dict[str, object] = {
                "alert": vote.alert_id,
                "topic": vote.topic,
                "said": vote.said,
                "at": vote.at.isoformat(),
            }
            if alert is not None:
                facts |= {
                    "reason": alert.reason.value,
                    "query": alert.match.query,
                    "score": alert.match.score,
                    "article": alert.article.id,
                    "title": alert.article.title,
                    "url": alert.article.url,
                }
            yield facts


def meaning_of(topic: Topic, settings: Settings | None) -> str:
    """What a topic's query means, in words."""
    names = [entity.name for entity in settings.entities] if settings else []
    try:
        return in_words(parse(topic.query, entities=names))
    except QueryError as error:
        return f"This release does not understand it: {error.message}."


def lines(rows: Iterator[Mapping[str, object]]) -> Iterator[str]:
    """As JSON Lines."""
    for row in rows:
        yield json.dumps(row, ensure_ascii=True) + "\n"
