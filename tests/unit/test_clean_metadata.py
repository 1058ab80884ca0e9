"""Dates, titles, authors and language from what pages declare."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from worker.clean.dates import Stamp, choose_published, read_stamp
from worker.clean.document import parse
from worker.clean.language import choose_language, language_code
from worker.clean.metadata import read_metadata, without_site

NOW = datetime(2023, 9, 12, tzinfo=UTC)
MOMENT = datetime(2023, 9, 11, 6, 42, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2023-09-11T06:42:00Z",
        "2023-09-11T15:42:00+09:00",
        "2023-09-11T15:42+0900",
        "2023-09-11 15:42:00.123 +09:00",
        "2023/09/11 06:42 UTC",
        "2023.9.11 6:42 GMT",
        "20230911T064200Z",
        "Mon, 11 Sep 2023 15:42:00 +0900",
        "1694414520",
        "1694414520000",
    ],
)
def test_machine_dates_are_read_to_the_minute(text):
    stamp = read_stamp(text)
    assert stamp is not None
    assert stamp.value.replace(second=0, microsecond=0) == MOMENT
    assert (stamp.zoned, stamp.timed) == (True, True)


@pytest.mark.parametrize(("text", "zoned", "timed"), [("2023-09-11 06:42", False, True), ("2023-09-11", False, False)])
def test_a_date_says_how_much_it_knows(text, zoned, timed):
    stamp = read_stamp(text)
    assert stamp is not None
    assert (stamp.zoned, stamp.timed) == (zoned, timed)


@pytest.mark.parametrize(
    "text", ["", "last Monday", "3/4/2023", "2023-13-01", "2023-02-30", "99999999999999", "0000-00-00"]
)
def test_other_dates_are_none(text):
    assert read_stamp(text) is None


def chosen(*texts: str, feed: datetime | None = None) -> datetime | None:
    return choose_published([stamp for text in texts if (stamp := read_stamp(text))], feed=feed, now=NOW)


def test_the_page_wins_over_the_feed():
    assert chosen("2023-09-11T06:42:00Z", feed=MOMENT + timedelta(hours=3)) == MOMENT


def test_a_bare_day_is_filled_in_by_the_feed():
    assert chosen("2023-09-11", feed=MOMENT) == MOMENT


def test_a_missing_zone_is_filled_in_by_whoever_names_the_same_moment():
    assert chosen("2023-09-11T15:42:00", "2023-09-11T15:42:00+09:00") == MOMENT
    assert chosen("2023-09-11T15:42:00", feed=MOMENT) == MOMENT
    assert chosen("2023-09-11T15:42:00", feed=MOMENT + timedelta(minutes=7)) == datetime(
        2023, 9, 11, 15, 42, tzinfo=UTC
    )


@pytest.mark.parametrize("text", ["2024-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2023-09-12T03:00:00Z"])
def test_future_and_placeholder_dates_are_rejected(text):
    assert chosen(text) is None
    assert chosen(text, feed=MOMENT) == MOMENT


def test_what_lies_an_hour_ahead_serves_where_nothing_better_is_known():
    assert chosen("2023-09-12T01:00:00Z") == NOW
    assert chosen("2023-09-12T01:00:00Z", feed=MOMENT) == MOMENT


@pytest.mark.parametrize("ahead", [timedelta(minutes=5), timedelta(minutes=61), timedelta(hours=2)])
def test_nothing_lies_after_now(ahead):
    """Whoever's clock is wrong by so much, theirs or ours, the report is of now."""
    assert choose_published([Stamp(value=NOW + ahead)], feed=None, now=NOW) == NOW
    assert choose_published([], feed=NOW + ahead, now=NOW) == NOW


def test_a_clock_that_is_an_hour_behind_makes_no_fresh_report_old():
    """A day in sight is asked for only where nothing else is known: here it would be the first of the month."""
    stated = '<meta property="article:published_time" content="{}"><p class="stamp">Sep 2023</p>'
    html = stated.format((NOW + timedelta(hours=1)).isoformat())
    assert read(html).published == NOW


def read(html: str, **changes):
    return read_metadata(
        html, parse(html), **{"url": "https://www.example.org/world/a-1", "feed_date": None, "now": NOW, **changes}
    )


def ld(*nodes: object) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(node)}</script>' for node in nodes)


