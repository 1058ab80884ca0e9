"""The scheduler on a real Redis with a real site: what is polled, what is live, and what it leaves behind."""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
import redis
import structlog
from support.clocks import HandClock
from support.schedulers import play
from support.servers import Quiet, serving
from support.stores import memory_limit, put_articles

from worker.config import from_published, load
from worker.edge import keys
from worker.edge.rq_engine.queue import DELIVER, INGEST, JobQueue
from worker.edge.store import outbox
from worker.edge.store.feeds import FeedStore
from worker.edge.store.hosts import HostTable, Visit
from worker.edge.store.later import Later
from worker.edge.store.outbox import Outbox
from worker.edge.store.published import Processes, Published
from worker.edge.store.upkeep import is_full
from worker.model import Article
from worker.run import jobs, polling, scheduler
from worker.run.scheduler import Scheduler
from worker.run.testing import sample_alert

BASE = """
[network]
allow = ["127.0.0.0/8"]
[polling]
interval = "1s"
min_interval = "1s"
max_interval = "2s"
"""
RSS = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>Sample</title><link>https://example.org/</link>'
    "<item><title>Sample news</title><link>https://example.org/{name}</link><guid>1</guid></item></channel></rss>"
)


class Site(Quiet):
    requests: ClassVar[Counter[str]] = Counter()
    arrived = threading.Event()
    release = threading.Event()
    onward = ""

    def do_GET(self):
        kind = self.path.split("/")[1]
        self.requests[self.path] += 1
        if kind == "slow":
            self.arrived.set()
            self.release.wait(60)
        status = {"gone": 410, "broken": 500, "limit": 429, "onward": 302}.get(kind, 200)
        body = {"html": "<html><body>Sign in</body></html>", "garbage": "\x00\x01\x02" * 999, "empty": ""}.get(
            kind, RSS.format(name=kind)
        )
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in {"limit": {"Retry-After": "600"}, "onward": {"Location": self.onward}}.get(kind, {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())


@pytest.fixture
def site():
    Site.requests.clear()
    Site.arrived.clear()
    Site.release.clear()
    with serving(Site) as url:
        Site.onward = url.replace("127.0.0.1", "localhost")
        yield url
        Site.release.set()


@pytest.fixture
def config(tmp_path):
    """Write the configuration; each text gets a time of its own."""
    path = tmp_path / "wirewatch.toml"
    stamps = iter(range(1_000_000_000, 1_000_001_000))

    def write(*urls, more=""):
        path.write_text(BASE + "".join(f'[[feeds]]\nurl = "{url}"\n' for url in urls) + more, "utf-8")
        at = next(stamps)
        os.utime(path, (at, at))
        return path

    write.path = path
    return write


def new(store, path):
    return Scheduler(store, path, load(path, env={}))


def view(store):
    return {feed.url.rpartition("/")[2]: feed for feed in FeedStore(store).view()}


def polled(store, *names, times=1):
    return lambda: all(name in view(store) and view(store)[name].state.polls >= times for name in names)


def test_feeds_of_every_bad_kind_cost_only_themselves(store, site, config):
    bad = ("html", "garbage", "empty", "broken")
    path = config(*(f"{site}/{name}" for name in ("good", *bad)))
    play(new(store, path), polled(store, "good", *bad))
    found = view(store)
    assert found["good"].state.error is None
    assert found["good"].state.entries == 1
    assert all(found[name].state.errors >= 1 for name in bad)
    assert "HTML" in found["html"].state.error
    assert "empty" in found["empty"].state.error
    assert "500" in found["broken"].state.error
    assert JobQueue(store).depths()[INGEST]["waiting"] == 1


def test_new_entries_are_queued_once_however_often_they_are_shown(store, site, config):
    play(new(store, config(f"{site}/good")), polled(store, "good", times=3))
    assert JobQueue(store).depths()[INGEST]["waiting"] == 1


def test_a_gone_feed_is_listed_and_asked_no_more(store, site, config):
    play(new(store, config(f"{site}/gone", f"{site}/good")), polled(store, "gone"), polled(store, "good", times=3))
    assert Site.requests["/gone"] == 1
    assert view(store)["gone"].state.gone
    assert view(store)["gone"].due is None


def test_two_schedulers_poll_each_feed_once_when_it_is_due(store, site, config):
    names = [f"good{number}" for number in range(6)]
    path = config(*(f"{site}/{name}" for name in names))
    play([new(store, path), new(store, path)], polled(store, *names, times=3))
    polls = {name: feed.state.polls for name, feed in view(store).items()}
    assert polls == {name: Site.requests[f"/{name}"] for name in names}


def test_a_valid_change_is_live_and_an_invalid_one_is_refused_until_mended(store, site, config):
    published = Published(store)
    first = load(config(f"{site}/good"), env={}).fingerprint

    def live(version):
        return lambda: published.version() == version

    play(
        new(store, config(f"{site}/good")),
        live(first),
        lambda: config(f"{site}/good", more="[[topics]\n"),
        lambda: published.refused() is not None,
        lambda: published.version() == first or pytest.fail("a broken file went live"),
        lambda: config(f"{site}/good"),
        lambda: published.refused() is None,
        lambda: config(f"{site}/good", f"{site}/good2"),
        polled(store, "good", "good2"),
    )
    assert published.version() != first


def test_a_change_of_an_entity_file_is_live_and_a_broken_one_is_refused(store, site, config, tmp_path):
    published = Published(store)
    people = tmp_path / "people.toml"
    stamps = iter(range(1_000_000_000, 1_000_001_000))

    def write(text):
        people.write_text(text, "utf-8")
        at = next(stamps)
        os.utime(people, (at, at))

    def knows(alias):
        body = published.body()
        return body is not None and alias in {name for one in from_published(body).entities for name in one.aliases}

    named = '[[entities]]\nfile = "people.toml"\n[[topics]]\nname = "t"\nquery = "@mayor"\n'
    write('[[entities]]\nname = "mayor"\naliases = ["Sample Mayor"]\n')
    play(
        new(store, config(f"{site}/good", more=named)),
        lambda: knows("Sample Mayor"),
        lambda: write('[[entities]]\nname = "mayor"\naliases = []\n'),
        lambda: published.refused() is not None,
        lambda: knows("Sample Mayor") or pytest.fail("a broken file went live"),
        lambda: write('[[entities]]\nname = "mayor"\naliases = ["Another Mayor"]\n'),
        lambda: knows("Another Mayor"),
        lambda: published.refused() is None,
    )


def test_a_touched_file_that_says_the_same_changes_nothing(store, site, config):
    one = new(store, config(f"{site}/good"))
    clients = []
    with structlog.testing.capture_logs() as lines:
        play(
            one,
            polled(store, "good"),
            lambda: clients.append(one._http),
            lambda: clients.append(config(f"{site}/good").stat().st_mtime_ns),
            lambda: one._configured.read is not None and one._configured.read[0][0] == clients[1],
            lambda: clients.append(one._http),
        )
    assert clients[0] is clients[2]
    assert [line["event"] for line in lines].count("config_published") == 1


def test_a_change_met_by_an_outage_of_redis_goes_live_after_it(store, site, config, monkeypatch):
    one = new(store, config(f"{site}/good"))
    put, outages = one._published.put, []

    def away_once(*arguments, **named):
        if not outages:
            outages.append(1)
            raise redis.ConnectionError("away")
        return put(*arguments, **named)

    play(
        one,
        polled(store, "good"),
        lambda: monkeypatch.setattr(one._published, "put", away_once),
        lambda: config(f"{site}/good2"),
        lambda: list(view(store)) == ["good2"],
        lambda: Published(store).version() == load(config.path, env={}).fingerprint,
    )
    assert outages == [1]


def test_a_redis_that_lost_its_data_gets_the_configuration_again(store, site, config):
    play(new(store, config(f"{site}/good")), polled(store, "good"), store.flushdb, polled(store, "good"))
    assert Published(store).version() is not None


def test_a_feed_removed_while_it_is_read_stays_removed_and_its_memory_ends(store, site, config):
    one = new(store, config(f"{site}/slow"))
    play(
        one,
        Site.arrived.is_set,
        lambda: config(f"{site}/good"),
        lambda: list(view(store)) == ["good"],
        Site.release.set,
        lambda: JobQueue(store).depths()[INGEST]["waiting"] == 2,
    )
    assert list(view(store)) == ["good"]
    removed = [key for key in store.scan_iter("{ww}:seen:*") if store.ttl(key) > 0]
    assert len(removed) == 1


def test_a_change_of_the_configuration_does_not_disturb_a_poll_under_way(store, site, config):
    """Nor does the poll hold up the change: others are polled meanwhile."""
    play(
        new(store, config(f"{site}/slow")),
        Site.arrived.is_set,
        lambda: config(f"{site}/slow", f"{site}/good"),
        polled(store, "good"),
        lambda: view(store)["slow"].state.polls == 0 or pytest.fail("the slow feed was not under way"),
        Site.release.set,
        polled(store, "slow"),
    )
    assert view(store)["slow"].state.error is None


def test_a_poll_cut_short_by_the_end_of_the_scheduler_is_due_at_once(store, site, config, monkeypatch):
    monkeypatch.setattr(scheduler, "DRAIN_SECONDS", 0.1)
    one = new(store, config(f"{site}/slow"))
    play(one, Site.arrived.is_set)
    assert view(store)["slow"].due <= datetime.now(UTC)
    assert len(FeedStore(store).claim(datetime.now(UTC), lease=60, limit=10)) == 1
    assert Processes(store).alive(datetime.now(UTC)) == {}


def test_a_bug_met_in_one_feed_is_a_failed_poll_of_that_feed(store, site, config, monkeypatch):
    work = polling.work_items

    def buggy(new_entries, feed, *arguments, **named):
        if feed.url.endswith("odd"):
            raise ValueError("sample bug")
        return work(new_entries, feed, *arguments, **named)

    monkeypatch.setattr(polling, "work_items", buggy)
    play(new(store, config(f"{site}/odd", f"{site}/good")), polled(store, "odd", "good"))
    state = view(store)["odd"].state
    assert (state.errors, "ValueError" in state.error) == (1, True)
    assert view(store)["good"].state.error is None


@pytest.fixture
def at_rest(store, config):
    one = new(store, config())
    one._clock = HandClock(datetime(2026, 5, 1, 12, 0, tzinfo=UTC))
    one._queue.warm()
    yield one
    one._sandbox.close()


def test_due_deliveries_are_woken_and_calls_do_not_pile_up_while_nobody_delivers(store, at_rest):
    clock = at_rest._clock
    alert = sample_alert(clock)
    names = [f"desk-{number}" for number in range(150)]
    with store.pipeline() as pipe:
        pipe.multi()
        due = dict.fromkeys(names, clock.now() + timedelta(seconds=1))
        outbox.put(pipe, alert, due, clock.now(), jobs.queue_deliver(at_rest._queue))
        pipe.execute()

    def waiting_then():
        at_rest._wake_deliveries()
        return JobQueue(store).depths()[DELIVER]["waiting"]

    assert waiting_then() == 0
    clock.pass_by(2)
    assert [waiting_then() for _ in range(30)] == [1] * 30
    assert len(Outbox(store).due(clock.now())) == len(names)


def test_nothing_new_is_made_while_redis_has_little_room(store, site, config):
    used = int(store.info("memory")["used_memory"])
    with memory_limit(store, int(used * 1.1)):
        assert is_full(store)
        one = new(store, config(f"{site}/good"))
        play(
            one,
            lambda: one._house.is_full,
            lambda: Site.requests["/good"] == 0 or pytest.fail("it was polled"),
            lambda: store.config_set("maxmemory", "0"),
            lambda: one._rhythm._last.pop("room", None),
            polled(store, "good"),
        )
    assert not is_full(store)


def test_a_scheduler_makes_room_in_a_redis_that_takes_no_writes_and_then_polls(store, site, config):
    noise, then = random.Random(1), datetime.now(UTC) - timedelta(hours=2)
    texts = (noise.randbytes(40_000).hex() for _ in range(100))
    put_articles(store, (Article(id=f"a{at}", text=text, seen_at=then) for at, text in enumerate(texts)))
    with memory_limit(store, int(store.info("memory")["used_memory"]) - 50_000):
        with pytest.raises(redis.exceptions.OutOfMemoryError):
            store.set("{ww}:probe", 1)
        play(new(store, config(f"{site}/good")), polled(store, "good"))
        assert 0 < store.zcard(keys.ARTICLES) < 100


def test_entries_that_were_put_back_become_a_job_when_their_time_has_come(store, config):
    later = Later(store)
    later.put(datetime.now(UTC) - timedelta(seconds=1), jobs.ingest_payload([], put_back=1))
    later.put(datetime.now(UTC) + timedelta(hours=1), jobs.ingest_payload([], put_back=2))
    play(new(store, config()), lambda: JobQueue(store).depths()[INGEST]["waiting"] == 1)
    assert later.depth() == 1


def test_one_feeds_429_has_the_others_of_its_host_wait_and_is_held_against_none_of_them(store, site, config):
    feeds = [f"{site}/good", f"{site}/limit"]
    play(
        new(store, config(feeds[1])),
        polled(store, "limit"),
        lambda: config(*feeds),
        lambda: FeedStore(store).behind() == [("127.0.0.1", 1)],
    )
    found = view(store)
    assert "answered 429" in found["limit"].state.error
    good = found["good"].state
    assert (found["good"].health, good.polls, good.error) == ("new", 0, None)
    assert not Site.requests["/good"]
    assert found["good"].due > datetime.now(UTC) + timedelta(seconds=500), "when it can be asked, not when it was due"


def test_a_redirect_to_a_host_that_wants_a_pause_is_no_fault_of_the_feed(store, site, config):
    HostTable(store).end("localhost", 80, "x", datetime.now(UTC), Visit(reached=True, pause=600.0, status=429))
    play(new(store, config(f"{site}/onward")), lambda: "onward" in view(store) and is_put_off(view(store)["onward"]))
    assert view(store)["onward"].state.error is None
    assert Site.requests == {"/onward": 1}


def is_put_off(feed):
    return feed.due > datetime.now(UTC) + timedelta(seconds=500)


def test_a_feed_whose_host_is_busy_waits_for_it_without_a_failure(store, site, config):
    for token in "ab":
        # as long as a turn may last without being renewed: what lies further ahead is a clock that was set back
        HostTable(store).begin("127.0.0.1", 80, token, datetime.now(UTC) + timedelta(seconds=9), ask_dead=False)
    play(new(store, config(f"{site}/good")), lambda: FeedStore(store).behind() == [("127.0.0.1", 1)])
    state = view(store)["good"].state
    assert (state.polls, state.errors, state.error) == (0, 0, None)
    assert not Site.requests
