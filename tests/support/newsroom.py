"""A Redis filled the way the other processes fill it, for tests of the pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from worker.config import Settings, to_published
from worker.dedupe.fingerprint import PERMUTATIONS
from worker.edge.rq_engine.queue import JobQueue
from worker.edge.store.articles import ArticleStore
from worker.edge.store.feeds import FeedStore
from worker.edge.store.outbox import Outbox
from worker.edge.store.published import Published
from worker.model import (
    Alert,
    Article,
    DestinationSpec,
    Feed,
    FeedState,
    Match,
    Reason,
    Report,
    Source,
    Story,
    Topic,
    short_id,
)
from worker.ports import Change
from worker.secret import SecretStr

NOW = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)
TOPIC = Topic(name="Harbour bridge", query="harbour NEAR/5 bridge")
HOOK = DestinationSpec(
    name="hook", type="webhook", url=SecretStr("https://hook.example/in"), secret=SecretStr("whsec_c2FtcGxl")
)


class FixedClock:
    def now(self):
        return NOW


def ago(**delta):
    return NOW - timedelta(**delta)


def report(number, source, title, *, minutes, url=None, copy_of=None):
    return Report(
        article_id=f"article{number}",
        source=source,
        title=title,
        url=f"https://{source}/{number}" if url is None else url,
        published=ago(minutes=minutes),
        seen_at=ago(minutes=minutes - 1),
        copy_of=copy_of,
        signature=(number,) * PERMUTATIONS,
    )


REPORTS = (
    report(1, "coast.example", "The harbour bridge closes for repairs", minutes=50),
    report(2, "valley.example", "Harbour bridge closes for repairs", minutes=48, copy_of="article1"),
    report(3, "town.example", "Bridge closed: how to cross the harbour now", minutes=20),
)


def make_story(reports=REPORTS, **other):
    return Story(
        **{
            "id": "story1",
            "topic": TOPIC.name,
            "headline": reports[0].title,
            "first_seen": reports[0].seen_at,
            "last_seen": reports[-1].seen_at,
            "reports": tuple(reports),
            "independent_sources": 2,
            "told": ("new_story",),
            **other,
        }
    )


class Newsroom:
    """Fills a Redis the way the other processes do."""

    def __init__(self, connection):
        self.redis = connection
        self.outbox = Outbox(connection)
        self.queue = JobQueue(connection)
        self.queue.warm()

    def publish(self, *, topics=(TOPIC,), destinations=(HOOK,), feeds=(), entities=()):
        settings = Settings(
            storage_dir=Path("data"), topics=topics, destinations=destinations, feeds=feeds, entities=entities
        )
        Published(self.redis).put(to_published(settings), settings.fingerprint, NOW)

    def poll(self, states: Mapping[Feed, FeedState]):
        """Give each feed its state by polling it; a state of None leaves it unpolled."""
        store = FeedStore(self.redis)
        store.sync(list(states), lambda _: NOW)
        by_id = {feed.id: state for feed, state in states.items()}
        for claim in store.claim(NOW, lease=60, limit=len(states)):
            state = by_id[claim.feed_id]
            if state is None:
                store.release(claim, NOW)
                continue
            outcome = "failed" if state.error else "new"
            assert store.commit(claim, state, work=(), shown=(), queue_work=_no_work, outcome=outcome)

    def commit(self, story, *alerts, **article):
        """Commit an article that leads to this story and these alerts, due at the hook at once."""
        names = {story.topic: short_id("topic", story.topic)}
        store = ArticleStore(
            self.redis,
            clock=FixedClock(),
            ttl=86_400,
            window=86_400,
            topic_ids=names,
            due=lambda _alert, now: {HOOK.name: now},
            queue_deliveries=_no_work,
        )
        article = replace(make_article(story), **article)
        match = Match(topic=story.topic, query=TOPIC.query, score=0.5, highlights=())
        change = Change(
            stories=(story,), alerts=tuple(replace(make_alert(story, **alert), article=article) for alert in alerts)
        )
        assert store.commit(f"item-{article.id}", article, [match], lambda _live: change) == change


def _no_work(_pipe, _items):
    pass


def make_article(story):
    last = story.reports[-1]
    return Article(
        id=last.article_id,
        url=last.url,
        title=last.title,
        text=f"{last.title}. The crossing is closed until spring.",
        source=Source(domain=last.source),
        seen_at=last.seen_at,
    )


KEYS = {
    Reason.NEW_STORY: "new_story",
    Reason.CORROBORATED: "corroborated:3",
    Reason.CONFIRMED: "confirmed:harbour-office",
}


def alert_id(story, reason=Reason.NEW_STORY):
    """As a decision makes it, see test_web_newsdesk."""
    return short_id("alert", story.topic, story.id, KEYS[reason])


def make_alert(story, *, number=1, reason=Reason.NEW_STORY, because="first report of this story", highlights=()):
    return Alert(
        id=alert_id(story, reason),
        reason=reason,
        topic=story.topic,
        sent_because=because,
        created=ago(minutes=40 - number),
        story=story,
        article=make_article(story),
        match=Match(topic=story.topic, query=TOPIC.query, score=0.5, highlights=tuple(highlights)),
    )


def text_of(html):
    """The words of a page, without its markup."""
    body = re.sub(r"(?s)<head>.*?</head>|<[^>]*>", " ", html)
    return re.sub(r"\s+", " ", body)
