"""Subscriptions and what hubs pushed, in a real Redis."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.hubs import START

from worker.edge.store.feeds import FeedStore
from worker.edge.store.subscriptions import MOST_UNREAD, MOST_UNREAD_EACH, Push, Subscriptions
from worker.model import Feed
from worker.poll import websub
from worker.poll.websub import Offer, Subscription

FEED = Feed(url="https://publisher.example/feed", name="Sample")


def of(name="a", feed_id="f"):
    return Subscription(
        token=name,
        feed_id=feed_id,
        hub="https://hub.example/",
        topic=FEED.url,
        callback=f"https://me.example/websub/{name}",
        secret="s",
        due=START,
    )


@pytest.fixture
def subscriptions(store):
    return Subscriptions(store)


def push(body):
    return Push(content_type="application/rss+xml", body=body)


def test_a_feed_has_one_subscription(subscriptions):
    assert subscriptions.add(of("a"))
    assert not subscriptions.add(of("b"))
    assert subscriptions.wanted() == {"f": of("a")}
    assert subscriptions.get("b") is None


def test_a_change_that_somebody_else_made_meanwhile_is_built_upon(subscriptions, store):
    subscriptions.add(of())
    seen = []

    def slow(found):
        seen.append(found)
        if len(seen) == 1:
            Subscriptions(store).change("a", lambda other: replace(other, why="first"))
        return replace(found, errors=found.errors + 1)

    assert subscriptions.change("a", slow) == replace(of(), why="first", errors=1)
    assert subscriptions.get("a") == replace(of(), why="first", errors=1)
    assert len(seen) == 2


def test_what_is_left_makes_room_for_another_and_is_forgotten_when_it_is_over(subscriptions):
    subscriptions.add(of("a"))
    subscriptions.change("a", lambda found: websub.leaving(found, START))
    assert subscriptions.wanted() == {}
    assert subscriptions.add(of("b"))
    subscriptions.change("a", lambda _: None)
    assert subscriptions.get("a") is None
    assert list(subscriptions.wanted()) == ["f"]
    assert subscriptions.change("a", lambda found: found) is None


def test_what_is_due_is_leased_to_one(subscriptions, store):
    subscriptions.add(of("a"))
    subscriptions.add(of("b", "g"))
    assert subscriptions.due(START - timedelta(seconds=1), lease=60, limit=9) == []
    (first,) = subscriptions.due(START, lease=60, limit=1)
    (second,) = Subscriptions(store).due(START, lease=60, limit=9)
    assert {first.token, second.token} == {"a", "b"}
    assert subscriptions.due(START + timedelta(seconds=59), lease=60, limit=9) == []
    assert len(subscriptions.due(START + timedelta(seconds=60), lease=60, limit=9)) == 2


def test_offers_of_removed_feeds_are_forgotten(subscriptions, store):
    feeds = FeedStore(store)
    feeds.sync([FEED], lambda _: START)
    offer = Offer(hub="https://hub.example/", topic=FEED.url)
    subscriptions.note(FEED.id, offer)
    subscriptions.note("gone", offer)
    assert subscriptions.offers() == {FEED.id: offer}
    assert store.hlen("{ww}:hubs") == 1
    subscriptions.note(FEED.id, None)
    assert subscriptions.offers() == {}


def test_pushes_are_read_once_each_however_often_they_are_looked_at(subscriptions):
    for body in (b"1", b"2"):
        assert subscriptions.keep("a", push(body), START)
    found = subscriptions.unread(START, lease=30, limit=9)["a"]
    assert [one.body for one in found] == [b"1", b"2"]
    assert found[0].content_type == "application/rss+xml"
    assert subscriptions.unread(START, lease=30, limit=9) == {}
    again = subscriptions.unread(START + timedelta(seconds=30), lease=30, limit=9)["a"]
    assert again == found
    subscriptions.read("a", found[:1], START)
    subscriptions.keep("a", push(b"3"), START)
    subscriptions.read("a", again[:1], START)
    assert [one.body for one in subscriptions.unread(START, lease=30, limit=9)["a"]] == [b"2", b"3"]


def test_of_too_much_the_feed_is_polled_instead(subscriptions):
    kept = [subscriptions.keep("a", push(b"x"), START) for _ in range(20)]
    assert kept == [True] * MOST_UNREAD_EACH + [False] * (20 - MOST_UNREAD_EACH)
    found = subscriptions.unread(START, lease=30, limit=9)["a"]
    assert [one.body for one in found] == [b"x"] * MOST_UNREAD_EACH + [b""]
    subscriptions.read("a", found, START)
    assert subscriptions.keep("a", push(b"y"), START)


def test_of_too_many_the_feeds_are_polled_instead(subscriptions):
    kept = [subscriptions.keep(str(n), push(b"x"), START) for n in range(MOST_UNREAD + 5)]
    assert kept.count(True) == MOST_UNREAD
    found = subscriptions.unread(START, lease=30, limit=1_000)
    assert [pushes[0].body for pushes in found.values()].count(b"") == 5


def test_a_poll_that_is_due_later_does_not_hold_up_a_push(subscriptions):
    later = START + timedelta(minutes=1)
    subscriptions.look_again("a", later)
    assert subscriptions.unread(START, lease=30, limit=9) == {}
    subscriptions.keep("a", push(b"x"), START)
    assert [one.body for one in subscriptions.unread(START, lease=30, limit=9)["a"]] == [b"x"]


def test_a_poll_that_is_due_is_a_push_of_nothing(subscriptions):
    subscriptions.look_again("a", START)
    assert subscriptions.unread(START, lease=30, limit=9) == {"a": []}
    subscriptions.read("a", [], START)
    assert subscriptions.unread(START + timedelta(hours=1), lease=30, limit=9) == {}
