"""OPML lists on the web: read daily from a real server, and the last good reading holds."""

from __future__ import annotations

import asyncio
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from support.clocks import HandClock
from support.servers import Quiet, serving

from worker.config import OpmlSource
from worker.edge.http import HttpClient
from worker.edge.http_hosts import SharedHosts
from worker.edge.store.hosts import HostTable, Visit
from worker.run.lists import AGAIN_AFTER_ERROR, EVERY, FORGET_AFTER, FeedLists, list_states

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def opml(*names):
    outlines = "".join(f'<outline text="{name}" xmlUrl="https://{name}.example/rss"/>' for name in names)
    return f'<opml version="2.0"><body><outline text="World">{outlines}</outline></body></opml>'.encode()


@pytest.fixture
def shelf():
    """A server whose answer the test can change: (status, body)."""

    class Handler(Quiet):
        answer = (200, opml("one", "two"))
        asked = 0
        unchanged = 0

        def do_GET(self):
            type(self).asked += 1
            status, body = self.answer
            if self.headers.get("If-None-Match") == f'"{zlib.crc32(body)}"':
                type(self).unchanged += 1
                status, body = 304, b""
            self.send_response(status)
            self.send_header("ETag", f'"{zlib.crc32(body)}"')
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with serving(Handler) as url:
        yield Handler, OpmlSource(url=f"{url}/list.opml", tags=("given",))


@pytest.fixture
def clock():
    return HandClock(NOW)


@pytest.fixture
def refresh(store, clock):
    lists = FeedLists(store, clock)

    def run(source):
        async def once():
            async with HttpClient(allow=["127.0.0.0/8"], user_agent="test") as http:
                return await lists.refresh([source], http)

        changed = asyncio.run(once())
        return changed, [feed.name for feed in lists.feeds([source])]

    return run


def test_a_list_is_read_at_once_and_then_daily(shelf, refresh, clock):
    handler, source = shelf
    assert refresh(source) == (True, ["one", "two"])
    handler.answer = (200, opml("two", "three"))
    clock.time = NOW + EVERY - timedelta(seconds=1)
    assert refresh(source) == (False, ["one", "two"])
    assert handler.asked == 1
    clock.time = NOW + EVERY
    assert refresh(source) == (True, ["two", "three"])


def test_a_list_that_did_not_change_is_no_change_and_not_sent_again(shelf, refresh, clock):
    handler, source = shelf
    refresh(source)
    clock.time = NOW + EVERY
    assert refresh(source) == (False, ["one", "two"])
    assert handler.unchanged == 1


def test_what_another_scheduler_read_is_a_change_here_too(shelf, refresh, clock, store):
    _, source = shelf
    other = FeedLists(store, clock)
    assert other.feeds([source]) == ()
    refresh(source)

    async def once():
        async with HttpClient(allow=[], user_agent="test") as http:
            return await other.refresh([source], http)

    assert asyncio.run(once())
    assert len(other.feeds([source])) == 2
    assert not asyncio.run(once())


def test_a_list_that_fails_is_asked_ever_more_seldom_and_shown(shelf, refresh, clock, store):
    handler, source = shelf
    refresh(source)
    handler.answer = (500, b"")
    clock.time = NOW + EVERY
    pauses = []
    for _ in range(9):
        refresh(source)
        (state,) = list_states(store)
        pauses.append(state.due - clock.time.timestamp())
        clock.time = datetime.fromtimestamp(state.due, UTC)
    assert pauses[:3] == [900, 1800, 3600]
    assert pauses[-1] == EVERY.total_seconds()
    assert "500" in state.error
    assert (state.failing_since, state.feeds) == ((NOW + EVERY).timestamp(), 2)
    handler.answer = (200, opml("four"))
    refresh(source)
    (state,) = list_states(store)
    assert (state.error, state.errors, state.failing_since, state.feeds) == ("", 0, None, 1)


def test_a_list_whose_host_wants_a_pause_waits_for_its_end_and_has_not_failed(shelf, clock, store):
    _, source = shelf
    table = HostTable(store)
    table.end("127.0.0.1", 80, "x", clock.now(), Visit(reached=True, pause=7200.0, status=429))

    async def once():
        hosts = SharedHosts(table, clock)
        async with HttpClient(allow=["127.0.0.0/8"], user_agent="test", hosts=hosts) as http:
            return await FeedLists(store, clock).refresh([source], http)

    assert not asyncio.run(once())
    (state,) = list_states(store)
    assert (state.errors, state.error) == (0, "")
    assert state.due == (NOW + timedelta(hours=2)).timestamp()


def test_a_list_nobody_names_is_forgotten_in_the_end(shelf, refresh, clock, store):
    _, source = shelf
    refresh(source)
    refresh_none = FeedLists(store, clock)

    async def once():
        async with HttpClient(allow=[], user_agent="test") as http:
            await refresh_none.refresh([], http)

    asyncio.run(once())
    assert len(list_states(store)) == 1
    clock.time = NOW + EVERY + FORGET_AFTER + timedelta(seconds=1)
    asyncio.run(once())
    assert list_states(store) == []
    assert refresh_none.feeds([source]) == ()


@pytest.mark.parametrize(
    "answer", [(500, b""), (200, b"<html>Sign in</html>"), (200, b""), (200, b"<opml><body/></opml>")]
)
def test_while_it_cannot_be_had_the_last_good_reading_holds(shelf, refresh, clock, answer):
    handler, source = shelf
    refresh(source)
    handler.answer = answer
    clock.time = NOW + EVERY
    assert refresh(source) == (False, ["one", "two"])
    handler.answer = (200, opml("four"))
    clock.time += AGAIN_AFTER_ERROR
    assert refresh(source) == (True, ["four"])


def test_tags_of_the_configuration_come_before_the_folders(shelf, store, clock):
    _, source = shelf

    async def once():
        async with HttpClient(allow=["127.0.0.0/8"], user_agent="test") as http:
            await FeedLists(store, clock).refresh([source], http)

    asyncio.run(once())
    assert [feed.tags for feed in FeedLists(store, clock).feeds([source])] == [("given", "World")] * 2
