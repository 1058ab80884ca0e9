"""WebSub from end to end: a real hub, a real publisher, the web process and schedulers over a real Redis."""

from __future__ import annotations

import os
import random
from datetime import timedelta
from types import SimpleNamespace

import pytest
from support.hubs import START
from support.schedulers import play

from worker.config import load
from worker.edge.rq_engine.queue import INGEST, JobQueue
from worker.edge.store.events import counters
from worker.edge.store.feeds import FeedStore
from worker.edge.store.subscriptions import Subscriptions
from worker.poll.websub import State
from worker.run import scheduler, websub
from worker.run.scheduler import Scheduler

CONFIG = """
[network]
allow = ["127.0.0.0/8"]
[polling]
interval = "1h"
min_interval = "1m"
max_interval = "6h"
"""


@pytest.fixture
def path(tmp_path, monkeypatch):
    """The configuration file, watched closely; nothing is left to chance, and no clock moves by itself."""
    monkeypatch.setattr(scheduler, "HUBS_EVERY", 0.05)
    monkeypatch.setattr(scheduler, "CONFIG_EVERY", 0.05)
    monkeypatch.setattr(websub, "BUSY_AGAIN", timedelta(0))
    monkeypatch.setattr(random, "random", lambda: 0.0)
    return tmp_path / "wirewatch.toml"


@pytest.fixture
def world(store, hand_clock, web_url, publisher, path):
    """What tests look at and do; `run` plays a scheduler on it."""
    clock = hand_clock
    stamps = iter(range(1_000_000_000, 1_000_001_000))

    def write(public_url=web_url, feed=True):
        line = f'[web]\npublic_url = "{public_url}"\n' if public_url else ""
        feeds = f'[[feeds]]\nurl = "{publisher.url}/feed"\nname = "Sample"\n' if feed else ""
        path.write_text(CONFIG + line + feeds, "utf-8")
        at = next(stamps)
        os.utime(path, (at, at))

    def new():
        one = Scheduler(store, path, load(path, env={}))
        one._clock = one._hub_work._clock = one._polls._clock = one._configured._clock = clock
        return one

    def subscription():
        return next(iter(Subscriptions(store).wanted().values()), None)

    write()
    return SimpleNamespace(
        store=store,
        clock=clock,
        web=web_url,
        write=write,
        new=new,
        run=lambda *steps: play(new(), *steps),
        subscription=subscription,
        active=lambda: subscription() is not None and subscription().state is State.ACTIVE,
        jobs=lambda: JobQueue(store).depths()[INGEST]["waiting"],
        feed=lambda: FeedStore(store).view()[0].state,
        counted=lambda result: counters(store).get(f'wirewatch_pushes_total{{result="{result}"}}', 0),
        all_read=lambda: not store.exists("{ww}:pushes:due"),
    )


def test_a_feed_that_names_a_hub_is_subscribed_verified_and_pushed(world, hub, publisher):
    world.run(
        world.active,
        lambda: hub.push(publisher.feed(["2", "3"])) == [202] or pytest.fail("the hub was not heard"),
        lambda: world.feed().entries == 3,
    )
    (asked,) = hub.asked
    assert asked["hub.topic"] == f"{publisher.url}/feed"
    assert asked["hub.callback"].startswith(f"{world.web}/websub/")
    assert len(asked["hub.secret"]) < 200
    assert world.subscription().lease_until == START + timedelta(seconds=600)
    assert world.jobs() == 2, "one of the poll, one of the push"
    assert publisher.polls == 1
    assert world.counted("kept") == 1


def test_a_hub_in_link_headers_is_found_too(world, publisher, hub):
    publisher.in_header = True
    world.run(world.active)
    assert hub.asked[0]["hub.topic"] == f"{publisher.url}/feed"


def test_without_a_public_url_no_hub_is_asked(world, hub, publisher):
    world.write(public_url=None)
    world.run(lambda: world.store.hlen("{ww}:hubs") == 1, lambda: publisher.polls == 1)
    assert hub.asked == []
    world.write()
    world.run(world.active)
    assert publisher.polls == 1, "what the feed said before is enough"


def test_a_push_moves_nothing_that_belongs_to_polls(world, hub, publisher):
    before = []
    world.run(
        world.active,
        lambda: before.append(world.feed()),
        lambda: hub.push(publisher.feed(["2"])),
        lambda: world.feed().entries == 2,
    )
    after = world.feed()
    assert (after.etag, after.body_hash, after.last_poll, after.next_due, after.polls) == (
        before[0].etag,
        before[0].body_hash,
        before[0].last_poll,
        before[0].next_due,
        before[0].polls,
    )
    assert after.pushed_at == START


def test_what_was_pushed_before_is_no_news(world, hub, publisher):
    """A hub may send again, and so may whoever overheard it."""
    old = publisher.feed(["2"])
    world.run(
        world.active,
        lambda: hub.push(old),
        lambda: world.jobs() == 2,
        lambda: world.clock.pass_by(3600),
        lambda: hub.push(old) == [202] or pytest.fail("refused"),
        lambda: world.counted("kept") == 2 and world.all_read(),
    )
    assert world.jobs() == 2
    assert world.feed().pushed_at == START


