"""One publisher with 14,000 feeds, and schedulers on two machines, whose clocks differ: they share turns and pace."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from worker.edge.redis_client import connect
from worker.edge.store.feeds import FeedStore
from worker.edge.store.hosts import PER_HOST, HostTable, Visit
from worker.model import Feed, FeedState

START = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
FEEDS = [Feed(url=f"https://big.example/{number}.xml", name=f"big {number}") for number in range(14_000)]
LATENCY, APART = 0.25, 0.4


class Machine:
    """A scheduler's view of the store, on a connection and a clock of its own."""

    def __init__(self, connection, ahead):
        self.feeds, self.hosts, self.ahead = FeedStore(connection), HostTable(connection), ahead

    def at(self, seconds):
        return START + timedelta(seconds=seconds + self.ahead)

    def claim(self, seconds):
        return self.feeds.claim(self.at(seconds), lease=60, limit=50)

    def end(self, claim, seconds):
        self.hosts.end(
            claim.host, 443, claim.turn[1], self.at(seconds), Visit(reached=True, wanted=True, latency=LATENCY)
        )
        state = FeedState(polls=1, last_poll=self.at(seconds), next_due=self.at(3600))
        assert self.feeds.commit(claim, state, work=(), shown=(), queue_work=lambda *_: None, outcome="unchanged")


@pytest.fixture
def machines(redis_server, store):
    """Two, in whose network each has a connection of its own."""
    others = [connect(redis_server.url) for _ in range(2)]
    yield [Machine(other, ahead) for other, ahead in zip(others, (0.0, APART), strict=True)]
    for other in others:
        other.close()


def test_a_publisher_with_fourteen_thousand_feeds_is_asked_as_by_one_scheduler(machines):
    machines[0].feeds.sync(FEEDS, lambda _feed: START)
    running, starts, polled, by = [], [], Counter(), Counter()
    for step in range(400):
        now = 1 + step * 0.05
        for ended in [one for one in running if one[0] <= now]:
            running.remove(ended)
            ended[1].end(ended[2], now)
        # They look one after the other, each first in turn.
        for machine in machines if step % 2 else reversed(machines):
            for claim in machine.claim(now):
                running.append((now + LATENCY, machine, claim))
                starts.append(now)
                polled[claim.feed_id] += 1
                by[machine.ahead] += 1
        assert len(running) <= PER_HOST
    # Once its pace is known the next request starts no sooner than the host needs for one, give or take what the
    # clocks differ by and the step of this play.
    gaps = [later - sooner for sooner, later in pairwise(starts[PER_HOST:])]
    for span in range(0, len(gaps) - 10, 10):
        assert sum(gaps[span : span + 10]) >= 10 * LATENCY - APART - 0.05
    assert max(polled.values()) == 1
    assert len(starts) > 40
    assert min(by.values()) > 0
    assert machines[1].feeds.behind() == [("big.example", len(FEEDS) - len(starts))]
