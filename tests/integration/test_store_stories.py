"""Stories on a real Redis: their size, merging, and workers that take articles of one topic at the same moment."""

from __future__ import annotations

import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from worker.dedupe.fingerprint import is_stored_copy, reduced, signature
from worker.edge import codec, kept, keys
from worker.edge.store.articles import Archive, ArticleStore
from worker.model import Article, Match, Report, Source, Story
from worker.ports import Change
from worker.stories.group import place
from worker.stories.terms import terms

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
TOPIC = "Harbour"
MATCH = Match(topic=TOPIC, query="ferry", score=0.5, highlights=())
TEXT = (
    "Sample text: the evening ferry between Dunmore and Larkhill ran aground on a sandbank shortly after leaving the "
    "harbour, and all forty passengers were taken off by the lifeboat within the hour, the coastguard said on Friday."
)
WORKER = """
import sys
from worker.edge.redis_client import connect
sys.path.insert(0, sys.argv[3])
from test_store_stories import MATCH, article, decided, store_on
connection = connect(sys.argv[1])
store = store_on(connection)
sys.stdin.readline()
for number in map(int, sys.argv[2].split(",")):
    assert store.commit(f"entry-{number}", found := article(number), [MATCH], decided(found)) is not None
"""


class Noon:
    def now(self):
        return NOW


def article(number, text=TEXT):
    return Article(
        id=f"article-{number}",
        url=f"https://s{number}.example/ferry-{number}",
        title=f"Ferry aground off Dunmore, passengers safe, report {number}",
        text=text,
        published=NOW,
        seen_at=NOW + timedelta(seconds=number),
        source=Source(domain=f"s{number}.example"),
    )


def decided(found):
    def decide(live):
        placed = place(
            found, TOPIC, reduced(signature(found.text)), live[TOPIC].stories, now=NOW, is_copy=is_stored_copy
        )
        merged = tuple((gone, placed.story.id) for gone in placed.absorbed)
        return Change(stories=(placed.story,), merged=merged)

    return decide


def store_on(connection):
    return ArticleStore(
        connection,
        clock=Noon(),
        ttl=3600,
        window=86_400,
        topic_ids={TOPIC: "t1"},
        due=lambda _alert, _now: {},
        queue_deliveries=lambda _pipe, _ids: None,
    )


def test_processes_that_take_articles_of_one_event_at_once_make_one_story(store, redis_server):
    folder = str(Path(__file__).parent)
    shares = ["0,2,4,6,8,10", "1,3,5,7,9,11"]
    workers = [
        subprocess.Popen([sys.executable, "-c", WORKER, redis_server.url, share, folder], stdin=subprocess.PIPE)
        for share in shares
    ]
    for worker in workers:
        worker.stdin.write(b"go\n")
        worker.stdin.close()
    assert [worker.wait(timeout=60) for worker in workers] == [0, 0]
    (story,) = Archive(store).stories()
    assert sorted(told.article_id for told in story.reports) == sorted(f"article-{number}" for number in range(12))
    originals = [told for told in story.reports if told.copy_of is None]
    assert len(originals) == 1
    assert {told.copy_of for told in story.reports} == {None, originals[0].article_id}


def test_threads_of_one_article_commit_it_once(store):
    articles, found = store_on(store), article(1)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda n: articles.commit(f"entry-{n}", found, [MATCH], decided(found)), range(8)))
    assert len([change for change in done if change is not None]) == 1
    assert len(Archive(store).stories()[0].reports) == 1


def story(name, minutes=0, **more):
    seen = NOW + timedelta(minutes=minutes)
    told = Report(article_id=f"of-{name}", source="s.example", title="Sample", url="", published=None, seen_at=seen)
    return Story(id=name, topic=TOPIC, headline=name, first_seen=seen, last_seen=seen, reports=(told,), **more)


def test_a_merged_story_is_found_by_its_former_ids_and_listed_once(store):
    articles = store_on(store)
    words = tuple(terms(article(1)).items())
    one, two, three = (story(name, at, terms=words) for at, name in enumerate(("one", "two", "three")))
    articles.commit("e1", article(1), [MATCH], lambda _: Change(stories=(one, two, three)))
    articles.commit("e2", article(2), [MATCH], lambda _: Change(stories=(two,), merged=((three, "two"),)))
    articles.commit("e3", article(3), [MATCH], lambda _: Change(stories=(one,), merged=((two, "one"),)))
    archive = Archive(store)
    assert [archive.story(name).id for name in ("one", "two", "three")] == ["one"] * 3
    assert [found.id for found in archive.stories()] == ["one"]
    offered = []

    def look(live):
        offered.extend(found.id for found in live[TOPIC].stories)
        return Change()

    articles.commit("e4", article(4), [MATCH], look)
    assert offered == ["one"]
    assert 0 < store.ttl(keys.STORY_MERGED + "two") <= store.ttl(keys.STORY + "one")


def test_a_story_of_three_reports_takes_no_more_than_two_kilobytes(store):
    words = TEXT.split()
    texts = [TEXT, " ".join(reversed(words)), " ".join(words[1::2] + words[::2])]
    live = []
    for number, text in enumerate(texts):
        found = replace(article(number, text), id=f"{number:016x}")
        placed = place(found, TOPIC, reduced(signature(text)), live, now=NOW, is_copy=is_stored_copy)
        live = [placed.story]
    assert [bool(told.signature) for told in live[0].reports] == [True] * 3
    store_on(store).commit("e", article(9), [MATCH], lambda _: Change(stories=tuple(live)))
    assert store.memory_usage(keys.STORY + live[0].id) <= 2048


@pytest.mark.parametrize("reports", [0, 1, 3])
def test_a_story_survives_the_round_trip(reports):
    prints = [reduced(range(number, number + 64)) if number != 1 else () for number in range(reports)]
    (told,) = story("s").reports
    whole = replace(
        story("s", terms=(("ferry", 0.5),), told=("new_story",), cohesion=0.4),
        reports=tuple(replace(told, signature=value) for value in prints),
    )
    assert kept.unpack(kept.pack(kept.Kept(story=whole, posted=(3, 7)))) == kept.Kept(story=whole, posted=(3, 7))


def test_a_story_of_an_earlier_release_is_read_and_its_signatures_still_compare():
    (told,) = story("s").reports
    print_now = signature(TEXT)
    former = replace(story("s"), reports=(replace(told, signature=tuple(0x10000 * 7 + value for value in print_now)),))
    assert kept.unpack(codec.dump(former)).story.reports[0].signature == reduced(print_now)


def test_a_record_of_the_release_before_is_read():
    """Every report with title and address, and sixteen bits of every number of a signature."""
    (told,) = story("s").reports
    reports = tuple(replace(told, article_id=f"a{n}", url=f"https://sample.example/{n}") for n in range(7))
    whole = replace(story("s", terms=(("ferry", 0.5),), told=("new_story",)), reports=reports)
    prints, body = signature(TEXT), kept.pack(kept.Kept(story=whole, posted=(3, 7)), whole=True)
    former = b"\x02" + body[1:] + struct.pack(">HH64H", 6, 64, *prints)
    last = replace(reports[6], signature=reduced(prints))
    expected = replace(whole, reports=(*reports[:6], last))
    assert kept.unpack(former) == kept.Kept(story=expected, posted=(3, 7))
