"""What a scheduler asks of hubs, and what becomes of subscriptions; against a real hub and the web process."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from types import SimpleNamespace

import pytest
from support.hubs import START, a_hub

from worker.edge import keys
from worker.edge.http import HttpClient
from worker.edge.store.feeds import FeedStore
from worker.edge.store.subscriptions import Subscriptions
from worker.model import Feed
from worker.poll.websub import Offer, State
from worker.run.websub import HubWork

FEED = Feed(url="https://publisher.example/feed", name="Sample")


@pytest.fixture
def world(store, hand_clock, web_url, hub, monkeypatch):
    """A configured feed that named the hub in a poll; `ask` is a scheduler's turn, until the hub has answered."""
    monkeypatch.setattr(random, "random", lambda: 0.0)
    feeds, subscriptions = FeedStore(store), Subscriptions(store)
    feeds.sync([FEED], lambda _: START)
    work = HubWork(subscriptions, feeds, hand_clock)
    work.note(FEED.id, Offer(hub=hub.url, topic=FEED.url))

    def ask(public_url=web_url):
        async def once():
            async with HttpClient(allow=["127.0.0.0/8"], user_agent="test") as http:
                work.look_again()
                await work.ask(http, public_url)

        asyncio.run(once())
        hub.join()

    return SimpleNamespace(
        store=store,
        clock=hand_clock,
        ask=ask,
        work=work,
        feeds=feeds,
        subscription=lambda: subscriptions.wanted().get(FEED.id),
        all_gone=lambda: not list(store.scan_iter("{ww}:subscription*")),
    )


def test_the_lease_is_renewed_before_its_end_with_the_same_callback(world, hub):
    world.ask()
    world.ask()
    assert len(hub.asked) == 1, "once is enough"
    world.clock.pass_by(430)
    world.ask()
    first, second = hub.asked
    assert first == second
    assert world.subscription().lease_until == START + timedelta(seconds=430 + 600)


def test_a_hub_that_is_down_is_asked_again_later(world, hub):
    hub.status, hub.answer = 503, "down for <b>maintenance</b>"
    world.ask()
    assert world.subscription().why == "127.0.0.1 answered 503: down for maintenance"
    assert world.subscription().due == START + timedelta(minutes=10)
    hub.status = 202
    world.ask()
    assert len(hub.asked) == 1
    world.clock.pass_by(600)
    world.ask()
    assert (world.subscription().state, world.subscription().why) == (State.ACTIVE, "")


def test_a_lease_that_cannot_be_renewed_ends_and_is_taken_up_again(world, hub):
    world.ask()
    hub.status = 500
    world.clock.pass_by(550)
    world.ask()
    assert world.subscription().is_active(world.clock.now())
    assert "500" in world.subscription().why
    world.clock.pass_by(3600)
    assert not world.subscription().is_active(world.clock.now())
    hub.status = 202
    world.ask()
    assert world.subscription().is_active(world.clock.now())


def test_a_hub_that_never_verifies_is_told_of(world, hub):
    hub.verifies = False
    world.ask()
    assert (world.subscription().state, world.subscription().why) == (State.ASKED, "")
    world.clock.pass_by(600)
    hub.status = 500
    world.ask()
    assert "500" in world.subscription().why
    world.clock.pass_by(1200)
    hub.status = 202
    world.ask()
    world.clock.pass_by(2400)
    hub.status, hub.answer = 202, ""
    world.ask()
    assert world.subscription().errors == 4


def test_a_hub_that_verifies_before_it_answers_is_understood(world, hub):
    hub.at_once, hub.status = True, 500
    world.ask()
    assert (world.subscription().state, world.subscription().why) == (State.ACTIVE, "")


def test_a_denial_is_kept_with_its_reason(world, hub):
    hub.denies = "not on this hub"
    world.ask()
    assert world.subscription().state is State.DENIED
    assert world.subscription().why == "the hub denied the subscription: not on this hub"
    world.clock.pass_by(86_400)
    world.ask()
    assert len(hub.asked) == 1
    hub.denies = None
    world.clock.pass_by(7 * 86_400)
    world.ask()
    assert world.subscription().state is State.ACTIVE


@pytest.mark.parametrize("status", [307, 308])
def test_another_hub_named_by_the_first_is_asked(world, hub, status):
    with a_hub() as second:
        hub.status, hub.location = status, second.url
        world.ask()
        second.join()
        assert len(second.callbacks) == 1


