"""Bodies are read as far as they are new, hostile ones only where they can be killed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from worker.edge.sandbox import Sandbox
from worker.errors import FeedError
from worker.poll.draft import MAX_ENTRIES
from worker.run.reading import Reader

NOW = datetime(2024, 6, 1, tzinfo=UTC)
URL = "https://gazette.example/feeds/rss.xml"


@dataclass
class Counting:
    """A real sandbox; `sent` are the bodies that were read in it."""

    sandbox: Sandbox
    sent: list[bytes] = field(default_factory=list)

    async def run(self, function, *arguments, **named):
        self.sent.append(arguments[0])
        return await self.sandbox.run(function, *arguments, **named)


@pytest.fixture(scope="module")
def sandbox():
    box = Sandbox(workers=1, seconds=30.0, modules=("worker.poll.parse",))
    yield box
    box.close()


@pytest.fixture
def parser(sandbox):
    return Counting(sandbox)


class Feed:
    """Polls bodies one after another, remembering what a store would."""

    def __init__(self, parser):
        self.parser, self.reader, self.memory = parser, Reader(parser), b""

    def read(self, body, *, new=0):
        reading = asyncio.run(self.reader.read(body, url=URL, content_type="text/xml", memory=self.memory, now=NOW))
        self.memory = reading.memory(new=new)
        return reading


def rss(*items, head=""):
    return f"<rss version='2.0'><channel><title>Sample</title>{head}{''.join(items)}</channel></rss>".encode()


def item(number, text=""):
    return f"<item><title>Title {number}{text}</title><guid isPermaLink='false'>g{number}</guid></item>"


def titles(reading):
    return [entry.title for entry in reading.feed.entries] if reading.feed else []


def test_the_first_reading_is_whole_and_later_ones_of_what_is_new(parser):
    feed = Feed(parser)
    first = feed.read(rss(item(1), item(2)), new=2)
    assert (titles(first), first.whole, first.total) == (["Title 1", "Title 2"], True, 2)
    later = feed.read(rss(item(3), item(1), item(2)), new=1)
    assert (titles(later), later.whole, later.total) == (["Title 3"], False, 3)
    assert (later.feed.title, len(parser.sent)) == ("Sample", 2)
    assert b"Title 1" not in parser.sent[1]


def test_where_nothing_is_new_nothing_is_sent_anywhere(parser):
    feed = Feed(parser)
    feed.read(rss(item(1), item(2)), new=2)
    quiet = feed.read(rss(item(2), item(1), head="<lastBuildDate>now</lastBuildDate>"))
    assert (titles(quiet), quiet.whole, quiet.total) == ([], False, 2)
    assert len(parser.sent) == 1


def test_an_edited_entry_is_read_again(parser):
    feed = Feed(parser)
    feed.read(rss(item(1), item(2)), new=2)
    assert titles(feed.read(rss(item(1), item(2, " edited")))) == ["Title 2 edited"]


def test_an_ill_formed_document_is_read_whole_as_is_the_next_one(parser):
    feed = Feed(parser)
    feed.read(rss(item(1), item(2)), new=2)
    broken = feed.read(rss(item(1), item(2, " & more"), item(3)), new=1)
    assert (len(titles(broken)), broken.whole) == (3, True)
    assert titles(feed.read(rss(item(1), item(4)), new=1)) == ["Title 1", "Title 4"]


def test_what_an_ill_formed_document_said_is_known_the_next_time(parser):
    feed, broken = Feed(parser), "<broken>"
    feed.read(rss(item(1), item(2), broken), new=2)
    again = feed.read(rss(item(1), item(2), broken))
    assert again.updated(again.feed.entries) == 0
    edited = feed.read(rss(item(1), item(2, " edited"), broken))
    assert edited.updated(edited.feed.entries) == 1


def test_pieces_that_are_not_one_entry_each_are_not_trusted(parser):
    """An entry of another namespace inside of one counts as a second one."""
    inner = "<item><title>Outer</title><a:entry xmlns:a='http://www.w3.org/2005/Atom'/></item>"
    feed = Feed(parser)
    assert len(titles(feed.read(rss(item(1), inner), new=3))) == 3
    feed.read(rss(item(1)), new=1)
    for _ in range(2):
        reading = feed.read(rss(item(1), inner), new=2)
        assert (len(titles(reading)), reading.whole) == (3, True)


def test_an_id_of_several_entries_is_told_apart_in_the_whole(parser):
    home = "<item><title>{}</title><guid isPermaLink='false'>home</guid></item>"
    feed = Feed(parser)
    feed.read(rss(home.format("A"), home.format("B")), new=2)
    reading = feed.read(rss(home.format("C"), home.format("A"), home.format("B")), new=1)
    assert reading.whole
    assert len({entry.key for entry in reading.feed.entries}) == 3


def test_a_sitemap_of_pages_and_news(parser):
    def page(number, news=""):
        return f"<url><loc>https://map.example/{number}</loc>{news}</url>"

    def sitemap(*pages):
        return f"<urlset xmlns:news='urn:n'>{''.join(pages)}</urlset>".encode()

    title = "<news:news><news:title>Sample</news:title></news:news>"
    feed = Feed(parser)
    feed.read(sitemap(page(1, title), page(2)), new=1)
    later = feed.read(sitemap(page(1, title), page(2), page(3, title)), new=1)
    assert ([entry.url for entry in later.feed.entries], later.whole) == (["https://map.example/3"], False)
    only_pages = feed.read(sitemap(page(1, title), page(2), page(3, title), page(4)))
    assert (len(only_pages.feed.entries), only_pages.whole) == (2, True)


def test_of_thousands_of_entries_the_newest_are_read_and_then_the_new_ones(parser):
    feed = Feed(parser)
    numbers = range(MAX_ENTRIES + 300)
    first = feed.read(rss(*map(item, numbers)), new=MAX_ENTRIES)
    assert len(titles(first)) == MAX_ENTRIES
    later = feed.read(rss(item(9999), *map(item, numbers)), new=1)
    assert (titles(later), later.total) == (["Title 9999"], len(numbers) + 1)


def test_a_document_too_long_to_be_cut_here_is_read_whole(parser):
    feed = Feed(parser)
    long = rss(item(1), head="<!--" + "x" * 1_000_000 + "-->")
    for _ in range(2):
        reading = feed.read(long)
        assert (len(titles(reading)), reading.whole) == (1, True)


def test_what_is_no_feed_is_the_feeds_error_and_leaves_what_was_known(parser):
    feed = Feed(parser)
    feed.read(rss(item(1)), new=1)
    before = feed.memory
    with pytest.raises(FeedError, match="an HTML page"):
        feed.read(b"<html><body>Welcome</body></html>")
    assert feed.memory == before
