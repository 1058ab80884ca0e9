"""What is remembered of entries that became articles takes little room and goes with the articles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from worker.edge import keys
from worker.edge.store.articles import ArticleStore
from worker.edge.store.done import DAY, DoneEntries
from worker.edge.store.upkeep import trim
from worker.model import Article, short_id
from worker.ports import Change

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
WEEK = 7 * DAY
DAYS = timedelta(days=1)


@pytest.fixture
def note(store):
    def all_of(some, now=NOW, done=None):
        done = done or DoneEntries(store)
        with store.pipeline() as pipe:
            pipe.multi()
            for one in some:
                done.note(pipe, one, short_id("article", one), now, ttl=WEEK)
            pipe.execute()

    return all_of


def entries(count):
    return [short_id("entry", str(number)) for number in range(count)]


def size(store):
    return sum(store.memory_usage(key, samples=0) for key in store.scan_iter(keys.DONE_DAYS + "*"))


def test_an_entry_that_was_noted_is_found_by_every_process_on_every_day_until_it_is_forgotten(store, note):
    some = entries(300)
    note(some)
    later = NOW + 6 * DAYS
    note(["another"], later)
    done = DoneEntries(store)
    assert [done.article_of(one, later) for one in some] == [short_id("article", one) for one in some]
    assert done.article_of("unknown", later) is None
    with store.pipeline() as pipe:
        done.forget(pipe, some[7], later)
        pipe.execute()
    assert [one for one in some if done.article_of(one, later) is None] == [some[7]]


def test_ten_thousand_entries_take_40_bytes_each_on_a_day_that_is_like_the_one_before(store, note):
    store.zadd(keys.ARTICLES, {str(number): NOW.timestamp() for number in range(10_000)})
    some = entries(10_000)
    note(some)
    assert size(store) / len(some) <= 40


def test_a_day_with_far_more_than_the_one_before_costs_bytes_and_nothing_else(store, note):
    some = entries(40_000)
    done = DoneEntries(store)
    for start in range(0, len(some), 5_000):
        note(some[start : start + 5_000], done=done)
    assert all(done.article_of(one, NOW) == short_id("article", one) for one in some[::500])
    assert size(store) / len(some) < 140


def test_what_was_noted_goes_once_the_articles_of_its_day_do(store, note):
    note(entries(50))
    lasting = {store.ttl(key) for key in store.scan_iter(keys.DONE + "*")}
    assert lasting == {WEEK + DAY}
    trim(store, NOW + 7 * DAYS, articles_ttl=WEEK)
    assert store.hlen(keys.DONE_DAYS) == 1, "some of it may be needed still"
    trim(store, NOW + 9 * DAYS, articles_ttl=WEEK)
    assert store.hlen(keys.DONE_DAYS) == 0


def test_what_a_former_release_noted_counts(store):
    store.set(keys.ENTRY + "former", "its article")
    done = DoneEntries(store)
    assert done.article_of("former", NOW) == "its article"
    assert keys.ENTRY + "former" in done.watched("former", NOW)
    with store.pipeline() as pipe:
        done.forget(pipe, "former", NOW)
        pipe.execute()
    assert done.article_of("former", NOW) is None


def test_two_workers_with_one_entry_make_one_article_of_it(store):
    def worker(url, other=None):
        class Clock:
            def now(self):
                return NOW

        articles = ArticleStore(
            store,
            clock=Clock(),
            ttl=WEEK,
            window=WEEK,
            topic_ids={},
            due=lambda _alert, _now: {},
            queue_deliveries=lambda _pipe, _ids: None,
        )

        def decide(_live):
            if other:
                other()
            return Change()

        # The page has another address each time, so that the articles would be two.
        return articles.commit("entry", Article(id=short_id(url), url=url), [], decide)

    assert worker("https://example.org/a", other=lambda: worker("https://example.org/b")) is None
    assert [raw.decode() for raw in store.zrange(keys.ARTICLES, 0, -1)] == [short_id("https://example.org/b")]


def test_articles_are_deleted_when_their_time_is_over(store):
    for number in range(1_200):
        store.set(f"{keys.ARTICLE}{number}", "sample")
        store.zadd(keys.ARTICLES, {str(number): NOW.timestamp() + number})
    trim(store, NOW + 7 * DAYS + timedelta(seconds=1_099), articles_ttl=WEEK)
    assert store.zcard(keys.ARTICLES) == 100
    assert sum(1 for _ in store.scan_iter(keys.ARTICLE + "*")) == 100