@pytest.mark.parametrize(
    "html",
    [
        ld({"@type": "NewsArticle", "datePublished": "2023-09-11T06:42:00Z"}),
        ld({"@graph": [{"@type": "WebPage"}, {"@type": ["Article"], "datePublished": "2023-09-11T06:42:00Z"}]}),
        ld(
            [
                {
                    "@type": "WebPage",
                    "mainEntity": {"@type": "https://schema.org/Report", "datePublished": "2023-09-11T06:42:00Z"},
                }
            ]
        ),
        # a comment, a raw line break and a semicolon: no JSON, and common all the same
        ld({"@type": "Article", "name": "a@b", "datePublished": "2023-09-11T06:42Z"})
        .replace("@b", "\n")
        .replace("{", "<!-- {", 1)
        .replace("}", "}; -->"),
        '<meta property="article:published_time" content="2023-09-11T15:42:00+09:00">',
        '<meta name="DC.date.issued" content="2023-09-11T06:42:00Z">',
        '<meta itemprop="datePublished" content="2023-09-11T06:42:00Z">',
        '<p><time datetime="2023-09-11T06:42:00Z">today</time></p>',
        '<time datetime="2020-01-01">old</time><time pubdate datetime="2023-09-11T06:42:00Z">today</time>',
    ],
)
def test_publication_dates_are_found(html):
    assert read(html).published == MOMENT


def test_a_visible_date_counts_when_there_is_no_other():
    assert read('<html><body><p class="date">11 September 2023</p><p>Sample.</p></body></html>').published == datetime(
        2023, 9, 11, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "modified",
    [
        '<meta property="article:modified_time" content="2023-09-11T06:42:00Z">',
        ld({"@type": "NewsArticle", "dateModified": "2023-09-11T00:42:00+09:00"}),
    ],
)
def test_the_day_of_a_change_is_no_day_of_publication(modified):
    page = f"<html><head>{modified}</head><body><p>Sample.</p></body></html>"
    assert read(page).published is None
    visible = page.replace("<p>", '<p class="date">4 September 2023</p><p>')
    assert read(visible).published in {None, datetime(2023, 9, 4, tzinfo=UTC)}


def test_a_relative_canonical_address_starts_from_the_base_of_the_page():
    canonical = '<link rel="canonical" href="a-1">'
    base = '<base href="https://www.example.org/world/">'
    assert read(canonical, url="https://www.example.org/amp/x").canonical_url == "https://www.example.org/amp/a-1"
    told = read(f"{base}{canonical}", url="https://www.example.org/amp/x")
    assert told.canonical_url == "https://www.example.org/world/a-1"
    hostile = read(f'<base href="http://[">{canonical}', url="https://www.example.org/amp/x")
    assert hostile.canonical_url == "https://www.example.org/amp/x"


def test_related_articles_do_not_lend_their_date_or_title():
    related = {"@type": "NewsArticle", "headline": "Another story", "datePublished": "2021-01-01T00:00:00Z"}
    own = {"@type": "NewsArticle", "headline": "The sample story", "datePublished": "2023-09-11T06:42:00Z"}
    found = read(ld(related, own) + "<h1>The sample story</h1>")
    assert (found.title, found.published) == ("The sample story", MOMENT)


@pytest.mark.parametrize(
    ("title", "wanted"),
    [
        ("Leaders meet | Sample News", "Leaders meet"),
        ("Leaders meet - Sample News", "Leaders meet"),
        ("Leaders meet – World – Sample News", "Leaders meet – World"),
        ("Sample News: Leaders meet", "Sample News: Leaders meet"),
        ("Sample News | Leaders meet", "Leaders meet"),
        ("Leaders meet - again", "Leaders meet - again"),
        ("Leaders meet: Sample News asks why", "Leaders meet: Sample News asks why"),
        ("Leaders meet - samplenews.org", "Leaders meet"),
        ("首脳会談へ｜Sample News", "首脳会談へ"),
        ("领导人会谈_Sample News", "领导人会谈"),
        ("Sample News", "Sample News"),
        ("", ""),
    ],
)
def test_the_sites_name_leaves_the_title(title, wanted):
    assert without_site(title, names=["Sample News", "samplenews.org"]) == wanted


def test_a_date_in_sight_is_looked_for_in_no_more_than_a_real_page_holds():
    dated = '<p class="date">2023-09-11</p>'
    assert read(f"<html><body>{'<p>' * 1000}{dated}").published == datetime(2023, 9, 11, tzinfo=UTC)
    assert read(f"<html><body>{'<p>' * 100_000}{dated}").published is None


