"""News sitemaps."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from worker.errors import FeedError
from worker.poll.parse import LONGEST_UNPACKED, parse_feed

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


# --- gzip files ---


def test_a_gzip_file_is_unpacked():
    assert [entry.title for entry in parse(gzip.compress(SAMPLE)).entries] == ["First & foremost"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (gzip.compress(bytes(LONGEST_UNPACKED + 1), mtime=0), "of more than 10,000,000 bytes"),
        (b"\x1f\x8b no gzip", "cannot be unpacked"),
        (gzip.compress(SAMPLE, mtime=0)[:20], "the body is empty"),
    ],
)
def test_a_gzip_file_that_is_none_or_a_bomb_is_an_error(body, words):
    with pytest.raises(FeedError, match=words):
        parse(body)


# --- indexes ---


def index(*sitemaps):
    listed = (f"<sitemap><loc>{loc}</loc><lastmod>{changed}</lastmod></sitemap>" for loc, changed in sitemaps)
    return (
        f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{''.join(listed)}</sitemapindex>".encode()
    )


def test_of_an_index_the_sitemaps_of_news_are_followed():
    found = parse(
        index(
            ("https://map.example/pages.xml", "2024-05-31"),
            ("/news-1.xml", "2024-05-01"),
            ("https://other.example/News.xml?x=1&amp;y=2", "2024-05-02"),
            ("javascript:news()", "2024-05-31"),
        )
    )
    assert found.follow == ("https://other.example/News.xml?x=1&y=2", "https://map.example/news-1.xml")
    assert found.entries == ()


def test_of_many_sitemaps_the_latest_changed_are_followed_and_undated_ones_as_they_stand():
    dated = [(f"https://map.example/{day}.xml", f"2024-05-{day:02}") for day in range(1, 20)]
    assert parse(index(*dated)).follow == tuple(f"https://map.example/{day}.xml" for day in (19, 18, 17))
    undated = [(f"https://map.example/{n}.xml", "") for n in range(5)]
    assert parse(index(*undated)).follow == tuple(f"https://map.example/{n}.xml" for n in range(3))


def test_a_cut_index_is_read_as_far_as_it_goes():
    body = index(("https://map.example/a.xml", ""), ("https://map.example/b.xml", ""))
    assert parse(body[: body.index(b"b.xml")]).follow == ("https://map.example/a.xml",)
