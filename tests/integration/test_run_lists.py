"""OPML lists on the web: read daily from a real server, and the last good reading holds."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from support.clocks import HandClock
from support.servers import Quiet, serving

from worker.config import OpmlSource
from worker.edge.http import HttpClient
from worker.run.lists import AGAIN_AFTER_ERROR, EVERY, FeedLists

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

        def do_GET(self):
            type(self).asked += 1
            status, body = self.answer
            self.send_response(status)
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

        return asyncio.run(once()), [feed.name for feed in lists.feeds([source])]

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


def test_a_list_that_did_not_change_is_no_change(shelf, refresh, clock):
    _, source = shelf
    refresh(source)
    clock.time = NOW + EVERY
    assert refresh(source) == (False, ["one", "two"])


@pytest.mark.parametrize("answer", [(500, b""), (200, b"<html>Sign in</html>"), (200, b"")])
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
