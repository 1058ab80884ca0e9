"""Claims with turns, on a real Redis: a host with very many feeds falls behind by itself, and nobody else does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from worker.edge import keys
from worker.edge.store.feeds import FeedStore
from worker.edge.store.hosts import LEASE, PER_HOST, HostTable, Visit
from worker.model import Feed, FeedState

START = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
BIG = [Feed(url=f"https://big.example/{number}.xml", name=f"big {number}") for number in range(3_000)]
SMALL = [Feed(url=f"https://small-{number}.example/rss.xml", name=f"small {number}") for number in range(40)]


def at(seconds):
    return START + timedelta(seconds=seconds)


class Play:
    """A due set with shorter calls."""

    def __init__(self, store):
        self.store, self.feeds, self.hosts = store, FeedStore(store), HostTable(store)

    def sync(self, feeds, due=START):
        self.feeds.sync(feeds, due if callable(due) else lambda _feed: due)

    def claim(self, seconds, limit=50):
        return self.feeds.claim(at(seconds), lease=60, limit=limit)

    def end(self, claim, seconds, *, latency=0.0, due=1e6):
        """The poll ends `seconds` after the start."""
        self.hosts.end(claim.host, 443, claim.turn[1], at(seconds), Visit(reached=True, wanted=True, latency=latency))
        state = FeedState(polls=1, last_poll=at(seconds), next_due=at(due))
        assert self.feeds.commit(claim, state, work=(), shown=(), queue_work=lambda *_: None, outcome="unchanged")


@pytest.fixture
def play(store):
    return Play(store)


def by_host(claims):
    hosts = [claim.host for claim in claims]
    return {host: hosts.count(host) for host in hosts}


def test_of_a_host_with_thousands_of_feeds_as_many_are_claimed_as_it_has_turns(play):
    play.sync(BIG, lambda _feed: at(-100))
    play.sync([*BIG, *SMALL])
    found = []
    for _ in range(10):
        found += play.claim(0)
    assert by_host(found) == {"big.example": PER_HOST, **{f"small-{number}.example": 1 for number in range(40)}}
    assert play.feeds.behind() == [("big.example", len(BIG) - PER_HOST)]


def test_a_busy_host_costs_those_that_look_for_what_is_due_nothing(play):
    """Each of its feeds is moved out of the way once."""
    play.sync(BIG)
    for _ in range(10):
        play.claim(0)
    play.sync([*BIG, *SMALL])
    assert len(play.claim(0, limit=len(SMALL))) == len(SMALL)


def test_waiting_feeds_follow_in_the_order_they_were_due_as_turns_end(play):
    feeds = BIG[:8]
    due = {feed.id: at(number - 10) for number, feed in enumerate(feeds)}
    play.sync(feeds, lambda feed: due[feed.id])
    order, running = [], play.claim(0)
    while running:
        order += running
        for claim in running:
            play.end(claim, len(order))
        running = play.claim(len(order))
    assert [claim.feed_id for claim in order] == [feed.id for feed in feeds]
    assert [claim.waited for claim in order] == [False] * PER_HOST + [True] * (len(feeds) - PER_HOST)
    assert [claim.due for claim in order] == [due[feed.id].timestamp() for feed in feeds]
    assert play.feeds.behind() == []


def test_the_next_start_follows_the_latency_of_the_host_and_is_told(play):
    play.sync(BIG[:3])
    first, second = play.claim(0)
    play.end(first, 4, latency=4.0)
    play.end(second, 4, latency=4.0)
    (third,), soonest = play.feeds.claim_or_wait(at(5), lease=60, limit=50)
    assert third.waited
    play.end(third, 5, latency=4.0)
    play.sync(BIG[:4], at(6))
    claims, soonest = play.feeds.claim_or_wait(at(6), lease=60, limit=50)
    assert claims == []
    assert soonest == at(9).timestamp()
    assert len(play.claim(9)) == 1


def test_who_asks_is_told_when_the_next_feed_is_due(play):
    play.sync(SMALL[:2], lambda feed: at(30 if feed is SMALL[0] else 45))
    assert play.feeds.claim_or_wait(at(0), lease=60, limit=50) == ([], at(30).timestamp())
    claims, soonest = play.feeds.claim_or_wait(at(31), lease=60, limit=50)
    assert (len(claims), soonest) == (1, at(45).timestamp())


def test_requests_of_others_at_the_host_count_too(play):
    for token in "ab":
        play.hosts.begin("small-0.example", 443, token, at(0), ask_dead=False)
    play.sync(SMALL[:1])
    assert play.claim(0) == []
    assert play.claim(0.5) == []
    play.hosts.end("small-0.example", 443, "a", at(0.5), Visit(reached=True))
    assert len(play.claim(0.6)) == 1


def test_a_host_whose_requests_died_is_asked_again_when_their_lease_ends(play):
    play.sync(BIG[:3])
    assert len(play.claim(0)) == PER_HOST
    assert play.claim(LEASE - 0.1) == []
    assert len(play.claim(LEASE + 1)) == 1


def test_a_claim_given_back_gives_its_turn_back(play):
    play.sync(BIG[:3])
    claim, _ = play.claim(0)
    play.feeds.release(claim, at(100))
    assert len(play.claim(2)) == 1


def test_a_feed_removed_or_claimed_while_it_waits_is_not_claimed_again(play):
    play.sync(BIG[:5])
    running = play.claim(0)
    waiting = [feed for feed in BIG[:5] if feed.id not in {claim.feed_id for claim in running}]
    play.sync([feed for feed in BIG[:5] if feed != waiting[0]])
    assert play.feeds.claim_one(waiting[1].id, at(0), lease=60) is not None
    for claim in running:
        play.end(claim, 1)
    assert [claim.feed_id for claim in play.claim(2)] == [waiting[2].id]


def test_a_feed_whose_place_in_the_line_was_lost_is_due_again_at_the_next_start(play):
    play.sync(BIG[:3])
    play.claim(0)
    play.store.delete(keys.FEEDS_WAITING + "big.example", keys.HOSTS_WAITING)
    assert play.feeds.view()[2].due is not None
    play.sync(BIG[:3])
    assert play.feeds.behind() == []
    assert len(play.claim(LEASE + 1)) == 1


def test_waiting_feeds_are_shown_with_the_time_at_which_their_host_is_looked_at_again(play):
    play.sync(BIG[:3])
    first, _ = play.claim(0)
    (waiting,) = [view for view in play.feeds.view() if view.due == at(1)]
    assert waiting.url.startswith("https://big.example/")
    paused = Visit(reached=True, pause=300.0, status=429)
    play.hosts.end(first.host, 443, first.turn[1], at(2), paused)
    assert play.claim(3) == []
    assert [view.due for view in play.feeds.view() if view.id == waiting.id] == [at(302)]


def test_counts_follow_polls_and_the_configuration(play):
    play.sync(SMALL[:4])
    assert play.feeds.counts() == {"ok": 0, "failing": 0, "gone": 0, "new": 4}
    ok, failing, gone, _ = play.claim(0)
    states = [
        (ok, FeedState(polls=1)),
        (failing, FeedState(polls=1, failing_since=START, error="sample")),
        (gone, FeedState(polls=1, gone=True)),
    ]
    for claim, state in states:
        play.feeds.commit(claim, state, work=(), shown=(), queue_work=lambda *_: None, outcome="failed")
    assert play.feeds.counts() == {"ok": 1, "failing": 1, "gone": 1, "new": 1}
    assert {view.id for view in play.feeds.unwell()} == {failing.feed_id, gone.feed_id}
    play.sync([feed for feed in SMALL[:4] if feed.id != failing.feed_id])
    assert play.feeds.counts() == {"ok": 1, "failing": 0, "gone": 1, "new": 1}