def test_chinese_and_japanese_titles_end_in_the_sites_name_without_spaces():
    assert without_site("领导人会谈-样本新闻网", names=["样本新闻网"]) == "领导人会谈"
    assert without_site("首脳会談-港で-見本新聞", names=["見本新聞"]) == "首脳会談-港で"
    assert without_site("样本-列车", names=["样本新闻网"]) == "样本-列车"


def test_another_title_of_the_page_settles_where_the_suffix_begins():
    assert without_site("Leaders meet - Unknown Gazette", names=[], alike=["Leaders meet"]) == "Leaders meet"
    assert (
        without_site("Summit | Leaders meet in the port", names=[], alike=["Leaders meet in the port"])
        == "Leaders meet in the port"
    )


def test_a_title_of_the_page_that_carries_the_sites_name_too_settles_nothing():
    html = (
        '<meta property="og:title" content="Leaders meet in the port | Unknown Gazette">'
        "<h1>Leaders meet in the port</h1>"
        + ld(
            {
                "@type": "Article",
                "headline": "Leaders meet in the port - Unknown Gazette",
                "datePublished": "2023-09-11",
            }
        )
    )
    assert read(html).title == "Leaders meet in the port"


@pytest.mark.parametrize(
    ("html", "author"),
    [
        (ld({"@type": "Article", "datePublished": "2023-09-11", "author": {"name": "Ada Example"}}), "Ada Example"),
        (
            ld({"@type": "Article", "datePublished": "2023-09-11", "author": ["Ada", {"name": ["Ben", "Ada"]}]}),
            "Ada, Ben",
        ),
        ('<meta name="author" content="By Ada Example">', "Ada Example"),
        ('<meta name="author" content="Von Ada Example">', "Ada Example"),
        ('<meta name="author" content="Von Example">', "Von Example"),
        (
            ld(
                {
                    "@type": "Article",
                    "datePublished": "2023-09-11",
                    "author": [
                        {"@type": "Organization", "name": "Sample Agency"},
                        {"@type": "Person", "name": "Ada Example"},
                    ],
                }
            ),
            "Ada Example",
        ),
        (
            ld(
                {
                    "@type": "Article",
                    "datePublished": "2023-09-11",
                    "author": [{"@type": "Organization", "name": "Sample Agency"}],
                }
            ),
            "Sample Agency",
        ),
        (
            '<meta property="og:site_name" content="Post"><meta name="author" content="Post"><a rel=author>Ada</a>',
            "Ada",
        ),
        (
            '<meta property="article:author" content="https://example.org/ada"><a rel="author">Ada Example</a>',
            "Ada Example",
        ),
        ("<p>Sample</p>", ""),
    ],
)
def test_authors_are_people(html, author):
    assert read(html).author == author


def test_site_name_and_description_lose_their_markup():
    found = read(
        '<meta property="og:site_name" content="Sample &amp;amp; Sons">'
        '<meta name="description" content="A &lt;b&gt;bold&lt;/b&gt; claim">'
    )
    assert (found.site_name, found.description) == ("Sample & Sons", "A bold claim")


def test_strangely_typed_structured_data_is_survived():
    found = read(
        ld(
            {"@type": {"a": 1}, "headline": 5},
            {"@type": "Article", "headline": {"x": []}, "author": 7, "datePublished": 3},
        )
    )
    assert (found.title, found.author) == ("", "")


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ("en-GB", "en"),
        ("pt_BR", "pt"),
        ("zh-Hant", "zh"),
        ("iw", "he"),
        ("nb-NO", "no"),
        ("english", None),
        ("", None),
        (None, None),
        ("x", None),
    ],
)
def test_language_codes(stated, code):
    assert language_code(stated) == code


RUSSIAN = "Поезд с делегацией прибыл во Владивосток в понедельник утром, сообщили в пресс-службе."


@pytest.mark.parametrize(
    ("text", "declared", "code"),
    [
        (RUSSIAN, ("en",), "ru"),
        (RUSSIAN, (), "ru"),
        ("지도자가 열차를 타고 떠났다", ("en",), "ko"),
        ("金正恩乘火车访问", (), "zh"),
        ("指導者が列車で出発した", ("zh",), "ja"),
        ("The delegation arrived by train on Monday morning, two officials said in the capital.", ("de",), "en"),
        ("Leaders meet", ("fr",), "fr"),
        ("12345 !!!", (), None),
        ("", ("", None, "es-ES"), "es"),
    ],
)
def test_the_text_outweighs_the_template(text, declared, code):
    assert choose_language(text, *declared) == code
