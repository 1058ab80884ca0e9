"""Hot feeds on a real Redis."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from worker.edge.store.feeds import FeedStore
from worker.edge.store.hot import HOT, HotFeeds
from worker.model import Feed, FeedState

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
FEED = Feed(url="https://example.org/rss", name="Sample")
POLLED = FeedState(not_before=NOW + timedelta(minutes=5), next_due=NOW + timedelta(hours=5), polls=1)


@pytest.fixture
def feeds(store):
    found = FeedStore(store)
    found.sync([FEED], lambda _feed: NOW)
    return found


def commit(feeds, state, now=NOW):
    (claim,) = feeds.claim(now, lease=60, limit=1)
    feeds.commit(claim, state, work=(), shown=(), queue_work=lambda *_: None, outcome="unchanged")


def due(feeds):
    return feeds.view()[0].due


def test_the_next_poll_comes_as_soon_as_it_may(store, feeds):
    commit(feeds, POLLED)
    HotFeeds(store).heat(FEED.id, NOW)
    assert due(feeds) == POLLED.not_before
    later = NOW + timedelta(minutes=10)
    commit(feeds, POLLED, now=NOW + timedelta(hours=6))
    HotFeeds(store).heat(FEED.id, later)
    assert due(feeds) == later


def test_it_never_comes_later_for_it(store, feeds):
    commit(feeds, replace(POLLED, next_due=NOW + timedelta(minutes=5)))
    HotFeeds(store).heat(FEED.id, NOW + timedelta(minutes=20))
    assert due(feeds) == NOW + timedelta(minutes=5)


@pytest.mark.parametrize(
    "state", [replace(POLLED, errors=2), replace(POLLED, gone=True, next_due=None), replace(POLLED, not_before=None)]
)
def test_a_feed_that_fails_or_is_gone_keeps_its_time(store, feeds, state):
    commit(feeds, state)
    before = due(feeds)
    HotFeeds(store).heat(FEED.id, NOW)
    assert due(feeds) == before


def test_a_feed_that_is_being_polled_stays_with_who_polls_it(store, feeds):
    (claim,) = feeds.claim(NOW, lease=60, limit=1)
    HotFeeds(store).heat(FEED.id, NOW)
    assert feeds.claim(NOW + timedelta(seconds=30), lease=60, limit=1) == []
    assert claim.feed_id in HotFeeds(store).now(NOW)


def test_a_feed_that_was_removed_does_not_come_back(store, feeds):
    feeds.sync([], lambda _feed: NOW)
    HotFeeds(store).heat(FEED.id, NOW)
    assert feeds.view() == []


def test_heat_ends_also_where_a_clock_was_set_back(store):
    hot = HotFeeds(store)
    hot.heat(FEED.id, NOW)
    assert hot.now(NOW + timedelta(seconds=HOT - 1)) == {FEED.id}
    assert hot.now(NOW - timedelta(days=1)) == frozenset()
    assert hot.now(NOW + timedelta(seconds=HOT)) == frozenset()
    assert hot.now(NOW) == frozenset()
