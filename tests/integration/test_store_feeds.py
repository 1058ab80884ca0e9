"""Hand-over 1 on a real Redis: seen keys, queued work and feed state are one transaction."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import redis
from support.stores import memory_limit

from worker.edge import keys
from worker.edge.rq_engine.queue import INGEST, JobQueue
from worker.edge.store.abandoned import take_back
from worker.edge.store.feeds import FeedStore
from worker.model import Entry, Feed, FeedState, WorkItem
from worker.run import jobs

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
FEED = Feed(url="https://example.org/rss.xml", name="Example")
OTHER = Feed(url="https://example.net/rss.xml", name="Other")


def at_once(_feed):
    return NOW


def item(key="a"):
    return WorkItem(
        entry=Entry(key=key, url=f"https://example.org/{key}", title=key),
        feed_url=FEED.url,
        feed_name=FEED.name,
        feed_title="Example",
        tags=(),
        full_text=True,
        seen_at=NOW,
        trace="t",
    )


@pytest.fixture
def feeds(store):
    feeds = FeedStore(store)
    feeds.sync([FEED], at_once)
    return feeds


@pytest.fixture
def queue(store):
    queue = JobQueue(store)
    queue.warm()
    return queue


def seen(feeds, candidates):
    return asyncio.run(feeds.recognise(FEED.id, candidates, ())).entries


def commit(feeds, claim, queue, *, work=(), shown=(), due=NOW + timedelta(minutes=15)):
    state = FeedState(polls=1, next_due=due)
    return feeds.commit(claim, state, work=work, shown=shown, queue_work=jobs.queue_ingest(queue), outcome="parsed")


def test_a_due_feed_is_claimed_once_until_its_lease_ends(feeds, store):
    (claim,) = feeds.claim(NOW, lease=60, limit=10)
    assert claim.feed_id == FEED.id
    assert FeedStore(store).claim(NOW, lease=60, limit=10) == []
    later = FeedStore(store).claim(NOW + timedelta(seconds=61), lease=60, limit=10)
    assert [c.feed_id for c in later] == [FEED.id]


def test_a_commit_makes_work_seen_and_state_at_once(feeds, queue):
    (claim,) = feeds.claim(NOW, lease=60, limit=10)
    assert commit(feeds, claim, queue, work=[item("a"), item("b")], shown=[1, 2, -3])
    assert queue.depths()[INGEST]["waiting"] == 1
    assert seen(feeds, [1, 2, -3, 4]) == {1, 2, -3}
    (view,) = feeds.view()
    assert view.state.polls == 1
    assert view.due == NOW + timedelta(minutes=15)
    assert feeds.claim(NOW + timedelta(minutes=14), lease=60, limit=10) == []


def test_who_lost_the_lease_commits_nothing(feeds, queue):
    (slow,) = feeds.claim(NOW, lease=60, limit=10)
    (quick,) = feeds.claim(NOW + timedelta(seconds=61), lease=60, limit=10)
    assert not commit(feeds, slow, queue, work=[item()], shown=[1])
    assert queue.depths()[INGEST]["waiting"] == 0
    assert seen(feeds, [1]) == set()
    assert commit(feeds, quick, queue, work=[item()], shown=[1])


def test_a_lease_that_passes_on_in_the_middle_of_a_commit_leaves_nothing(feeds, queue, store):
    """The other scheduler claims between our look at the token and our transaction."""
    (claim,) = feeds.claim(NOW, lease=60, limit=10)

    def interfering(pipe, items):
        FeedStore(store).claim(NOW + timedelta(seconds=61), lease=60, limit=10)
        jobs.queue_ingest(queue)(pipe, items)

    state = FeedState(polls=1, next_due=NOW + timedelta(minutes=15))
    assert not feeds.commit(claim, state, work=[item()], shown=[1], queue_work=interfering, outcome="parsed")
    assert queue.depths()[INGEST]["waiting"] == 0
    assert seen(feeds, [1]) == set()


def test_a_redis_error_in_a_commit_leaves_all_as_it_was(feeds, queue, store):
    (claim,) = feeds.claim(NOW, lease=60, limit=10)
    with memory_limit(store, 1 << 20), pytest.raises(redis.RedisError):
        commit(feeds, claim, queue, work=[item()], shown=[1])
    assert queue.depths()[INGEST]["waiting"] == 0
    assert seen(feeds, [1]) == set()
    assert commit(feeds, claim, queue, work=[item()], shown=[1])


def test_a_renewed_claim_is_not_taken_over(feeds, store):
    (claim,) = feeds.claim(NOW, lease=60, limit=10)
    feeds.renew(claim, NOW + timedelta(seconds=50), lease=60)
    assert FeedStore(store).claim(NOW + timedelta(seconds=100), lease=60, limit=10) == []
    assert len(FeedStore(store).claim(NOW + timedelta(seconds=111), lease=60, limit=10)) == 1


CLAIMING = """
import sys
from datetime import datetime
from worker.edge.redis_client import connect
from worker.edge.store.feeds import FeedStore
(claim,) = FeedStore(connect(sys.argv[1])).claim(datetime.fromisoformat(sys.argv[2]), lease=60, limit=10)
print(claim.token, flush=True)
input()
"""


def test_what_a_scheduler_of_this_machine_was_polling_is_due_again_once_it_has_ended(feeds, store, redis_server):
    command = [sys.executable, "-c", CLAIMING, redis_server.url, NOW.isoformat()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        token = other.stdout.readline().decode().strip()
        assert take_back(store, feeds, NOW) == 0
        other.stdin.close()
        other.wait()
        assert take_back(store, feeds, NOW) == 1
    (mine,) = feeds.claim(NOW, lease=60, limit=10)
    assert (mine.token == token, take_back(store, feeds, NOW)) == (False, 0)
    # of a scheduler elsewhere, or of a release before this one, nothing is known
    for unknown in ("0f0f 0f0f0f0f-0000-4000-8000-000000000000:1 1 1", "0f0f"):
        store.hset(keys.FEED_CLAIMS, mine.feed_id, unknown)
        assert take_back(store, feeds, NOW) == 0


def test_a_claim_that_passed_on_cannot_be_renewed(feeds, store):
    (slow,) = feeds.claim(NOW, lease=60, limit=10)
    (quick,) = FeedStore(store).claim(NOW + timedelta(seconds=61), lease=60, limit=10)
    feeds.renew(slow, NOW + timedelta(seconds=62), lease=600)
    assert len(feeds.claim(NOW + timedelta(seconds=122), lease=60, limit=10)) == 1
    assert quick.token != slow.token


def test_a_released_claim_is_due_again(feeds):
    (claim,) = feeds.claim(NOW, lease=60, limit=10)
    feeds.release(claim, NOW)
    assert len(feeds.claim(NOW, lease=60, limit=10)) == 1


def test_sync_adds_and_removes_and_keeps_the_memory_of_a_removed_feed(feeds, queue):
    (claim,) = feeds.claim(NOW, lease=60, limit=10)
    commit(feeds, claim, queue, shown=[7])
    assert feeds.sync([OTHER], at_once) == (1, 1)
    assert [view.name for view in feeds.view()] == ["Other"]
    assert feeds.sync([FEED, OTHER], at_once) == (1, 0)
    assert seen(feeds, [7]) == {7}
    assert feeds.sync([FEED, OTHER], at_once) == (0, 0)


def test_what_is_known_to_be_kept_is_written_again_only_where_it_has_gone(feeds, store):
    def follow(*wanted, known):
        return [sum(part) for part in zip(*feeds.syncing(wanted, at_once, known.__contains__), strict=True)]

    assert follow(FEED, OTHER, known=[FEED]) == [1, 0]
    renamed = replace(FEED, name="Renamed"), replace(OTHER, name="Renamed too")
    assert follow(*renamed, known=[renamed[0]]) == [0, 0]
    assert [view.name for view in feeds.view()] == [FEED.name, "Renamed too"]
    store.zrem(keys.FEEDS_DUE, FEED.id)
    assert follow(*renamed, known=renamed) == [1, 0]
    assert [view.name for view in feeds.view()] == ["Renamed", "Renamed too"]


def test_a_feed_removed_while_it_was_polled_stays_removed(feeds, queue):
    (claim,) = feeds.claim(NOW, lease=60, limit=10)
    feeds.sync([OTHER], at_once)
    commit(feeds, claim, queue)
    assert [view.name for view in feeds.view()] == ["Other"]


def test_a_gone_feed_stays_listed_and_is_never_due(feeds, queue):
    (claim,) = feeds.claim(NOW, lease=60, limit=10)
    commit(feeds, claim, queue, due=None)
    assert feeds.view()[0].due is None
    assert feeds.claim(NOW + timedelta(days=365), lease=60, limit=10) == []


def test_the_seen_set_follows_what_the_feed_shows_and_stays_bounded(feeds, queue, store):
    at = NOW
    for round_number in range(6):
        (claim,) = feeds.claim(at, lease=60, limit=10)
        shown = range(round_number * 400, round_number * 400 + 400)
        commit(feeds, claim, queue, shown=shown, due=at)
    size = store.scard(keys.SEEN + FEED.id)
    assert size <= 2 * 400 + 1_000 + 400
    assert seen(feeds, list(shown)) == set(shown)
    assert store.object("encoding", keys.SEEN + FEED.id) == b"hashtable" or size <= 512


def test_one_feed_is_claimed_also_before_it_is_due_but_not_while_it_is_polled(feeds, queue):
    claim = feeds.claim_one(FEED.id, NOW, lease=60)
    assert claim.state == FeedState()
    assert feeds.claim_one(FEED.id, NOW, lease=60) is None
    assert feeds.claim(NOW, lease=60, limit=10) == []
    assert commit(feeds, claim, queue)
    again = feeds.claim_one(FEED.id, NOW, lease=60)
    assert again.state.polls == 1
    assert feeds.claim_one("other", NOW, lease=60) is None
    assert feeds.claim_one(FEED.id, NOW + timedelta(seconds=61), lease=60) is not None, "a lease ends"


def test_a_document_that_shows_a_part_makes_nothing_forgotten(feeds, queue):
    shown = list(range(3_000))
    commit(feeds, feeds.claim_one(FEED.id, NOW, lease=60), queue, shown=shown)
    claim = feeds.claim_one(FEED.id, NOW, lease=60)
    state = FeedState(next_due=NOW)
    feeds.commit(claim, state, work=(), shown=[1], queue_work=jobs.queue_ingest(queue), outcome="pushed", partial=True)
    assert seen(feeds, shown) == set(shown)
