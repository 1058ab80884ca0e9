"""News sitemaps."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from worker.errors import FeedError
from worker.poll.parse import parse_feed

SAMPLE = (Path(__file__).parent.parent / "data" / "feeds" / "news_sitemap.xml").read_bytes()
NOW = datetime(2024, 6, 1, tzinfo=UTC)


def parse(body):
    return parse_feed(body, url="https://map.example/news.xml", now=NOW)


def test_news_become_entries_and_other_pages_do_not():
    feed = parse(SAMPLE)
    (entry,) = feed.entries
    assert (feed.title, feed.language) == ("The Map", "ko")
    assert (entry.url, entry.title, entry.language) == ("https://map.example/one", "First & foremost", "ko")
    assert entry.published == datetime(2024, 5, 14, 1, tzinfo=UTC)
    assert entry.updated == datetime(2024, 5, 14, 12, tzinfo=UTC)
    assert entry.key == "map.example/one"


def test_a_sitemap_without_any_page_is_a_quiet_day():
    assert parse(b"<urlset></urlset>").entries == ()


def test_a_cut_sitemap_is_read_as_far_as_it_goes():
    cut = SAMPLE[: SAMPLE.index(b"/about")]
    assert [entry.title for entry in parse(cut).entries] == ["First & foremost"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<urlset><url><loc>https://x.example/</loc></url></urlset>", "no news"),
        (b"<urlset><url><loc>https://x.exa", "cut off"),
        (b'<!DOCTYPE urlset [<!ENTITY a "b">]><urlset><url>&a;</url></urlset>', "document type"),
        (b"<urlset>" + b"<url>" * 1000, "nested too deeply"),
    ],
)
def test_what_cannot_be_polled_is_named(body, words):
    with pytest.raises(FeedError, match=words):
        parse(body)
