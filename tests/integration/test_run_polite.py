"""Days of polling on a real site, by a scheduler in this process whose clock is moved: moves, deltas, outages."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from functools import partial
from typing import ClassVar

import pytest
from support.clocks import MovedClock
from support.schedulers import play
from support.servers import Quiet, serving

from worker.config import load
from worker.edge.http import HttpClient
from worker.edge.rq_engine.queue import INGEST, JobQueue
from worker.edge.store.feeds import FeedStore
from worker.errors import StageTimeoutError
from worker.run import scheduler
from worker.run.scheduler import Scheduler

DAY = 86400.0


def document(*numbers):
    items = "".join(
        f"<item><title>Sample notice {n}</title><link>https://example.org/{n}</link><guid>{n}</guid></item>"
        for n in numbers
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Sample</title>{items}</channel></rss>'.encode()


class Site(Quiet):
    requests: ClassVar[list[tuple[str, str]]] = []
    answers: ClassVar[dict[str, tuple[int, dict[str, str], bytes]]] = {}
    lock = threading.Lock()

    def do_GET(self):
        with self.lock:
            self.requests.append((self.path, self.headers.get("A-IM", "")))
        status, fields, body = self.answers[self.path]
        self.send_response(status)
        for name, value in {**fields, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def site():
    Site.requests.clear()
    Site.answers.clear()
    with serving(Site) as url:
        yield url


@pytest.fixture
def clock():
    return MovedClock()


@pytest.fixture
def start(store, tmp_path, clock, monkeypatch):
    """A scheduler on these feeds, on the clock of the test."""

    def started(*urls):
        path = tmp_path / "wirewatch.toml"
        polling = '[polling]\ninterval = "5m"\nmin_interval = "5m"\nmax_interval = "5m"\n'
        feeds = "".join(f'[[feeds]]\nurl = "{url}"\n' for url in urls)
        path.write_text(f'[network]\nallow = ["127.0.0.0/8"]\n{polling}{feeds}', "utf-8")
        monkeypatch.setattr(scheduler, "SystemClock", lambda: clock)
        return Scheduler(store, path, load(path, env={}))

    return started


def states(store):
    return {view.url.rpartition("/")[2]: view.state for view in FeedStore(store).view()}


def polled(store, name, times):
    return lambda: name in states(store) and states(store)[name].polls >= times


def first(store, clock, *names):
    """Steps until each was polled once; new feeds are due within seconds."""
    yield lambda: states(store).keys() >= set(names)
    yield lambda: clock.pass_by(6)
    for name in names:
        yield polled(store, name, 1)


def day_by_day(store, clock, name, days):
    """Steps that let days go by with a poll on each."""
    first = []
    for _ in range(days):
        yield lambda: first.append(states(store)[name].polls)
        yield lambda: clock.pass_by(DAY)
        yield lambda: states(store)[name].polls > first[-1]


def test_a_feed_that_moved_for_good_is_asked_where_it_is_after_days(store, site, start, clock):
    Site.answers["/old"] = (301, {"Location": "/new"}, b"")
    Site.answers["/new"] = (200, {}, document(1, 2))
    play(
        start(f"{site}/old"),
        *first(store, clock, "old"),
        *day_by_day(store, clock, "old", 2),
        lambda: states(store)["old"].moved is False or pytest.fail("it was believed too soon"),
        *day_by_day(store, clock, "old", 1),
        lambda: states(store)["old"].moved,
        Site.requests.clear,
        *day_by_day(store, clock, "old", 2),
        lambda: {path for path, _ in Site.requests} == {"/new"} or pytest.fail(str(Site.requests)),
        lambda: Site.answers.update({"/new": (410, {}, b""), "/old": (200, {}, document(1, 2, 3))}),
        *day_by_day(store, clock, "old", 2),
    )
    assert not states(store)["old"].moved
    assert states(store)["old"].failing_since is None
    assert Site.requests[-1][0] == "/old"
    assert JobQueue(store).depths()[INGEST]["waiting"] == 2


def test_a_redirect_for_now_moves_nothing(store, site, start, clock):
    Site.answers["/old"] = (302, {"Location": "/new"}, b"")
    Site.answers["/new"] = (200, {}, document(1, 2))
    play(start(f"{site}/old"), *first(store, clock, "old"), *day_by_day(store, clock, "old", 9))
    assert states(store)["old"].moved_to is None
    assert Counter(path for path, _ in Site.requests) == {"/old": 10, "/new": 10}


def test_a_feed_that_moved_to_another_one_says_so_and_is_asked_once_a_day(store, site, start, clock):
    Site.answers["/old"] = (301, {"Location": "/new"}, b"")
    Site.answers["/new"] = (200, {}, document(1, 2))
    play(start(f"{site}/old", f"{site}/new"), *first(store, clock, "old", "new"))
    assert f"{site}/new, which is polled already" in states(store)["old"].error
    assert (states(store)["old"].next_due - states(store)["old"].last_poll).total_seconds() == pytest.approx(DAY, abs=5)


def test_what_came_since_alone_is_taken_and_nothing_seen_is_forgotten(store, site, start, clock):
    def delta(status, *numbers, **fields):
        return lambda: Site.answers.update(
            {"/delta": (status, {"ETag": f'"{numbers[-1]}"', **fields}, document(*numbers))}
        )

    play(
        start(f"{site}/delta"),
        delta(200, 1, 2, 3),
        *first(store, clock, "delta"),
        delta(226, 4, IM="feed"),
        *day_by_day(store, clock, "delta", 1),
        delta(226, 5, IM="feed"),
        lambda: clock.pass_by(600),
        polled(store, "delta", 3),
        delta(200, 1, 2, 3, 4, 5, 6),
        lambda: clock.pass_by(600),
        polled(store, "delta", 4),
    )
    assert states(store)["delta"].entries == 6
    assert [asked for _, asked in Site.requests] == ["", "", "feed", "feed"]


@pytest.mark.parametrize("tail", ["", "<broken>"])
def test_an_entry_with_other_words_counts_as_updated_and_is_no_new_one(store, site, start, clock, tail):
    """In documents that can be cut into their entries, and in those that are read as a whole each time."""

    def shows(*texts):
        items = "".join(
            f"<item><title>Sample notice {n}</title><link>https://example.org/{n}</link><guid>{n}</guid>"
            f"<description>{text}</description></item>"
            for n, text in enumerate(texts)
        )
        body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Sample</title>{items}{tail}</channel></rss>'
        return lambda: Site.answers.update({"/edited": (200, {}, body.encode())})

    def after(polls, new, updated):
        def check():
            state = states(store)["edited"]
            return state.polls == polls and (
                (state.entries, state.updated) == (new, updated) or pytest.fail(f"{state.entries}, {state.updated}")
            )

        return check

    play(
        start(f"{site}/edited"),
        shows("first", "second"),
        *first(store, clock, "edited"),
        after(1, new=2, updated=0),
        shows("first", "second, with more to it"),
        lambda: clock.pass_by(600),
        after(2, new=2, updated=1),
        shows("first", "second, with more to it", "third"),
        lambda: clock.pass_by(600),
        after(3, new=3, updated=1),
    )


class Gate:
    """Reads in place; a document that says so takes as long as the test wants, and is stopped then."""

    def __init__(self, **_limits):
        self.inside, self.most, self.free = 0, 0, asyncio.Event()

    async def run(self, function, body, **named):
        if b"Sample trap" not in body:
            return function(body, **named)
        self.inside += 1
        self.most = max(self.most, self.inside)
        await self.free.wait()
        self.inside -= 1
        raise StageTimeoutError("took 5 s of processor time and was stopped")

    async def run_all(self, calls):
        return [await self.run(function, *arguments, **named) for function, arguments, named in calls]

    def close(self):
        pass


def test_feeds_whose_reading_was_stopped_leave_a_reader_to_the_others(store, site, start, clock, monkeypatch):
    monkeypatch.setattr(scheduler, "Sandbox", Gate)
    traps = ["trap-a", "trap-b", "trap-c"]
    for name in traps:
        Site.answers[f"/{name}"] = (200, {}, document(1).replace(b"Sample notice", b"Sample trap"))
    Site.answers["/good"] = (200, {}, document(1))
    ports = {name: site.replace("127.0.0.1", f"{name}.localhost") for name in (*traps, "good")}
    one = start(*(f"{base}/{name}" for name, base in ports.items()))
    gate = one._sandbox
    play(
        one,
        lambda: states(store).keys() >= set(ports),
        gate.free.set,
        *first(store, clock, *ports),
        lambda: all("reading the feed took" in states(store)[name].error for name in traps),
        lambda: vars(gate).update(most=0) or gate.free.clear(),
        lambda: clock.pass_by(DAY),
        lambda: gate.inside == 1,
        lambda: Site.answers.update({"/good": (200, {}, document(1, 2))}),
        polled(store, "good", 2),
        gate.free.set,
        *(polled(store, name, 2) for name in traps),
    )
    assert gate.most == 1, "of two readers"


def test_an_unasked_304_is_an_error_and_a_410_says_what_to_do(store, site, start, clock):
    Site.answers["/odd"] = (304, {}, b"")
    Site.answers["/gone"] = (410, {}, b"")
    play(start(f"{site}/odd", f"{site}/gone"), *first(store, clock, "odd", "gone"))
    assert "304" in states(store)["odd"].error
    assert "remove it" in states(store)["gone"].error


def test_an_outage_of_our_own_costs_no_feed_its_standing(store, site, start, clock, monkeypatch):
    names = [f"{letter}.example" for letter in "abcd"]
    port = site.rpartition(":")[2]
    away, looked_up = set(names), Counter()

    async def resolve(host, _port):
        looked_up[host] += 1
        if host in away:
            raise OSError("sample outage")
        return ["127.0.0.1"]

    monkeypatch.setattr(scheduler, "HttpClient", partial(HttpClient, resolve=resolve))
    monkeypatch.setattr(scheduler, "PROBE_EVERY", 0.1)
    for name in names:
        Site.answers[f"/{name}"] = (200, {}, document(1))
    one = start(*(f"http://{name}:{port}/{name}" for name in names))

    def looked(name, times):
        return lambda: looked_up[name] >= times

    play(
        one,
        lambda: states(store).keys() >= set(names),
        lambda: clock.pass_by(6),
        *(looked(name, 1) for name in names),
        lambda: one._line.is_cut,
        lambda: clock.pass_by(600),
        lambda: looked_up.total() >= 7,
        lambda: [state.polls for state in states(store).values()] == [0] * 4 or pytest.fail("it was held against them"),
        away.clear,
        lambda: clock.pass_by(600),
        *(polled(store, name, 1) for name in names),
        lambda: not one._line.is_cut,
        lambda: away.add("a.example"),
        lambda: clock.pass_by(600),
        *(polled(store, name, 2) for name in names[1:]),
        lambda: states(store)["a.example"].errors == 0 or pytest.fail("it was not asked again first"),
        lambda: clock.pass_by(600),
        lambda: states(store)["a.example"].errors == 1,
    )
    assert all(states(store)[name].errors == 0 for name in names[1:])
