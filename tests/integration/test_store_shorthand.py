"""Articles are kept small by dictionaries that come and go, and none of them becomes unreadable."""

from __future__ import annotations

from datetime import timedelta
from statistics import mean

import pytest
from support.clocks import HandClock
from support.prose import START, Press

from worker.edge import keys
from worker.edge.store.articles import Archive, ArticleStore
from worker.edge.store.newsdesk import Newsdesk
from worker.edge.store.shorthand import ENOUGH, EVERY, SETTLES, Shorthand, keep, learn, names
from worker.ports import Change

WEEK = 7 * 86_400
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def press():
    return Press()


@pytest.fixture
def clock():
    return HandClock(START)


@pytest.fixture
def put(store, press, clock):
    """Commit so many reports, each seen a second later, by a worker that starts now."""
    published = iter(range(10_000))

    def commit(count):
        articles = ArticleStore(
            store,
            clock=clock,
            ttl=WEEK,
            window=WEEK,
            topic_ids={},
            due=lambda _alert, _now: {},
            queue_deliveries=lambda _pipe, _ids: None,
        )
        made = []
        for _ in range(count):
            clock.pass_by(1)
            made.append(press.article(next(published), seen_at=clock.now()))
            articles.commit(made[-1].id, made[-1], [], lambda _live: Change())
        return made

    return commit


def size(store, articles):
    return mean(store.memory_usage(keys.ARTICLE + article.id) for article in articles)


def test_a_dictionary_is_learned_settles_and_then_an_article_of_400_words_takes_1200_bytes(store, put, clock):
    first = put(ENOUGH - 1)
    assert learn(store, clock.now()) is None, "too few to learn from"
    first += put(1)
    name = learn(store, clock.now())
    assert names(store) == [name]
    assert learn(store, clock.now()) is None, "one is enough for a day"
    fresh = put(5)
    assert size(store, fresh) > 1_500, "a dictionary that a fail-over may lose is not used yet"
    clock.pass_by(SETTLES)
    short = put(60)
    # With its place in the index and what is remembered of its entry (test_store_done) about 1,200.
    assert size(store, short) <= 1_100
    archive, newsdesk = Archive(store), Newsdesk(store)
    everything = [*first, *fresh, *short]
    assert list(archive.articles(START)) == everything
    assert [archive.article(one.id) for one in everything[-8:]] == everything[-8:]
    assert list(newsdesk.articles_before(None)) == everything[::-1]


def test_a_dictionary_goes_only_after_the_last_article_that_needs_it(store, put, clock):
    put(ENOUGH)
    first = learn(store, clock.now())
    clock.pass_by(SETTLES)
    put(2)
    clock.pass_by(EVERY)
    keep(store, clock.now(), articles_ttl=WEEK)
    second = learn(store, clock.now())
    # The newest is not used until it has settled: what comes now needs the first.
    (last,) = put(1)
    keep(store, clock.now(), articles_ttl=WEEK)
    clock.pass_by(WEEK)
    # The operator keeps articles for less time now; until the next look at them those that are there stay.
    keep(store, clock.now(), articles_ttl=60)
    assert names(store) == [first, second]
    assert Archive(store).article(last.id) == last
    clock.pass_by(2 * HOUR.total_seconds())
    keep(store, clock.now(), articles_ttl=60)
    assert names(store) == [second]
    assert not store.exists(f"{keys.DICTIONARY}{first}")
    assert store.exists(f"{keys.DICTIONARY}{second}"), "the newest stays however long nobody looks"


def test_a_dictionary_stays_where_articles_are_kept_for_longer_than_when_they_came(store, put, clock):
    put(ENOUGH)
    first = learn(store, clock.now())
    clock.pass_by(SETTLES)
    (early,) = put(1)
    clock.pass_by(EVERY)
    second = learn(store, clock.now())
    clock.pass_by(SETTLES)
    put(1)
    keep(store, clock.now(), articles_ttl=WEEK)
    keep(store, clock.now(), articles_ttl=4 * WEEK)
    clock.pass_by(3 * WEEK)
    keep(store, clock.now(), articles_ttl=4 * WEEK)
    assert names(store) == [first, second]
    assert Archive(store).article(early.id) == early


def test_only_one_of_several_schedulers_makes_a_dictionary(store, put, clock):
    put(ENOUGH)
    store.set(keys.DICTIONARY_TURN, 1)
    assert learn(store, clock.now()) is None
    store.delete(keys.DICTIONARY_TURN)
    assert learn(store, clock.now())


def test_a_worker_whose_redis_lost_the_dictionary_writes_without_it_and_what_is_unreadable_counts_as_gone(
    store, put, press, clock
):
    put(ENOUGH)
    learn(store, clock.now())
    clock.pass_by(SETTLES)
    shorthand, one = Shorthand(), press.article(9_000)
    short = shorthand.pack(store, one, clock.now())
    store.delete(*store.keys(keys.PREFIX + "dictionar*"))
    clock.pass_by(10)
    plain = shorthand.pack(store, one, clock.now())
    assert len(plain) > len(short)
    assert Shorthand().unpack(store, plain) == one
    assert Shorthand().unpack(store, short) is None
    store.set(keys.ARTICLE + one.id, short)
    assert Archive(store).article(one.id) is None
