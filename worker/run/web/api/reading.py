"""What the API tells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TypeVar

from worker.edge import keys
from worker.edge.kept import WHOLE_REPORTS
from worker.edge.store.articles import Archive
from worker.edge.store.feed_pages import FeedPages
from worker.edge.store.feedback import Feedback
from worker.edge.store.mutes import STORY, TOPIC
from worker.edge.store.newsdesk import Newsdesk
from worker.edge.store.outbox import Outbox
from worker.edge.store.paging import Place, places_below
from worker.edge.store.pauses import Pauses
from worker.edge.store.published import web_url
from worker.model import Alert, Report, Story, Topic
from worker.run.status import collect
from worker.run.status_shape import StatusRecord
from worker.run.web.api import recorded, records
from worker.run.web.api.asked import (
    AlertAsked,
    AlertsAsked,
    ArticleAsked,
    ArticlesAsked,
    FeedsAsked,
    Nothing,
    Pages,
    StoriesAsked,
    StoryAsked,
    TopicAsked,
)
from worker.run.web.api.finder import Finder
from worker.run.web.api.problems import ProblemError
from worker.run.web.desk import Desk
from worker.run.web.topics import meaning_of

_DAY = timedelta(days=1)
# Of one story; none that people follow has more.
_REPORTS = 1_000

T = TypeVar("T")


class Reading:
    """The operations that change nothing. They raise ProblemError; redis.RedisError passes through."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._archive = Archive(desk.redis)
        self._newsdesk = Newsdesk(desk.redis)
        self._outbox = Outbox(desk.redis)
        self._feedback = Feedback(desk.redis)
        self._feeds, self._pauses = FeedPages(desk.redis), Pauses(desk.redis)
        self._finder = Finder(desk)

    def status(self, _asked: Nothing) -> StatusRecord:
        """How the whole is doing.

        The record of `wirewatch status --json`; its keys stay.
        """
        return collect(self._desk.redis)

    def topics(self, asked: Pages) -> records.TopicPage:
        """The topics, by name."""
        topics = sorted(self._desk.topics.values(), key=lambda topic: (topic.name.casefold(), topic.id))
        after = _place(asked.cursor)
        start = next((at + 1 for at, one in enumerate(topics) if after and one.id == after.member), 0)
        if after and not start:
            raise ProblemError(400, "cursor: that topic is not configured any more; begin anew")
        shown = topics[start : start + asked.limit]
        more = len(topics) > start + asked.limit
        return {"items": self._topics(shown), "next": Place(score=0, member=shown[-1].id).cursor() if more else None}

    def topic(self, asked: TopicAsked) -> records.TopicRecord:
        """One topic."""
        found = _there([topic for topic in self._desk.topics.values() if topic.id == asked.topic_id], "topic")
        return self._topics([found])[0]

    def stories(self, asked: StoriesAsked) -> records.StoryPage:
        """The stories that moved last.

        Of one topic, those that are still live.
        """
        key = keys.STORIES if asked.topic is None else keys.TOPIC_STORIES + self._topic_named(asked.topic).id
        places, after = self._places(key, asked.cursor, asked.limit)
        stories = self._newsdesk.stories([place.member for place in places])
        return {"items": self._stories((one, one.reports[:WHOLE_REPORTS]) for one in stories), "next": after}

    def story(self, asked: StoryAsked) -> records.StoryRecord:
        """One story with its reports.

        The id of a story that became part of another one leads to that.
        """
        story = self._archive.story(asked.story_id)
        found = _there([story] if story else [], "story")
        return self._stories([(found, found.reports[:_REPORTS])])[0]

    def alerts(self, asked: AlertsAsked) -> records.AlertPage:
        """The alerts that were decided last."""
        key = keys.ALERTS if asked.topic is None else keys.TOPIC_ALERTS + self._topic_named(asked.topic).id
        places, after = self._places(key, asked.cursor, asked.limit)
        found = self._outbox.alerts([place.member for place in places])
        return {"items": self._alerts(found), "next": after}

    def alert(self, asked: AlertAsked) -> records.AlertRecord:
        """One alert and its deliveries."""
        return self._alerts([_there(self._outbox.alerts([asked.alert_id]), "alert")])[0]

    def articles(self, asked: ArticlesAsked) -> records.ArticlePage:
        """The stored articles that were seen last, or those that match a query.

        A search looks at up to 5,000 articles or for two seconds at a time, and goes on at `next`.
        """
        query, after = asked.q.strip(), _place(asked.cursor)
        found = self._finder.search(query, after, asked.limit) if query else self._finder.listed(after, asked.limit)
        page: records.ArticlePage = {
            "items": [recorded.article_record(article, highlights) for article, highlights in found.found],
            "next": found.after.cursor() if found.after else None,
        }
        if query:
            page |= {"looked_at": found.looked_at, "meaning": found.meaning}
        return page

    def article(self, asked: ArticleAsked) -> records.WholeArticleRecord:
        """One article with its text."""
        article = self._archive.article(asked.article_id)
        found = _there([article] if article else [], "article")
        return recorded.whole_article_record(found)

    def feeds(self, asked: FeedsAsked) -> records.FeedPage:
        """The feeds and how they are."""
        after = _place(asked.cursor)
        found = self._feeds.page(asked.health, after.member if after else "", asked.limit + 1)
        shown, paused = found[: asked.limit], self._pauses.ids()
        more = len(found) > asked.limit
        return {
            "items": [recorded.feed_record(feed, is_paused=feed.id in paused) for feed in shown],
            "next": Place(score=0, member=shown[-1].id).cursor() if more else None,
        }

    def _places(self, key: str, cursor: str | None, limit: int) -> tuple[Sequence[Place], str | None]:
        """A page, and the cursor of the next one."""
        places = places_below(self._desk.redis, key, _place(cursor), limit + 1)
        return places[:limit], places[limit - 1].cursor() if len(places) > limit else None

    def _topic_named(self, name: str) -> Topic:
        topic = self._desk.topics.get(name)
        return _there([topic] if topic else [], "topic")

    def _topics(self, topics: Sequence[Topic]) -> list[records.TopicRecord]:
        moved = self._newsdesk.moved_since(topics, self._desk.clock.now() - _DAY)
        muted = {mute.of: mute for mute in self._desk.muted() if mute.kind == TOPIC}
        return [
            recorded.topic_record(
                topic,
                meaning=meaning_of(topic, self._desk.settings),
                stories=moved[topic.name],
                mute=muted.get(topic.name),
            )
            for topic in topics
        ]

    def _stories(self, stories: Iterable[tuple[Story, Sequence[Report]]]) -> list[records.StoryRecord]:
        told = list(stories)
        steps = self._newsdesk.steps([story for story, _ in told])
        muted = {mute.of: mute for mute in self._desk.muted() if mute.kind == STORY}
        base_url = web_url(self._desk.redis) or ""
        return [
            recorded.story_record(story, reports, steps.get(story.id, ()), mute=muted.get(story.id), base_url=base_url)
            for story, reports in told
        ]

    def _alerts(self, alerts: Sequence[Alert]) -> list[records.AlertRecord]:
        base_url = web_url(self._desk.redis) or ""
        said = self._feedback.of([alert.id for alert in alerts])
        return [
            recorded.alert_record(
                alert, self._outbox.deliveries(alert.id), judged=said.get(alert.id), base_url=base_url
            )
            for alert in alerts
        ]


def _place(cursor: str | None) -> Place | None:
    try:
        return Place.at(cursor) if cursor is not None else None
    except ValueError as error:
        raise ProblemError(400, f"cursor: {error}") from error


def _there(found: Sequence[T], what: str) -> T:
    if not found:
        raise ProblemError(404, f"there is no such {what}, or it is not stored any more")
    return found[0]
