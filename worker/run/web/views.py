"""What the pages show, read from the stores and shaped for the templates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import redis

from worker.alerts.timeline import Told, told_by
from worker.config import Settings
from worker.edge.rq_engine.queue import JobQueue
from worker.edge.store.articles import Archive
from worker.edge.store.destinations import Destinations, DestinationState
from worker.edge.store.feeds import FeedStore, FeedView, count_by_health
from worker.edge.store.mutes import Mute, Mutes
from worker.edge.store.outbox import Delivery, Outbox
from worker.edge.store.published import Published
from worker.model import Alert, Article, Story
from worker.ports import Clock
from worker.run.alive import processes
from worker.run.live import LiveSettings
from worker.run.web.timeline import Timeline, timeline_of

STORIES = 40
REPORTS_PER_CARD = 5
ALERTS = 12
# Alerts looked through for those of the stories shown.
ALERTS_SEARCHED = 200
# No report is longer; what a hostile page holds beyond that helps nobody.
PARAGRAPHS = 500
# All that fail are shown, and of the others as many as fill the table up.
FEEDS = 200
# The order of the feed table: what needs a person comes first.
FEEDS_FIRST = ("failing", "gone", "new", "ok")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """A report, and whether there is a page of its article."""

    told: Told
    has_page: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """An alert and how far it got."""

    alert: Alert
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryCard:
    """A story with its reports in the order they came, `more` of them left out, and what was told of it.

    `timeline` is there on the story's own page. Until `silent_until` nobody is told more of it, None where people are.
    """

    story: Story
    reports: tuple[ReportRow, ...]
    more: int
    alerts: tuple[AlertRow, ...]
    timeline: Timeline | None = None
    silent_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleView:
    """An article as it was read: its paragraphs, `more` of them left out."""

    article: Article
    paragraphs: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """A feed and its state, see FeedView.health."""

    feed: FeedView
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How the whole is doing. `jobs` are those waiting, running and failed over all queues.

    `dead` deliveries were given up; destinations that are `off` get nothing until somebody resumes them.
    """

    feeds: Mapping[str, int]
    jobs: Mapping[str, int]
    undelivered: int
    dead: int
    off: tuple[DestinationState, ...]
    muted: tuple[Mute, ...]
    processes: tuple[str, ...]
    configured: bool
    refused: str | None
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The first page."""

    status: Status
    stories: tuple[StoryCard, ...]
    alerts: tuple[AlertRow, ...]
    feeds: tuple[FeedRow, ...]
    more_feeds: int


class Views:
    """Reads what pages show. All of it comes from Redis; redis.RedisError passes through."""

    def __init__(self, connection: redis.Redis, *, clock: Clock) -> None:
        self.clock = clock
        self._archive = Archive(connection)
        self._outbox = Outbox(connection)
        self._destinations, self._mutes = Destinations(connection), Mutes(connection)
        self._feeds = FeedStore(connection)
        self._queue = JobQueue(connection)
        self._published = Published(connection)
        self._redis = connection
        self._settings: Settings | None = None
        self._live = LiveSettings(connection, self._apply)

    def _apply(self, settings: Settings) -> None:
        self._settings = settings

    def overview(self) -> Overview:
        """Everything on the first page."""
        feeds = self._feeds.view()
        status = self._status(feeds)
        alerts = self._outbox.recent(ALERTS_SEARCHED)
        rows = feed_rows(feeds)
        return Overview(
            status=status,
            stories=tuple(_card(story, alerts, limit=REPORTS_PER_CARD) for story in self._archive.stories(STORIES)),
            alerts=tuple(self._with_deliveries(alert) for alert in alerts[:ALERTS]),
            feeds=rows[:FEEDS],
            more_feeds=max(0, len(rows) - FEEDS),
        )

    def story(self, story_id: str) -> StoryCard | None:
        """One story with all its reports and what was told of it; None when it is not stored (any more)."""
        story = self._archive.story(story_id)
        if story is None:
            return None
        alerts = [alert for alert in self._outbox.recent(ALERTS_SEARCHED) if alert.thread == story_id]
        card = _card(story, (), limit=len(story.reports))
        kept = self._archive.stored([report.article_id for report in story.reports])
        return StoryCard(
            story=card.story,
            reports=tuple(replace(row, has_page=row.told.report.article_id in kept) for row in card.reports),
            more=0,
            alerts=tuple(self._with_deliveries(alert) for alert in reversed(alerts)),
            timeline=timeline_of(story, reversed(alerts)),
            silent_until=self._silent_until(story),
        )

    def _silent_until(self, story: Story) -> datetime | None:
        wanted = {("story", story.id), ("topic", story.topic)}
        return max((m.until for m in self._mutes.active(self.clock.now()) if (m.kind, m.of) in wanted), default=None)

    def article(self, article_id: str) -> ArticleView | None:
        """One article; None when it is not stored (any more)."""
        article = self._archive.article(article_id)
        if article is None:
            return None
        paragraphs = tuple((article.text or article.summary).split("\n"))
        return ArticleView(
            article=article, paragraphs=paragraphs[:PARAGRAPHS], more=max(0, len(paragraphs) - PARAGRAPHS)
        )

    def _status(self, feeds: Sequence[FeedView]) -> Status:
        self._live.refresh()
        jobs: Counter[str] = Counter()
        for depth in self._queue.depths().values():
            jobs.update(depth)
        return Status(
            feeds=count_by_health(feeds),
            jobs=jobs,
            undelivered=self._outbox.depth(),
            dead=len(self._outbox.dead()),
            off=tuple(one for one in self._destinations.states() if one.state),
            muted=tuple(self._mutes.active(self.clock.now())),
            processes=tuple(process.name for process in processes(self._redis, self.clock.now())),
            configured=self._settings is not None,
            refused=self._published.refused(),
            topics=tuple(topic.name for topic in self._settings.topics) if self._settings else (),
        )

    def _with_deliveries(self, alert: Alert) -> AlertRow:
        return AlertRow(alert=alert, deliveries=tuple(self._outbox.deliveries(alert.id)))


def feed_rows(feeds: Iterable[FeedView]) -> tuple[FeedRow, ...]:
    """The feeds, those in need of a person first, else in the order given."""
    rows = [FeedRow(feed=feed, state=feed.health) for feed in feeds]
    return tuple(sorted(rows, key=lambda row: FEEDS_FIRST.index(row.state)))


def _card(story: Story, alerts: Iterable[Alert], *, limit: int) -> StoryCard:
    rows = tuple(ReportRow(told=told) for told in told_by(story)[:limit])
    about = [AlertRow(alert=alert) for alert in alerts if alert.thread == story.id]
    # Alerts come newest first; a story is told from its beginning.
    return StoryCard(story=story, reports=rows, more=len(story.reports) - len(rows), alerts=tuple(reversed(about)))
