"""Feeds made to hang or swell a reader cost their own poll at most; the next feed is read as if nothing had been."""

from __future__ import annotations

import asyncio
import gzip
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from worker.edge.sandbox import Sandbox
from worker.errors import FeedError, StageTimeoutError
from worker.poll.draft import MAX_ENTRIES
from worker.poll.parse import LONGEST_UNPACKED
from worker.run.polling import PARSER_MODULES
from worker.run.reading import Reader

NOW = datetime(2024, 6, 1, tzinfo=UTC)
URL = "https://hostile.example/feed.xml"
# A tenth of what a poll has, and feeds to match: these tests are about the end, not about the wait.
SECONDS = 0.5
ITEM = b"<item><title>Sample</title></item>"


def rss(items, attributes=b""):
    return b"<rss version='2.0'" + attributes + b"><channel>" + items + b"</channel></rss>"


def described(text):
    return rss(b"<item><title>Sample</title><description><![CDATA[" + text + b"]]></description></item>")


def many(pattern, count):
    return b" ".join(pattern % {b"n": number} for number in range(count))


DEEP = b"<a>" * 100_000 + b"</a>" * 100_000
LAYERS = b"".join(b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
STOPPED = {
    "nesting": rss(DEEP),
    "209 KB of attributes": rss(b"<item " + many(b'a%(n)d="x"', 20_000) + b"/>"),
    "attributes of the root": rss(ITEM * 5, b" " + many(b'a%(n)d="x"', 20_000)),
    "an author of 64 KB": rss(b"<item><author>" + b"a." * 32_000 + b"</author></item>"),
}
ENDED = {
    "an entity repeated": b'<!DOCTYPE rss [\n<!ENTITY a "' + b"A" * 50_000 + b'">]>' + rss(ITEM + b"&a;" * 50_000),
    "5 MB of < in CDATA": described(b"<" * 5_000_000),
    "a megabyte of comments": described(b"<!--" * 250_000),
    "an entity bomb": b"<!DOCTYPE rss [<!ENTITY a0 'boom'>" + LAYERS + b"]>" + rss(b"<item><title>&a9;</title></item>"),
    "five megabytes of tags nobody closes": rss(ITEM + b"<b" * 2_500_000),
    "a hundred thousand entries": rss(ITEM * 100_000),
    "a million objects": b'{"version":"https://jsonfeed.org/version/1","items":[' + b'{"id":1},' * 1_000_000 + b"{}]}",
    "JSON nested without end": b'{"version":"https://jsonfeed.org/version/1","items":[' + b"[" * 5_000_000,
    "a sitemap nested without end": b"<urlset>" + b"<a>" * 300_000,
    "a gzip bomb": gzip.compress(bytes(5 * LONGEST_UNPACKED)),
    "white space": b"<?xml version='1.0'?>" + b"\n" * 9_000_000 + rss(ITEM),
    "a date of 4 MB": rss(b"<item><title>Sample</title><pubDate>" + b"1 " * 2_000_000 + b"</pubDate></item>"),
}


@pytest.fixture(scope="module")
def sandbox():
    box = Sandbox(workers=1, seconds=SECONDS, modules=PARSER_MODULES)
    yield box
    box.close()


def reading(sandbox, body):
    return asyncio.run(Reader(sandbox).read(body, url=URL, content_type="", memory=b"", now=NOW))


@pytest.mark.parametrize("name", STOPPED)
def test_a_feed_over_its_processor_time_or_memory_is_stopped(sandbox, name):
    with pytest.raises(StageTimeoutError, match="stopped"):
        reading(sandbox, STOPPED[name])
    assert [entry.title for entry in reading(sandbox, rss(ITEM)).feed.entries] == ["Sample"]


@pytest.mark.parametrize("name", ENDED)
def test_a_hostile_feed_ends_as_an_error_or_in_bounds(sandbox, name):
    """Which of the two depends on the machine."""
    with suppress(FeedError, StageTimeoutError):
        entries = reading(sandbox, ENDED[name]).feed.entries
        assert 1 <= len(entries) <= MAX_ENTRIES
        assert len(entries[0].title) < 1_000
    assert [entry.title for entry in reading(sandbox, rss(ITEM)).feed.entries] == ["Sample"]


def test_a_reader_that_is_stopped_costs_the_calls_beside_it_nothing(sandbox):
    async def together():
        reader = Reader(sandbox)
        bodies = [STOPPED["an author of 64 KB"], *[rss(ITEM)] * 10]
        calls = (reader.read(body, url=URL, content_type="", memory=b"", now=NOW) for body in bodies)
        return await asyncio.gather(*calls, return_exceptions=True)

    stopped, *good = asyncio.run(together())
    assert isinstance(stopped, StageTimeoutError)
    assert [len(found.feed.entries) for found in good] == [1] * 10
