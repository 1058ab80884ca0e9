"""The live stories of a topic on a real Redis: any number of them, found by any worker, in few bytes, for a window."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.clocks import HandClock

from worker.config import Settings
from worker.dedupe.fingerprint import signature
from worker.edge import codec, kept, keys
from worker.edge.store.articles import Archive, ArticleStore
from worker.edge.store.outbox import Outbox
from worker.match.engine import Matcher
from worker.model import Article, DestinationSpec, Source, Topic
from worker.pipeline import Watch, judge
from worker.run.replay import Arrivals, Backtest, Told
from worker.stories.story import opened, report_of
from worker.stories.terms import terms

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
WINDOW = 72 * 3600.0
TOPIC = Topic(name="Harbour", query="ferry", sources=(1, 3))
WATCH = Watch(matcher=Matcher([TOPIC], []), topics={TOPIC.name: TOPIC}, entities={})
SYLLABLES = ("ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ra", "se", "ti", "vo", "wa", "ze", "dro")
WORKER = """
import sys
from worker.edge.redis_client import connect
sys.path[:0] = [sys.argv[3], sys.argv[3] + "/integration"]
from test_store_live import Newsroom, report
newsroom = Newsroom(connect(sys.argv[1]))
sys.stdin.readline()
for number in map(int, sys.argv[2].split(",")):
    newsroom.take(report(7, number))
