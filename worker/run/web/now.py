"""The first page: stories as they break."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from markupsafe import Markup

from worker.alerts.timeline import Told, reported_at
from worker.edge.store.articles import Archive
from worker.edge.store.mutes import Mute
from worker.edge.store.newsdesk import Newsdesk, Step
from worker.edge.store.outbox import Delivery, Outbox
from worker.model import Alert, Story, Topic
from worker.run.web.desk import Desk, Status, silence
from worker.run.web.ladder import Ladder, ladder
from worker.run.web.pictures import Pictures
from worker.run.web.remembered import Remembered
from worker.run.web.timeline import first_of

STORIES = 20
ALERTS = 6
# Topics that can be chosen at the top of the page, those with most stories of the last day.
CHIPS = 24
_DAY = timedelta(days=1)
_NO_LAG = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """An alert and how far it got."""

    alert: Alert
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryCard:
    """A story at a glance. `first` is who reported it first; `lag` how long after its publication that was seen.

    `picture` is its line of time drawn small. `steps` are the alerts, the latest last; `silent` is what keeps further
    ones from being told. `slack` is where its first message stands, "" where there is none.
    """

    story: Story
    first: Told | None
    lag: timedelta | None
    picture: Markup
    ladder: Ladder
    steps: tuple[Step, ...]
    silent: Mute | None
    slack: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A topic that can be chosen, and how many of its stories moved within a day."""

    topic: str
    moved: int
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """The first page; `topic` is the one chosen, None for all."""

    status: Status
    topic: str | None
    chips: tuple[Chip, ...]
    stories: tuple[StoryCard, ...]
    alerts: tuple[AlertRow, ...]


class NowReader:
    """Reads the first page."""

    def __init__(self, desk: Desk, pictures: Pictures) -> None:
        self._desk = desk
        self._pictures = pictures
        self._archive = Archive(desk.redis)
        self._newsdesk = Newsdesk(desk.redis)
        self._outbox = Outbox(desk.redis)
        self._moved = Remembered(self._count_moved)

    def page(self, topic: str | None) -> Now:
        """All stories, or those of one topic; one that is not configured has none."""
        topics = self._desk.topics
        chosen = topics.get(topic) if topic else None
        if topic is None:
            stories = self._archive.stories(STORIES)
        else:
            stories = self._newsdesk.live_of(chosen, STORIES) if chosen else []
        alerts = self._outbox.recent(ALERTS if topic is None else 5 * ALERTS)
        mine = [alert for alert in alerts if topic is None or alert.topic == topic][:ALERTS]
        return Now(
            status=self._desk.status(),
            topic=topic,
            chips=self._chips(topics, topic),
            stories=self.cards(stories, topics),
            alerts=tuple(AlertRow(alert=one, deliveries=tuple(self._outbox.deliveries(one.id))) for one in mine),
        )

    def cards(self, stories: Sequence[Story], topics: Mapping[str, Topic]) -> tuple[StoryCard, ...]:
        """The stories with all that a card shows."""
        now, muted = self._desk.clock.now(), self._desk.muted()
        steps = self._newsdesk.steps(stories)
        settings = self._desk.settings
        slack = self._newsdesk.slack_links(stories, settings.destinations if settings else ())
        cards = []
        for story in stories:
            told = tuple(steps.get(story.id, ()))
            first = first_of(story)
            card = StoryCard(
                story=story,
                first=first,
                lag=_lag(first) if first else None,
                picture=self._pictures.of(story, told),
                ladder=ladder(story, topics.get(story.topic), now, self._desk.names),
                steps=told,
                silent=silence(story, muted),
                slack=slack.get(story.id, ""),
            )
            cards.append(card)
        return tuple(cards)

    def _count_moved(self) -> Mapping[str, int]:
        topics = list(self._desk.topics.values())
        return self._newsdesk.moved_since(topics, self._desk.clock.now() - _DAY)

    def _chips(self, topics: Mapping[str, Topic], chosen: str | None) -> tuple[Chip, ...]:
        moved = self._moved.get()
        names = sorted(topics, key=lambda name: -moved.get(name, 0))[:CHIPS]
        if chosen and chosen not in names:
            names.append(chosen)
        return tuple(Chip(topic=name, moved=moved.get(name, 0), chosen=name == chosen) for name in names)


def _lag(first: Told) -> timedelta | None:
    """From publication to being seen; None where the feed gave no date, or one so old that no poll was waited for."""
    lag = first.report.seen_at - reported_at(first.report)
    return lag if first.report.published and lag < _NO_LAG else None
