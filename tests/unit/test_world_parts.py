"""What the simulated press of the benchmark promises, without starting anything."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest
from bench.world.machine import Pace
from bench.world.pages import SHOWN, Pages
from bench.world.picture import Line, chart
from bench.world.press import UNREACHABLE, Press, Scale
from bench.world.run import most_stored_after
from bench.world.stages import stage_of

from worker.dedupe.fingerprint import signature
from worker.match.engine import Matcher
from worker.model import Article, Source, Topic, short_id
from worker.pipeline import Watch, judge
from worker.poll.parse import parse_feed

SCALE = Scale(feeds=120, articles=900, topics=22, seed=3)


@pytest.fixture(scope="module")
def press():
    return Press(SCALE)


@pytest.fixture(scope="module")
def pages(press):
    found = Pages(press)
    found.started, found.speed, found.port = 1_760_000_000.0, 100.0, 80
    return found


def cleaned(pages, number):
    """An article as fetching and cleaning would leave it."""
    article = pages.press.articles[number]
    title, paragraphs = pages._words(number)
    at, url = datetime.fromtimestamp(pages.published(article), UTC), pages.link(article, 80)
    source = Source(domain=pages.press.host_of(article).address, name="")
    return Article(
        id=short_id("article", url),
        title=title,
        text="\n".join(paragraphs),
        url=url,
        canonical_url=url,
        source=source,
        published=at,
        seen_at=at,
    )


def told(pages):
    """The alerts that the product's own stages decide on the whole world, in memory."""
    topics = {
        topic.name: Topic(name=topic.name, query=topic.query, sources=topic.sources) for topic in pages.press.topics
    }
    watch = Watch(matcher=Matcher(list(topics.values()), []), topics=topics, entities={})
    stories, alerts = {}, Counter()
    for number in range(len(pages.press.articles)):
        article = cleaned(pages, number)
        matches = tuple(watch.matcher.match(article))
        live = {
            match.topic: SimpleNamespace(stories=stories.get(match.topic, ()), told=(), frequency=None, counted=0)
            for match in matches
        }
        prints = signature(article.text) if matches else ()
        change = judge(watch, article, matches, prints, live, now=article.seen_at)
        for story in change.stories:
            gone = {story.id, *(one.id for one, _ in change.merged)}
            stories[story.topic] = (*(one for one in stories.get(story.topic, ()) if one.id not in gone), story)
        alerts.update((alert.topic, alert.reason.value) for alert in change.alerts)
    return alerts


def test_the_alerts_that_are_due_are_those_the_stages_decide(press, pages):
    due = press.due(set(range(SCALE.articles)))
    assert {reason for _, reason in due} == {"new_story", "corroborated"}
    assert told(pages) == dict.fromkeys(due, 1)


def test_of_a_story_nobody_polled_no_alert_is_due(press):
    story = press.stories[0]
    everything = set(range(SCALE.articles))
    topic = press.topics[story.topic].name
    assert (topic, "new_story") in press.due(everything)
    assert (topic, "new_story") not in press.due(everything - set(story.articles))


def test_a_scale_makes_one_world(press):
    other = Press(SCALE)
    assert press.articles == other.articles
    assert press.topics == other.topics
    assert press.hosts == other.hosts


def test_nothing_comes_out_of_hosts_that_answer_nobody():
    large = Press(Scale(feeds=2_000, articles=1_000, topics=50, seed=5))
    assert any(host.behaviour in UNREACHABLE for host in large.hosts)
    assert not any(large.host_of(article).behaviour in UNREACHABLE for article in large.articles)


def test_a_feed_shows_its_newest_articles_and_old_entries_below_them(press, pages):
    shown = max(press.by_feed.values(), key=len)[:3]
    found = parse_feed(
        pages.document(0, shown), url="http://127.1.0.2/feed-0.xml", now=datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert len(found.entries) == SHOWN
    assert [entry.url for entry in found.entries[:3]] == [pages.link(article, 80) for article in reversed(shown)]


def test_at_its_own_pace_the_world_is_polled_by_the_defaults():
    assert (Pace(speed=1.0).interval, Pace(speed=1.0).shortest, Pace(speed=1.0).longest) == (900, 60, 21_600)


def test_a_quick_world_keeps_its_intervals_in_order_and_at_a_second():
    for speed in (10.0, 576.0, 100_000.0):
        pace = Pace(speed=speed)
        assert 1 <= pace.shortest <= pace.interval <= pace.longest


def test_a_picture_keeps_its_peaks_and_names():
    flat = [(float(at), 1.0) for at in range(5_000)]
    flat[2_345] = (2_345.0, 400.0)
    drawing = chart("Queues & more", "jobs", [Line(name="waits <here>", points=flat)])
    root = ET.fromstring(drawing)  # noqa: S314  our own
    drawn = root.find("{http://www.w3.org/2000/svg}polyline").get("points").split()
    heights = [float(point.partition(",")[2]) for point in drawn]
    assert len(drawn) <= 300
    assert heights.count(min(heights)) == 1
    assert "waits <here>" in "".join(root.itertext())


@pytest.mark.parametrize(
    ("stack", "stage"),
    [
        (["redis/client.py:get", "worker/edge/robots.py:_remembered", "worker/run/ingest.py:_one"], "fetch"),
        (["worker/match/text.py:__init__", "worker/pipeline.py:judge"], "match"),
        (["redis/client.py:execute", "worker/edge/store/articles.py:commit"], "stories, alerts, commit"),
        (["structlog/_base.py:bind", "worker/edge/rq_engine/worker.py:_go_on"], "event loop, log, all else"),
        (["rq/job.py:refresh", "worker/edge/rq_engine/popping.py:next"], "jobs: waited for, taken, leased, put away"),
        (["redis/client.py:execute"], "jobs: waited for, taken, leased, put away"),
    ],
)
def test_a_sample_counts_for_the_stage_that_called(stack, stage):
    whole = [*stack, "worker/edge/rq_engine/worker.py:_round", "worker/__main__.py:<module>"]
    assert stage_of(whole) == stage
    assert stage_of(stack) == ""
    assert stage_of([*stack, "worker/run/queue_process.py:_go_live", *whole]) == ""


def test_how_quick_a_run_was_leaves_out_the_last_that_fail():
    stored = [3, 3, 50, 98, 98, 103]
    samples = [{"at": number / 2, "stored": count} for number, count in enumerate(stored)]
    assert most_stored_after(samples) == 1.5


def test_a_day_with_more_news_is_as_long():
    ordinary, busy = (
        Scale(feeds=100, articles=1_000 * times, topics=1, seed=1, per_day=10.0 * times) for times in (1, 4)
    )
    assert ordinary.seconds == busy.seconds == 86_400.0
    assert sum(feed.per_day for feed in Press(busy).feeds) == pytest.approx(4_000)
