"""Links a site has shown, on a real Redis: one article in two feeds is queued once, and remembering it takes little."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest

from worker.edge import keys
from worker.edge.rq_engine.queue import INGEST, JobQueue
from worker.edge.store.feeds import FeedStore
from worker.edge.store.links import trim_links
from worker.edge.store.links_scripts import PERIOD
from worker.model import Entry, Feed, FeedState, WorkItem
from worker.poll.identity import link_keys
from worker.run import jobs

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
WORLD = Feed(url="https://sample.example/world.xml", name="World")
FRONT = Feed(url="https://sample.example/front.xml", name="Front")


def entry(name, link=None):
    return Entry(key=f"guid {name}", url=link or f"https://sample.example/{name}.html", title=f"Sample {name}")


def item(one, feed):
    return WorkItem(
        entry=one,
        feed_url=feed.url,
        feed_name=feed.name,
        feed_title=feed.name,
        tags=(),
        full_text=True,
        seen_at=NOW,
        trace="t",
    )


class Two:
    """Two feeds of one site that are polled at the same time."""

    def __init__(self, store):
        self.now = NOW.timestamp()
        self.feeds = FeedStore(store, seconds=lambda: self.now)
        self.queue = JobQueue(store)
        self.queue.warm()
        self.feeds.sync([WORLD, FRONT], lambda _feed: NOW)
        self.claims = {claim.feed_id: claim for claim in self.feeds.claim(NOW, lease=60, limit=10)}

    def commit(self, feed, entries, *, queued=None):
        work = [item(one, feed) for one in (entries if queued is None else queued)]
        return self.feeds.commit(
            self.claims[feed.id],
            FeedState(polls=1, next_due=NOW),
            work=work,
            shown=(),
            links=link_keys(entries, "sample.example"),
            queue_work=jobs.queue_ingest(self.queue),
            outcome="parsed",
        )

    def known(self, entries, site="sample.example"):
        links = link_keys(entries, site)
        found = asyncio.run(self.feeds.recognise(WORLD.id, [], list(links))).links
        return [one.key for link in found for one in links[link]]


@pytest.fixture
def two(store):
    return Two(store)


def entries_of(calls):
    return [(one.feed_name, one.entry.key) for items in calls for one in items]


def test_an_article_in_two_feeds_of_a_site_is_queued_once_however_they_overlap(two):
    """Both have read their documents before either commits."""
    calls = []

    def watched(pipe, items):
        calls.append(list(items))
        jobs.queue_ingest(two.queue)(pipe, items)

    shared, own = entry("shared"), entry("own")
    for feed, entries in ((WORLD, [shared]), (FRONT, [shared, own])):
        assert two.feeds.commit(
            two.claims[feed.id],
            FeedState(polls=1, next_due=NOW),
            work=[item(one, feed) for one in entries],
            shown=(),
            links=link_keys(entries, "sample.example"),
            queue_work=watched,
            outcome="parsed",
        )
    assert two.queue.depths()[INGEST]["waiting"] == 2
    assert entries_of(calls[-1:]) == [("Front", own.key)]


def test_what_was_shown_is_known_to_the_site_and_to_no_other(two):
    shown = [entry("a"), entry("b")]
    two.commit(WORLD, shown)
    assert sorted(two.known([*shown, entry("c")])) == ["guid a", "guid b"]
    assert two.known(shown, site="other.example") == []


def test_nothing_is_known_of_a_poll_whose_lease_has_passed_on(two):
    two.feeds.release(two.claims[WORLD.id], NOW)
    assert not two.commit(WORLD, [entry("a")])
    assert two.known([entry("a")]) == []


def test_links_that_identify_nothing_are_left_out():
    front = [Entry(key="1", url="https://sample.example/", title="Daily"), Entry(key="2", url="", title="None")]
    shared = [entry("x", "https://sample.example/list"), entry("y", "https://sample.example/list")]
    assert link_keys([*front, *shared], "sample.example") == {}
    assert len(link_keys([entry("x"), entry("x")], "sample.example")) == 1


@pytest.mark.parametrize(("days", "is_known"), [(29, True), (46, False)])
def test_a_link_is_known_for_thirty_days_and_forgotten_some_time_after(two, store, days, is_known):
    two.commit(WORLD, [entry("a")])
    two.now += days * 86_400
    trim_links(store, NOW + timedelta(days=days))
    assert bool(two.known([entry("a")])) is is_known
    assert bool(list(store.scan_iter(keys.LINKS + "*"))) is is_known


def test_many_links_stay_in_arrays_of_about_ten_bytes_each(two, store):
    dice = random.Random(7)
    links = [dice.getrandbits(64) - 2**63 for _ in range(30_000)]
    held = {link: [] for link in links}
    for start in range(0, len(links), 500):
        (claim,) = (two.claims[WORLD.id],)
        two.feeds.commit(
            claim,
            FeedState(polls=1, next_due=NOW),
            work=(),
            shown=(),
            links={link: held[link] for link in links[start : start + 500]},
            queue_work=lambda *_: None,
            outcome="parsed",
        )
        store.zadd(keys.FEEDS_DUE, {WORLD.id: NOW.timestamp()})
        two.claims = {one.feed_id: one for one in two.feeds.claim(NOW + timedelta(seconds=61), lease=60, limit=10)}
    sets = [key for key in store.scan_iter(keys.LINKS + "*:*", count=1000) if store.type(key) == b"set"]
    sets = [key for key in sets if key.count(b":") == 3]
    assert {store.object("encoding", key) for key in sets} == {b"intset"}
    assert sum(store.scard(key) for key in sets) == len(links)
    assert sum(store.memory_usage(key) for key in sets) < 16 * len(links)
    assert asyncio.run(two.feeds.recognise(WORLD.id, [], links)).links == set(links)
    assert int(store.get(f"{keys.LINKS}{int(NOW.timestamp() // PERIOD)}")) == len(links)
