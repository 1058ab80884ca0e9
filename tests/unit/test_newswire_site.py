"""What an outlet answers at a moment of the day: feeds, pages, visibility, conditional requests."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from html.parser import HTMLParser
from http import HTTPStatus
from xml.etree import ElementTree as ET

import feedparser
import pytest

from worker.run.newswire.content import Item, Outlet, Shown, labels, load
from worker.run.newswire.day import RecordedDay
from worker.run.newswire.feeds import CONTENT_TYPES, render
from worker.run.newswire.pages import article
from worker.run.newswire.site import Request, Site

START = datetime(2026, 5, 1, 12, 0, 0, 400_000, tzinfo=UTC)
RECORDING = load()
LAST = RECORDING.items[-1].minute


def site(outlet, *, speed=None):
    return Site(
        outlet=outlet,
        items=RECORDING.items_of(outlet),
        base_url=f"http://{outlet.key}.localhost:8000",
        day=RecordedDay(opened=START, start=START, speed=speed, last=LAST),
    )


def named(key, *, speed=None):
    (outlet,) = [outlet for outlet in RECORDING.outlets if outlet.key == key]
    return site(outlet, speed=speed)


def get(of, path, now=START, **validators):
    return of.answer(Request(path=path, **validators), now)


def feed(of, now=START, **validators):
    return get(of, of.outlet.feed_path, now, **validators)


def headers(answer):
    return dict(answer.headers)


class Paragraphs(HTMLParser):
    """The text of every <p>, with white space as single spaces, and of everything."""

    def __init__(self, page):
        super().__init__()
        self.paragraphs, self.text, self._open = [], "", False
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag == "p":
            self._open = True
            self.paragraphs.append("")

    def handle_endtag(self, tag):
        if tag == "p":
            self._open = False

    def handle_data(self, data):
        self.text += data
        if self._open:
            self.paragraphs[-1] += data


every_outlet = pytest.mark.parametrize("outlet", RECORDING.outlets, ids=lambda outlet: outlet.key)
every_xml_outlet = pytest.mark.parametrize(
    "outlet", [one for one in RECORDING.outlets if one.feed_format != "json"], ids=lambda outlet: outlet.key
)
every_json_outlet = pytest.mark.parametrize(
    "outlet", [one for one in RECORDING.outlets if one.feed_format == "json"], ids=lambda outlet: outlet.key
)
VERSIONS = {"rss": "rss20", "rdf": "rss10", "atom": "atom10"}


# --- feeds ---------------------------------------------------------------------------------------------------------


@every_xml_outlet
def test_xml_feeds_are_read_as_what_they_are(outlet):
    of = site(outlet)
    answer = feed(of)
    parsed = feedparser.parse(answer.body)
    assert not parsed.bozo
    assert parsed.version == VERSIONS[outlet.feed_format]
    assert parsed.feed.title == outlet.name
    assert outlet.remark in (parsed.feed.get("subtitle") or parsed.feed.description)
    assert headers(answer)["Content-Type"] == CONTENT_TYPES[outlet.feed_format]
    told = {entry.link: entry for entry in parsed.entries}
    assert len(told) == len(of.items)
    for one in of.shown(START):
        entry = told[one.url]
        assert entry.title == one.item.title
        assert entry.summary == one.item.summary
        stamp = entry.get("published_parsed") or entry.updated_parsed
        assert datetime(*stamp[:6], tzinfo=UTC) == one.published.replace(microsecond=0)


@every_xml_outlet
def test_whole_articles_are_in_the_feeds_that_promise_them_and_in_no_other(outlet):
    of = site(outlet)
    for entry, one in zip(feedparser.parse(feed(of).body).entries, of.shown(START), strict=True):
        last = one.item.paragraphs[-1]
        whole = [last in content.value for content in entry.get("content", [])]
        assert whole == ([True] if outlet.full_text else [])


@every_json_outlet
def test_json_feeds_hold_what_the_format_asks_for(outlet):
    of = site(outlet)
    answer = feed(of)
    told = json.loads(answer.body)
    assert told["version"] == "https://jsonfeed.org/version/1.1"
    assert told["title"] == outlet.name
    assert told["feed_url"] == of.feed_url
    assert outlet.remark in told["description"]
    assert headers(answer)["Content-Type"] == "application/feed+json; charset=utf-8"
    for item, one in zip(told["items"], of.shown(START), strict=True):
        assert (item["id"], item["url"], item["title"]) == (one.item.key, one.url, one.item.title)
        assert datetime.fromisoformat(item["date_published"]) == one.published.replace(microsecond=0)
        last = one.item.paragraphs[-1]
        assert (last in item.get("content_html", "")) == outlet.full_text
        assert ("content_text" in item) != outlet.full_text


@pytest.mark.parametrize("feed_format", ["rss", "rdf", "atom"])
def test_markup_in_the_text_is_escaped(feed_format):
    nasty = 'A & B <b>"c"</b> ]]> & 3 < 4'
    outlet = Outlet(
        key="x", name=nasty, tagline=nasty, language="en", utc_offset=0, feed_format=feed_format,
        feed_path="/f", full_text=True, theme="soup", sections=(nasty,), remark=nasty,
    )  # fmt: skip  # read as a table, not one below the other
    item = Item(
        outlet="x", at="08:00", section=nasty, slug="s", title=nasty, author=nasty, summary=nasty, paragraphs=(nasty,)
    )
    shown = [Shown(item=item, url="http://x.localhost/?a=1&b=2", published=START)]
    root = ET.fromstring(render(outlet, shown, "http://x.localhost"))  # noqa: S314 - made by ourselves a moment ago
    titles = [element.text for element in root.iter() if element.tag.rpartition("}")[2] == "title"]
    assert titles == [nasty, nasty]


@every_outlet
def test_items_are_newest_first(outlet):
    minutes = [one.item.minute for one in site(outlet).shown(START)]
    assert minutes == sorted(minutes, reverse=True)


# --- pages ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("item", RECORDING.items, ids=lambda item: item.key)
def test_a_page_holds_its_article_and_the_usual_furniture(item):
    of = named(item.outlet)
    answer = get(of, item.path)
    page = Paragraphs(answer.body)
    words = labels(of.outlet.language)
    assert headers(answer)["Content-Type"] == "text/html; charset=utf-8"
    assert [one for one in item.paragraphs if one not in page.paragraphs] == []
    for furniture in (
        item.title, item.author, of.outlet.remark, words["consent"], words["newsletter_text"], words["reply_note"],
        *of.outlet.sections, *item.read_more,
    ):  # fmt: skip  # read as a table, not one below the other
        assert furniture in page.text


@pytest.mark.parametrize("theme", ["wordpress", "soup", "semantic", "table"])
def test_themes_are_written_differently(theme):
    signs = {
        "wordpress": b'class="entry-content"',
        "soup": b'class="c7 article-body"',
        "semantic": b'<script type="application/ld+json">',
        "table": b"<table width=",
    }
    of = site(next(outlet for outlet in RECORDING.outlets if outlet.theme == theme))
    body = get(of, of.items[0].path).body
    assert [sign for sign in signs.values() if sign in body] == [signs[theme]]


def test_structured_data_of_the_semantic_theme_can_be_read():
    of = named("han-river-daily")
    item = of.items[0]
    body = get(of, item.path).body.decode()
    data = json.loads(body.partition('<script type="application/ld+json">')[2].partition("</script>")[0])
    assert data["@type"] == "NewsArticle"
    assert data["headline"] == item.title
    assert data["publisher"]["name"] == of.outlet.name
    assert datetime.fromisoformat(data["datePublished"]) == of.shown(START)[-1].published.replace(microsecond=0)


@pytest.mark.parametrize("theme", ["wordpress", "soup", "semantic", "table"])
def test_pages_escape_markup_in_the_text(theme):
    nasty = '</p></script><img src=x onerror="1">&'
    outlet = Outlet(
        key="x", name=nasty, tagline=nasty, language="en", utc_offset=0, feed_format="rss",
        feed_path="/f", full_text=True, theme=theme, sections=(nasty,), remark=nasty,
    )  # fmt: skip  # read as a table, not one below the other
    item = Item(
        outlet="x", at="08:00", section=nasty, slug="s", title=nasty, author=nasty, summary=nasty, paragraphs=(nasty,)
    )
    shown = Shown(item=item, url="http://x.localhost/s", published=START)
    page = article(outlet, shown, [shown], "http://x.localhost")
    assert b"<img" not in page
    assert nasty in Paragraphs(page).paragraphs


def test_latest_links_on_unrelated_pages_name_both_leaders():
    of = named("harbour-courier")
    lifeboat = next(item for item in of.items if item.slug.startswith("lifeboat"))
    other = next(item for item in of.items if item.role == "summit")
    moment = site(of.outlet, speed=360)
    body = get(moment, lifeboat.path, moment.day.shown_at(lifeboat.minute)).body.decode()
    assert other.title in body


def test_the_front_page_lists_what_is_out_and_points_to_the_feed():
    of = named("the-lantern")
    body = get(of, "/").body.decode()
    assert f'href="{of.feed_url}"' in body
    assert 'type="application/feed+json"' in body
    assert all(item.title in body.replace("&#39;", "'") for item in of.items)


# --- time ----------------------------------------------------------------------------------------------------------


def test_an_item_is_there_from_its_minute_on_and_not_before():
    of = named("han-river-daily", speed=360)
    train = next(item for item in of.items if item.at == "08:49")
    moment = of.day.shown_at(train.minute)
    before = moment - timedelta(milliseconds=1)
    assert get(of, train.path, before).status == HTTPStatus.NOT_FOUND
    assert train.path.encode() not in feed(of, before).body
    assert get(of, train.path, moment).status == HTTPStatus.OK
    assert train.path.encode() in feed(of, moment).body


@every_outlet
@pytest.mark.parametrize("speed", [None, 1, 360, 3600])
def test_nothing_bears_a_date_in_the_future_and_only_the_archive_an_old_one(outlet, speed):
    of = site(outlet, speed=speed)
    for item in of.items:
        now = max(START, of.day.shown_at(item.minute))
        for one in of.shown(now):
            assert one.published <= now
            assert (now - one.published > timedelta(days=1)) == (one.item.archived is not None)


@every_outlet
def test_starting_the_day_changes_nothing_that_is_out(outlet):
    begin = START + timedelta(minutes=7)
    still = Site(
        outlet=outlet,
        items=RECORDING.items_of(outlet),
        base_url="http://x.localhost",
        day=RecordedDay(opened=START, start=None, speed=360, last=LAST),
    )
    started = replace(still, day=replace(still.day, start=begin))
    assert [one.item.at for one in still.shown(START)] == [i.at for i in reversed(still.items) if i.at <= "08:30"]
    assert still.shown(begin + timedelta(days=1)) == started.shown(begin) == still.shown(START)
    assert feed(still, begin).body == feed(started, begin).body
    assert len(started.shown(begin + timedelta(minutes=1))) == len(still.items)


def test_the_archive_piece_says_2019_in_feed_and_page():
    of = named("pacific-rim-observer")
    item = next(item for item in of.items if item.archived)
    (entry,) = [e for e in feedparser.parse(feed(of).body).entries if e.title == item.title]
    assert entry.updated == "2019-04-26T08:00:00+10:00"
    assert "2019-04-26 08:00" in Paragraphs(get(of, item.path).body).text


# --- conditional requests ------------------------------------------------------------------------------------------


@every_outlet
def test_the_same_moment_gives_the_same_etag(outlet):
    assert headers(feed(site(outlet)))["ETag"] == headers(feed(site(outlet), START + timedelta(hours=1)))["ETag"]


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_a_known_etag_gets_304(form):
    of = named("harbour-courier")
    etag = headers(feed(of))["ETag"]
    answer = feed(of, if_none_match=form.format(etag))
    assert (answer.status, answer.body) == (HTTPStatus.NOT_MODIFIED, b"")
    assert headers(answer)["ETag"] == etag


def test_a_new_item_ends_the_304():
    of = named("harbour-courier", speed=360)
    item = next(item for item in of.items if item.at == "09:12")
    moment = of.day.shown_at(item.minute)
    etag = headers(feed(of, moment - timedelta(seconds=0.1)))["ETag"]
    assert feed(of, moment - timedelta(seconds=0.01), if_none_match=etag).status == HTTPStatus.NOT_MODIFIED
    assert feed(of, moment, if_none_match=etag).status == HTTPStatus.OK


def test_a_foreign_etag_wins_over_a_date_that_fits():
    of = named("harbour-courier")
    answer = feed(of, if_none_match='"foreign"', if_modified_since=format_datetime(START, usegmt=True))
    assert answer.status == HTTPStatus.OK


@pytest.mark.parametrize(
    ("shift", "status"),
    [(0, HTTPStatus.NOT_MODIFIED), (60, HTTPStatus.NOT_MODIFIED), (-1, HTTPStatus.OK)],
)
def test_if_modified_since_is_compared_with_the_last_change(shift, status):
    of = named("harbour-courier")
    modified = parsedate_to_datetime(headers(feed(of))["Last-Modified"])
    since = format_datetime(modified + timedelta(seconds=shift), usegmt=True)
    assert feed(of, if_modified_since=since).status == status


@pytest.mark.parametrize("nonsense", ["yesterday", "Mon, 99 Foo 2023 25:61:00 GMT", "1"])
def test_an_unreadable_date_is_ignored(nonsense):
    assert feed(named("harbour-courier"), if_modified_since=nonsense).status == HTTPStatus.OK


def test_a_date_without_a_zone_counts_as_utc():
    of = named("harbour-courier")
    modified = parsedate_to_datetime(headers(feed(of))["Last-Modified"])
    assert feed(of, if_modified_since=f"{modified:%a, %d %b %Y %H:%M:%S} -0000").status == HTTPStatus.NOT_MODIFIED


def test_last_modified_is_silent_in_the_second_of_a_change():
    of = named("harbour-courier", speed=360)
    change = of.day.shown_at(next(item for item in of.items if item.at == "09:12").minute)
    second = change.replace(microsecond=0)
    assert "Last-Modified" not in headers(feed(of, change))
    later = headers(feed(of, second + timedelta(seconds=1)))
    assert parsedate_to_datetime(later["Last-Modified"]) == second


@pytest.mark.parametrize("path", ["/nothing", "/feed", "/08/nothing.html", "", "//"])
def test_unknown_paths_are_404(path):
    assert get(named("harbour-courier"), path).status == HTTPStatus.NOT_FOUND


def test_an_outlet_before_its_first_item_has_an_empty_feed_without_dates():
    for outlet in RECORDING.outlets:
        of = site(outlet, speed=360)
        answer = feed(of, START - timedelta(days=1))
        assert answer.status == HTTPStatus.OK
        assert "Last-Modified" not in headers(answer)
        assert of.shown(START - timedelta(days=1)) == ()