@pytest.mark.parametrize(
    "wrong", [{"secret": "another"}, {"x_hub_signature": ""}, {"x_hub_signature": "md5=abc"}, {"method": "md5"}]
)
def test_a_push_that_is_not_signed_is_dropped_without_a_word(world, hub, publisher, wrong):
    world.run(
        world.active,
        lambda: hub.push(publisher.feed(["2"]), **wrong) == [202] or pytest.fail("it was told apart"),
        lambda: world.counted("unsigned") == 1,
        lambda: hub.push(publisher.feed(["3"])),
        lambda: world.feed().entries == 2,
    )
    assert world.counted("kept") == 1


def test_many_pushes_do_not_make_old_entries_new(world, hub, publisher):
    """A push shows a part of the feed; what it does not show is not forgotten."""
    publisher.items = [str(n) for n in range(1, 601)]
    world.run(
        world.active,
        lambda: hub.push(publisher.feed(["601"])),
        lambda: world.feed().entries == 501,
        lambda: hub.push(publisher.feed(["7", "8", "601"])),
        lambda: world.counted("kept") == 2 and world.all_read(),
    )
    assert world.feed().entries == 501, "500 of the first poll, one of the push"


@pytest.mark.parametrize("body", [b"", b"ping", b"<html>moved</html>"])
def test_a_push_without_content_has_the_feed_polled(world, hub, publisher, body):
    world.run(
        world.active,
        lambda: publisher.items.insert(0, "2"),
        lambda: world.clock.pass_by(70),
        lambda: hub.push(body),
        lambda: world.feed().entries == 2,
    )
    assert publisher.polls == 2


def test_such_pushes_do_not_make_us_poll_more_often_than_the_smallest_interval(world, hub, publisher):
    world.run(
        world.active,
        lambda: [hub.push(b"") for _ in range(5)],
        lambda: world.counted("kept") + world.counted("too_many") == 5 and world.all_read(),
    )
    assert publisher.polls == 1
    assert FeedStore(world.store).view()[0].due == START + timedelta(seconds=60)


def test_what_was_published_before_the_hub_knew_us_is_looked_for(world, hub, publisher):
    world.run(
        world.active,
        lambda: publisher.items.insert(0, "2"),
        lambda: world.clock.pass_by(61),
        lambda: world.feed().entries == 2,
    )


def test_a_feed_that_names_its_hub_no_more_is_unsubscribed(world, hub, publisher):
    hub.lease = 864_000
    world.run(
        world.active,
        lambda: setattr(publisher, "hub", ""),
        lambda: publisher.items.insert(0, "2"),
        lambda: world.clock.pass_by(7200),
        lambda: world.subscription() is None,
        lambda: hub.callbacks == {},
    )


def test_a_removed_feed_is_unsubscribed_and_forgotten(world, hub):
    world.run(
        world.active,
        lambda: world.write(feed=False),
        lambda: [form["hub.mode"] for form in hub.asked] == ["subscribe", "unsubscribe"],
        lambda: not list(world.store.scan_iter("{ww}:subscription*")),
    )
    assert hub.verified[-1] == (200, "sample-challenge")
    assert hub.callbacks == {}
    assert not world.store.exists("{ww}:hubs")


def test_a_public_url_that_goes_ends_subscriptions_and_another_one_moves_them(world, hub):
    world.run(
        world.active,
        lambda: world.write(public_url=f"{world.web}/"),
        lambda: world.write(public_url=world.web.replace("127.0.0.1", "localhost")),
        lambda: len(hub.callbacks) == 1 and next(iter(hub.callbacks)).startswith("http://localhost:"),
        lambda: world.write(public_url=None),
        lambda: hub.callbacks == {},
        lambda: not list(world.store.scan_iter("{ww}:subscription*")),
    )


def test_news_that_no_push_told_of_end_the_trust_in_the_hub(world, hub, publisher):
    world.run(
        world.active,
        lambda: hub.push(publisher.feed(["2"])),
        lambda: world.feed().pushed_at == START,
        lambda: publisher.items.insert(0, "3"),
        lambda: world.clock.pass_by(7200),
        lambda: world.feed().pushed_at is None,
    )


def test_two_schedulers_read_a_push_once(world, hub, publisher):
    play(
        [world.new(), world.new()],
        world.active,
        lambda: [hub.push(publisher.feed([str(n)])) for n in range(2, 12)],
        lambda: world.counted("kept") + world.counted("too_many") == 10,
        world.all_read,
    )
    assert len(hub.asked) == 1
    assert world.jobs() == world.feed().entries


def test_what_nobody_reads_takes_little_room_and_ends_as_a_poll(world, hub, publisher):
    world.run(world.active)
    for n in range(2, 12):
        hub.push(publisher.feed([str(n)]))
    assert (world.counted("kept"), world.counted("too_many")) == (4, 6)
    publisher.items = [str(n) for n in range(1, 12)]
    world.clock.pass_by(70)
    world.run(lambda: world.feed().entries == 11)
    assert publisher.polls == 2