"""


def word(of, syllables):
    return "".join(of.choices(SYLLABLES, k=syllables))


def report(event, number=0, minutes=0.0):
    """Sample report on an invented event: its names, and words as any report may use them."""
    of_event, own = random.Random(event), random.Random(event * 1000 + number)
    people = [word(of_event, 4).capitalize() for _ in range(6)]
    lead = " ".join(f"{own.choice(people)} {word(own, 3)} {word(own, 2)}" for _ in range(20))
    seen = NOW + timedelta(minutes=minutes)
    return Article(
        id=f"{event:08x}{number:08x}",
        url=f"https://outlet{number}.example/{event}",
        title=f"The ferry of {people[0]} and {people[1]} {word(own, 3)} at {people[2]} in this {word(own, 3)}",
        text=f"The sample ferry of {lead}.",
        published=seen,
        seen_at=seen,
        source=Source(domain=f"outlet{number}.example"),
    )


class Newsroom:
    """A store and what an ingest worker does with an article."""

    def __init__(self, connection, clock=None):
        self.clock = clock or HandClock(NOW)
        self.store = ArticleStore(
            connection,
            clock=self.clock,
            ttl=30 * 86_400,
            window=WINDOW,
            topic_ids={TOPIC.name: "t1"},
            due=lambda _alert, now: {"desk": now},
            queue_deliveries=lambda _pipe, _ids: None,
        )
        self.offered = []
        self.compared = []

    def take(self, article):
        matches, prints = WATCH.matcher.match(article), signature(article.text)

        def decide(live):
            self.compared = live[TOPIC.name].stories
            self.offered = [*live[TOPIC.name].stories, *live[TOPIC.name].told]
            return judge(WATCH, article, matches, prints, live, now=self.clock.now())

        return self.store.commit(article.id, article, matches, decide, signature=prints)


@pytest.fixture
def newsroom(store):
    return Newsroom(store)


def put_formerly(store, articles):
    """A story of each article as an earlier release kept it, which knew nothing of postings."""
    for article in articles:
        told = report_of(article, signature(article.text), NOW)
        story = replace(opened(told, terms(article), TOPIC.name), told=("new_story",))
        store.set(keys.STORY + story.id, codec.dump(story))
        store.zadd(keys.STORIES, {story.id: story.last_seen.timestamp()})
        store.zadd(keys.TOPIC_STORIES + "t1", {story.id: story.last_seen.timestamp()})
        store.incr(keys.TOPIC_VERSION + "t1")


def test_a_story_told_minutes_ago_is_compared_by_common_terms_too(newsroom):
    """Its rarest terms are in the names of its first report; the second outlet has a headline and no more."""
    title = "Divers, cranes, pilots, tugs, medics, rangers, welders, porters, cooks and nurses called to sample coast"
    text = "A ferry ran aground at Northport. " + " ".join(f"Sample{word(random.Random(n), 3)}" for n in range(4))
    first = replace(report(1), title=title, text=text)
    assert len(newsroom.take(first).alerts) == 1
    second = replace(report(2, minutes=8), title="Ferry with 80 passengers strands near Northport", text="")
    change = newsroom.take(second)
    assert [story.headline for story in newsroom.compared] == [title]
    assert change.alerts == ()


def test_the_oldest_of_many_live_stories_is_found_and_few_are_looked_at(newsroom, store):
    for event in range(215):
        assert [len(story.reports) for story in newsroom.take(report(event, minutes=event)).stories] == [1]
    for event in (0, 3, 214):
        change = newsroom.take(report(event, 1, minutes=300))
        assert [len(story.reports) for story in change.stories] == [2]
        assert not change.alerts
        assert len(newsroom.offered) < 60
    assert len(Archive(store).stories(1000)) == 215


def test_a_copy_finds_its_original_where_the_words_of_its_story_are_others(newsroom):
    first = newsroom.take(report(1))
    changed = newsroom.take(replace(report(2), text=report(1).text))
    assert changed.stories[0].id == first.stories[0].id
    assert changed.stories[0].reports[1].copy_of == report(1).id


def test_processes_that_take_reports_of_one_event_at_once_make_one_story_and_one_alert(store, redis_server):
    """Ten others are live, so that the story is looked up, and three sources are a step of their own."""
    for event in range(10, 20):
        Newsroom(store).take(report(event))
    folder = str(Path(__file__).parent.parent)
    shares = [",".join(map(str, range(start, 24, 3))) for start in range(3)]
    workers = [
        subprocess.Popen([sys.executable, "-c", WORKER, redis_server.url, share, folder], stdin=subprocess.PIPE)
        for share in shares
    ]
    for worker in workers:
        worker.stdin.write(b"go\n")
        worker.stdin.close()
    assert [worker.wait(timeout=90) for worker in workers] == [0, 0, 0]
    (story,) = [story for story in Archive(store).stories() if len(story.reports) > 1]
    assert sorted(told.article_id for told in story.reports) == sorted(report(7, number).id for number in range(24))
    reasons = sorted(alert.reason.value for alert in Outbox(store).recent(100) if alert.story.id == story.id)
    assert reasons == ["corroborated", "new_story"]


def test_what_ended_is_found_by_nobody_and_keeps_only_what_is_shown(newsroom, store):
    first = newsroom.take(report(1)).stories[0]
    newsroom.clock.pass_by(WINDOW + 60)
    change = newsroom.take(report(1, 1, minutes=WINDOW / 60 + 1))
    assert change.stories[0].id != first.id
    assert store.zrange(keys.TOPIC_STORIES + "t1", 0, -1) == [change.stories[0].id.encode()]
    shown = Archive(store).story(first.id)
    assert (shown.headline, len(shown.reports), shown.terms) == (first.headline, 1, ())
    assert not shown.reports[0].signature
    assert 0 < store.ttl(keys.STORY + first.id) <= 30 * 86_400
    newsroom.clock.pass_by(WINDOW + 60)
    for event in range(2, 5):
        newsroom.take(report(event, minutes=2 * WINDOW / 60 + 3))
    head = store.hget(keys.TOPIC_POSTED + "t1", "head")
    fourteen = 10 + 4
    assert f'"entries":{3 * fourteen},'.encode() in head


def test_all_that_stories_are_found_by_expires_with_the_window(newsroom, store):
    kinds = {keys.TOPIC_STORIES, keys.TOPIC_POSTED, keys.TOPIC_FIGURES, keys.TOPIC_WAITING}
    seen = set()
    for number in range(20):
        newsroom.take(report(1, number))
        left = {kind: store.ttl(kind + "t1") for kind in kinds if store.exists(kind + "t1")}
        assert all(WINDOW - 60 <= seconds <= WINDOW for seconds in left.values()), left
        seen |= left.keys()
    assert seen == kinds


def test_a_live_story_takes_less_than_two_kilobytes_with_all_it_is_found_by(newsroom, store):
    for event in range(50):
        for number in range(3):
            newsroom.take(report(event, number))
    ids = store.zrange(keys.TOPIC_STORIES + "t1", 0, -1)
    own = sum(store.memory_usage(keys.STORY + raw.decode(), samples=0) for raw in ids)
    kinds = (keys.TOPIC_STORIES, keys.TOPIC_POSTED, keys.TOPIC_FIGURES, keys.TOPIC_WAITING, keys.TOPIC_VERSION)
    shared = sum(store.memory_usage(kind + "t1", samples=0) or 0 for kind in kinds)
    shared += store.memory_usage(keys.STORIES, samples=0)
    assert len(ids) == 50
    assert (own + shared) / len(ids) <= 2048


def test_titles_and_addresses_of_a_long_story_are_read_from_its_articles(newsroom, store):
    told = [report(1, number, minutes=number) for number in range(12)]
    for article in told:
        (story,) = newsroom.take(article).stories
    expected = [(article.title, article.url) for article in told]
    assert [(one.title, one.url) for one in Archive(store).story(story.id).reports] == expected
    # A worker that did not take them decides by the same words, and tells of them.
    other = Newsroom(store)
    other.take(report(1, 12, minutes=13))
    assert [(one.title, one.url) for one in other.compared[0].reports] == expected
    assert len(kept.unpack(store.get(keys.STORY + story.id)).left_out) == 13 - kept.WHOLE_REPORTS


def test_of_a_report_whose_article_is_gone_the_rest_is_known(newsroom, store):
    told = [report(1, number, minutes=number) for number in range(9)]
    for article in told:
        (story,) = newsroom.take(article).stories
    store.delete(keys.ARTICLE + told[2].id, keys.ARTICLE + told[7].id)
    found = Archive(store).story(story.id).reports
    assert [one.title for one in found] == [*(one.title for one in told[:7]), "", told[8].title]
    assert (found[7].source, found[7].seen_at) == (told[7].source.domain, told[7].seen_at)
    assert [len(one.reports) for one in Newsroom(store).take(report(1, 9, minutes=9)).stories] == [10]


def test_a_story_that_ended_keeps_every_title_by_itself(newsroom, store):
    told = [report(1, number, minutes=number) for number in range(8)]
    for article in told:
        (story,) = newsroom.take(article).stories
    newsroom.clock.pass_by(WINDOW + 3600)
    newsroom.take(report(2, minutes=WINDOW / 60 + 60))
    store.delete(*(keys.ARTICLE + article.id for article in told))
    assert [one.title for one in Archive(store).story(story.id).reports] == [article.title for article in told]


def test_postings_of_the_release_before_are_built_anew(newsroom, store):
    newsroom.take(report(1))
    head = json.loads(store.hget(keys.TOPIC_POSTED + "t1", "head"))
    del head["form"]
    store.hset(keys.TOPIC_POSTED + "t1", mapping={"head": json.dumps(head), 0: b"of another form"})
    assert [len(story.reports) for story in newsroom.take(report(1, 1, minutes=1)).stories] == [2]


def test_stories_of_an_earlier_release_are_found_from_the_first_article_on(newsroom, store):
    put_formerly(store, [report(event) for event in range(230)])
    change = newsroom.take(report(5, 1, minutes=1))
    assert [len(story.reports) for story in change.stories] == [2]
    assert not change.alerts
    again = newsroom.take(report(5, 2, minutes=2))
    assert [len(story.reports) for story in again.stories] == [3]
    assert [len(story.reports) for story in newsroom.take(report(6, 1, minutes=3)).stories] == [2]


def test_stories_that_a_worker_of_an_earlier_release_opens_meanwhile_are_found(newsroom, store):
    newsroom.take(report(1))
    put_formerly(store, [report(2)])
    assert [len(story.reports) for story in newsroom.take(report(2, 1, minutes=1)).stories] == [2]
    assert [len(story.reports) for story in newsroom.take(report(1, 1, minutes=2)).stories] == [2]


def test_what_was_lost_is_found_anew_from_the_stories(newsroom, store):
    newsroom.take(report(1))
    store.delete(keys.TOPIC_POSTED + "t1", keys.TOPIC_FIGURES + "t1", keys.TOPIC_WAITING + "t1")
    assert [len(story.reports) for story in newsroom.take(report(1, 1, minutes=1)).stories] == [2]


def test_a_backtest_decides_as_workers_that_take_turns_on_one_store(store):
    lines = [report(event % 37, event // 37, minutes=30 * event) for event in range(240)]
    clock = HandClock(NOW)
    workers, told = [Newsroom(store, clock) for _ in range(3)], []
    for at, article in enumerate(lines):
        clock.time = article.seen_at
        told += [(alert.id, alert.created, alert.sent_because) for alert in workers[at % 3].take(article).alerts]
    desk = DestinationSpec(name="desk", type="console")
    test = Backtest(Settings(storage_dir=Path("unused"), topics=(TOPIC,), destinations=(desk,)))
    outcomes = [one.alert for one in test.run(Arrivals(lines, 30 * 86_400)) if isinstance(one, Told)]
    assert [(alert.id, alert.created, alert.sent_because) for alert in outcomes] == told
    assert len(told) > 37
