"""Server time of the first page, and its size, with 10,000 stories and 1,000 feeds stored.

CPU seconds of the process per request, everything included from the request line to the last compressed byte. A part of
the work does not count the same way on another machine, so the time is also told in units of one that everybody can
repeat: reading a JSON document of 100 kB.

    PYTHONPATH=tests python tests/bench/first_page.py
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from support.newsroom import Newsroom

from worker.dedupe.fingerprint import PERMUTATIONS
from worker.edge import codec, keys
from worker.edge.clock import SystemClock
from worker.edge.embedded import EmbeddedRedis
from worker.edge.kept import Kept, pack
from worker.edge.redis_client import connect
from worker.model import Alert, Article, Feed, FeedState, Match, Reason, Report, Source, Story, Topic, short_id
from worker.run.web.app import create_app

STORIES, FEEDS, TOPICS, REPORTS = 10_000, 1_000, 20, 12
ROUNDS = 40
PATHS = ("/", "/?topic=Topic%203", "/feeds", "/static/style.css", "/static/live.js", "/static/icon.svg")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, EmbeddedRedis(Path(folder)) as server:
        connection = connect(server.url)
        fill(connection, datetime.now(UTC))
        app = create_app(connection, clock=SystemClock(), password=None)
        unit = unit_of_work()
        sys.stdout.write(f"unit of work: {unit * 1000:.2f} ms of CPU\n")
        for path in PATHS:
            size, seconds = measured(app, path)
            figures = f"{seconds * 1000:7.1f} ms of CPU ({seconds / unit:5.1f} units) {size / 1000:7.1f} kB compressed"
            sys.stdout.write(f"{path:<20} {figures}\n")


def measured(app, path: str) -> tuple[int, float]:
    size = asyncio.run(ask(app, path))
    taken = []
    for _ in range(ROUNDS):
        began = time.process_time()
        asyncio.run(ask(app, path))
        taken.append(time.process_time() - began)
    return size, median(taken)


async def ask(app, path: str) -> int:
    """The bytes of the body."""
    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"127.0.0.1"), (b"accept-encoding", b"gzip")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "scheme": "http",
    }
    size, sent = 0, iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive():
        """The request, then nothing more: the client stays."""
        return next(sent, None) or await asyncio.Event().wait()

    async def send(message):
        nonlocal size
        if message["type"] == "http.response.start" and message["status"] != 200:
            raise RuntimeError(f"{path} was answered with {message['status']}")
        size += len(message.get("body", b""))

    await app(scope, receive, send)
    return size


def unit_of_work() -> float:
    document = json.dumps([{"number": n, "word": "sample" * 5} for n in range(1_900)])
    taken = []
    for _ in range(ROUNDS):
        began = time.process_time()
        json.loads(document)
        taken.append(time.process_time() - began)
    return median(taken)


def fill(connection, now: datetime) -> None:
    topics = tuple(Topic(name=f"Topic {n}", query=f"sample{n}", sources=(1, 3)) for n in range(TOPICS))
    newsroom = Newsroom(connection)
    newsroom.publish(topics=topics)
    state = FeedState(last_poll=now, last_success=now, polls=40, unchanged=30, entries=200, title="Sample")
    newsroom.poll({Feed(url=f"https://feed{n}.example/rss", name=f"Feed {n}"): state for n in range(FEEDS)})
    with connection.pipeline(transaction=False) as pipe:
        for number in range(STORIES):
            put(pipe, number, topics[number % TOPICS], now - timedelta(seconds=20 * number))
        pipe.execute()


def put(pipe, number: int, topic: Topic, at: datetime) -> None:
    """A story of many reports, told twice."""
    reports = tuple(
        Report(
            article_id=short_id(str(number), str(n)),
            source=f"publisher{n}.example",
            title=f"Sample headline {number} as publisher {n} puts it",
            url=f"https://publisher{n}.example/{number}",
            published=at - timedelta(minutes=REPORTS - n),
            seen_at=at - timedelta(minutes=REPORTS - n - 1),
            copy_of=short_id(str(number), "0") if n % 3 == 1 else None,
            signature=(number % 16,) * PERMUTATIONS,
        )
        for n in range(REPORTS)
    )
    story = Story(
        id=short_id("story", str(number)),
        topic=topic.name,
        headline=reports[0].title,
        first_seen=reports[0].seen_at,
        last_seen=at,
        reports=reports,
        independent_sources=4,
        terms=tuple((f"word{number + n}", 0.5) for n in range(80)),
        told=("new_story", "corroborated:3"),
    )
    pipe.set(keys.STORY + story.id, pack(Kept(story=story)))
    pipe.zadd(keys.STORIES, {story.id: at.timestamp()})
    pipe.zadd(keys.TOPIC_STORIES + topic.id, {story.id: at.timestamp()})
    for key, reason, report in (("new_story", Reason.NEW_STORY, 0), ("corroborated:3", Reason.CORROBORATED, -1)):
        alert = Alert(
            id=short_id("alert", topic.name, story.id, key),
            reason=reason,
            topic=topic.name,
            sent_because="first report of this story: a sentence of some length that says why somebody was told of it",
            created=reports[report].seen_at,
            story=Story(**{**{name: getattr(story, name) for name in story.__slots__}, "terms": ()}),
            article=Article(id=reports[report].article_id, title=story.headline, source=Source(domain="a.example")),
            match=Match(topic=topic.name, query=topic.query, score=0.5, highlights=()),
        )
        pipe.set(keys.ALERT + alert.id, codec.dump(alert))
        pipe.zadd(keys.ALERTS, {alert.id: alert.created.timestamp()})
        pipe.sadd(keys.ALERT_DESTINATIONS + alert.id, "hook")
        pipe.hset(
            keys.DELIVERY + f"{alert.id}:hook",
            mapping={"state": "delivered", "attempts": 1, "delivered_at": at.isoformat()},
        )


if __name__ == "__main__":
    main()