def test_hubs_that_send_each_other_round_in_circles_are_left(world, hub):
    hub.status, hub.location = 307, hub.url
    world.ask()
    assert len(hub.asked) == 4
    assert "307" in world.subscription().why


def test_a_removed_feed_is_unsubscribed_and_forgotten(world, hub):
    world.ask()
    world.feeds.sync([], lambda _: START)
    world.ask()
    assert [form["hub.mode"] for form in hub.asked] == ["subscribe", "unsubscribe"]
    assert hub.verified[-1] == (200, "sample-challenge")
    assert hub.callbacks == {}
    assert world.all_gone()


def test_leaving_a_hub_that_is_gone_is_given_up(world, hub):
    world.ask()
    hub.status = 500
    world.feeds.sync([], lambda _: START)
    world.ask()
    assert not world.all_gone()
    world.clock.pass_by(600)
    world.ask()
    assert world.all_gone(), "with the lease"


def test_without_a_public_url_nothing_is_asked_and_what_was_is_left(world, hub):
    world.ask(None)
    assert hub.asked == []
    world.ask()
    world.ask(None)
    assert hub.callbacks == {}
    assert world.all_gone()


def test_another_public_url_moves_the_subscription(world, hub, web_url):
    world.ask()
    other = web_url.replace("127.0.0.1", "localhost")
    world.ask(other)
    assert [callback.startswith(other) for callback in hub.callbacks] == [True]


def test_another_hub_named_by_the_feed_replaces_the_former(world, hub):
    world.ask()
    with a_hub() as second:
        world.work.note(FEED.id, Offer(hub=second.url, topic=FEED.url))
        world.ask()
        second.join()
        assert len(second.callbacks) == 1
    assert hub.callbacks == {}


@pytest.mark.parametrize("address", ["http://169.254.169.254/latest", "http://10.0.0.1/", "https://me:pw@127.0.0.1/"])
def test_a_hub_that_feeds_may_not_name_is_not_asked(world, address):
    world.work.note(FEED.id, Offer(hub=address, topic=FEED.url))
    world.ask()
    assert "refused" in world.subscription().why
    assert "pw" not in world.subscription().why


def test_one_hub_is_asked_for_one_feed_after_the_other_and_left_when_it_is_away(world, hub, store):
    many = [Feed(url=f"https://publisher.example/{n}", name=str(n)) for n in range(30)]
    world.feeds.sync(many, lambda _: START)
    gone = Offer(hub="http://127.0.0.1:1/", topic=FEED.url)
    for feed in many:
        world.work.note(feed.id, gone if feed is many[0] or feed is many[1] else Offer(hub=hub.url, topic=feed.url))
    for _ in range(4):
        world.ask()
    wanted = Subscriptions(store).wanted()
    assert sorted(one.state for one in wanted.values()).count(State.ACTIVE) == 28
    assert [one.errors for one in wanted.values() if one.hub == gone.hub].count(1) >= 1
    assert hub.at_most == 1


def test_what_a_feed_says_each_time_is_noted_once(world, store):
    offer = Offer(hub="https://hub.example/", topic=FEED.url)
    world.work.note(FEED.id, offer)
    assert store.hkeys(keys.HUBS) == [FEED.id.encode()]
    store.delete(keys.HUBS)
    world.work.note(FEED.id, offer)
    assert not store.exists(keys.HUBS), "nothing was written again"


def test_of_feeds_without_a_hub_nothing_is_noted_until_one_that_had_one_says_so(world, store):
    world.work.note(FEED.id, Offer(hub="https://hub.example/", topic=FEED.url))
    world.work.look_again()
    for number in range(5):
        world.work.note(f"{number:016x}", None)
    store.hset(keys.HUBS, "another", "[]")
    world.work.note(f"{1:016x}", None)
    assert set(store.hkeys(keys.HUBS)) == {FEED.id.encode(), b"another"}
    for _ in range(2):
        world.work.note(FEED.id, None)
        assert store.hkeys(keys.HUBS) == [b"another"]
        store.hset(keys.HUBS, "another", "[]")


def test_subscriptions_nobody_looks_after_go_by_themselves(world, store):
    world.ask()
    (key,) = store.scan_iter("{ww}:subscription:*")
    assert 80 * 86_400 < store.ttl(key) <= 90 * 86_400
