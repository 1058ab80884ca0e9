"""From a page to its feeds: what counts as an announcement, and which requests are made."""

import asyncio
from datetime import UTC, datetime

import pytest

from worker.errors import FetchFailedError, HttpStatusError, StageTimeoutError
from worker.model import Page
from worker.poll.discover import MOST_FEEDS, WELL_KNOWN, FoundFeed, announced, best_first, discover, feeds_on

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
HOME = "https://gazette.example/news/"
RSS = b"<rss version='2.0'><channel><title>The Gazette</title></channel></rss>"
ATOM = b"<feed xmlns='http://www.w3.org/2005/Atom'><title>The Gazette</title></feed>"
JSON = b'{"version": "https://jsonfeed.org/version/1.1", "title": "The Gazette", "items": []}'
SITEMAP = b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'></urlset>"
NOT_FOUND = HttpStatusError("gazette.example answered 404 Not Found", status=404)


def link(kind="application/rss+xml", href="/rss", **more):
    rest = "".join(f' {name}="{value}"' for name, value in more.items())
    return f'<link rel="alternate" type="{kind}" href="{href}"{rest}>'


def urls(page, url=HOME):
    return [feed.url for feed in announced(page, url)]


# --- announcements ---


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("application/rss+xml", "rss"),
        ("application/rdf+xml", "rss"),
        ("application/atom+xml", "atom"),
        ("application/feed+json", "json"),
        ("application/json", "json"),
        ("Application/RSS+XML; charset=utf-8", "rss"),
    ],
)
def test_every_type_of_feed_is_taken(kind, told):
    (feed,) = announced(link(kind, title="News"), HOME)
    assert feed == FoundFeed(url="https://gazette.example/rss", title="News", type=told)


@pytest.mark.parametrize(
    "page",
    [
        '<link rel="stylesheet" type="application/rss+xml" href="/rss">',
        '<link type="application/rss+xml" href="/rss">',
        '<link rel="alternate" href="/rss">',
        '<link rel="alternate" type="application/rss+xml">',
        '<a rel="alternate" type="application/rss+xml" href="/rss">',
        link("text/html"),
        link("application/json+oembed"),
        link("application/json", "/wp-json/wp/v2/pages/2"),
        link("application/json", "/?rest_route=/wp/v2/pages/2"),
        link(href="javascript:alert(1)"),
        link(href="data:application/rss+xml,x"),
        link(href="http://[half"),
        link(href=""),
        f"<!-- {link()} -->",
        f"<script>document.write('{link()}')</script>",
        f"<style>{link()}</style>",
        f"<textarea>{link()}</textarea>",
        f"<!-- nobody closes this {link()}",
        f"<script> nobody closes this {link()}",
        f"<linked {link()[6:]}",
    ],
)
def test_what_is_no_announcement(page):
    assert urls(page) == []


@pytest.mark.parametrize(
    "page",
    [
        "<LINK REL='Home ALTERNATE' TYPE='application/rss+xml' HREF='/rss'>",
        "<link rel=alternate type=application/rss+xml href=/rss>",
        '<link\nrel = "alternate"\n\ttype="application/rss+xml" href="\n/rss "/>',
        '<link rel="alternate"type="application/rss+xml"href="/rss">',
        '<link title="News > World" rel="alternate" type="application/rss+xml" href="/rss">',
        '<link rel="alternate" type="application/rss+xml" href="/rss" href="/second">',
        "<!-- a comment -->" + link(),
        "<script>1 < 2</script>" + link(),
        "<body><p>" + link(),
        link(href="https://gazette.example/rss"),
        link(href="//gazette.example/rss"),
        link(href="../rss"),
        link(href="&#47;rss"),
    ],
)
def test_spellings_of_one_announcement(page):
    assert urls(page) == ["https://gazette.example/rss"]


def test_the_first_base_resolves_every_address():
    page = '<base target="_top"><base href="/world/"><base href="/sport/">' + link(href="rss") + link(href="/all")
    assert urls(page) == ["https://gazette.example/world/rss", "https://gazette.example/all"]
    assert urls('<base href="javascript:1">' + link(href="rss")) == ["https://gazette.example/news/rss"]


def test_each_address_once_in_the_order_of_the_page():
    page = link(href="/b", title="first") + link("application/atom+xml", "/a") + link(href="/b", title="again")
    assert [(feed.url[-2:], feed.title) for feed in announced(page, HOME)] == [("/b", "first"), ("/a", "")]


def test_titles_are_plain_words_on_one_line():
    (feed,) = announced(link(title="Food &amp;\n &lt;b&gt;drink&lt;/b&gt;\x07 " + "x" * 5000), HOME)
    assert feed.title.startswith("Food & drink ")
    assert len(feed.title) <= 1000


def test_a_page_of_links_is_cut():
    assert len(urls("".join(link(href=f"/{n}") for n in range(2 * MOST_FEEDS)))) == MOST_FEEDS


@pytest.mark.parametrize(
    "piece",
    [
        "<link ",
        '<link a="',
        "<link a='\"",
        '<link """"',
        "<!--",
        "<script>",
        "<base href=",
        "<link" + " " * 50,
        "<link a=",
    ],
)
def test_hostile_repetition_is_read_to_the_end(piece):
    # Quadratic time over two million characters would outlast the limit of the whole run.
    assert urls(link() + piece * (2_000_000 // len(piece))) == ["https://gazette.example/rss"]


# --- documents ---


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (RSS, "rss"),
        (b"<?xml version='1.0'?>\n<!-- made by hand -->\n" + RSS, "rss"),
        (b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><title/></rdf:RDF>", "rss"),
        (ATOM, "atom"),
        (JSON, "json"),
        (SITEMAP, "sitemap"),
    ],
)
def test_a_feed_is_found_in_itself(body, told):
    (feed,) = feeds_on(body, url=HOME, now=NOW)
    assert (feed.url, feed.type) == (HOME, told)
    assert feed.title == ("The Gazette" if b"Gazette" in body else "")


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"words", b"\x89PNG\r\n", b"<opml version='2.0'></opml>", b"<html></html>"]
)
def test_other_documents_lead_nowhere(body):
    assert feeds_on(body, url=HOME, now=NOW) == ()


def test_the_charset_of_the_page_is_kept():
    page = link(title="Новости").encode("cp1251")
    (feed,) = feeds_on(b"<html>" + page, url=HOME, content_type="text/html; charset=windows-1251", now=NOW)
    assert feed.title == "Новости"


# --- requests ---


class Site:
    """Serves pages from memory, 404 elsewhere; an exception in place of a page is raised."""

    def __init__(self, pages, moved=HOME, link=""):
        self.pages, self.moved, self.link, self.asked = pages, moved, link, []

    async def page(self, url):
        self.asked.append(url)
        found = self.pages.get(url, NOT_FOUND)
        if isinstance(found, Exception):
            raise found
        return Page(
            url=self.moved if url == HOME else url,
            body=found,
            content_type="text/html",
            charset="utf-8",
            link=self.link if url == HOME else "",
        )


class Parser:
    """Runs in place; is stopped at documents that say so."""

    async def run(self, function, body, **named):
        if b"hang" in body:
            raise StageTimeoutError("took longer than 5 s and was stopped")
        return function(body, **named)


def found(site):
    return asyncio.run(discover(HOME, fetcher=site, parser=Parser(), now=NOW))


def at(path):
    return f"https://gazette.example{path}"


@pytest.mark.parametrize("body", [RSS, link().encode()])
def test_one_request_where_the_page_says_enough(body):
    site = Site({HOME: body, at("/feed"): ATOM})
    assert [feed.type for feed in found(site)] == ["rss"]
    assert site.asked == [HOME]


def test_usual_places_in_turn_up_to_the_first_feed():
    site = Site({HOME: b"<html>", at("/feed"): b"<html>Not here", at("/feed.xml"): ATOM, at("/atom.xml"): ATOM})
    assert found(site) == (FoundFeed(url=at("/feed.xml"), title="The Gazette", type="atom"),)
    assert site.asked == [HOME, at("/robots.txt"), at("/feed"), at("/rss.xml"), at("/feed.xml")]


def test_no_more_than_seven_usual_places_on_the_host_the_page_is_on():
    site = Site({HOME: b"<html>"}, moved="https://www.gazette.example/en/home?x=1")
    assert found(site) == ()
    assert site.asked == [HOME, *("https://www.gazette.example" + path for path in ("/robots.txt", *WELL_KNOWN))]
    assert len(WELL_KNOWN) == 7


@pytest.mark.parametrize(
    "error",
    [
        HttpStatusError("slow down", status=429),
        HttpStatusError("later", status=503),
        FetchFailedError("gazette.example was not done within 30 s", kind="timeout"),
    ],
)
def test_a_site_that_wants_to_be_left_alone_is(error):
    site = Site({HOME: b"<html>", at("/feed"): error, at("/rss.xml"): RSS})
    assert found(site) == ()
    assert site.asked == [HOME, at("/robots.txt"), at("/feed")]


NEWS = (
    b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' "
    b"xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'><url><loc>https://gazette.example/1</loc><news:news>"
    b"<news:publication_date>2026-05-01</news:publication_date><news:title>Sample</news:title></news:news></url></urlset>"
)
ROBOTS = b"""User-agent: *
Sitemap: https://gazette.example/all.xml
sitemap : /news-sitemap.xml
Sitemap: https://gazette.example/NEWS/today.xml
Sitemap: https://gazette.example/news/third.xml
Sitemap: javascript:news
"""


def test_news_sitemaps_that_robots_txt_names_come_after_feeds():
    site = Site({HOME: b"<html>", at("/robots.txt"): ROBOTS, at("/news-sitemap.xml"): NEWS, at("/feed"): RSS})
    assert [(feed.url, feed.type) for feed in found(site)] == [
        (at("/feed"), "rss"),
        (at("/news-sitemap.xml"), "sitemap"),
    ]
    assert site.asked == [
        HOME,
        at("/robots.txt"),
        at("/news-sitemap.xml"),
        at("/NEWS/today.xml"),
        at("/feed"),
    ]


def test_a_site_that_wants_to_be_left_alone_keeps_what_was_found():
    wait = HttpStatusError("slow down", status=429)
    site = Site({HOME: b"<html>", at("/robots.txt"): ROBOTS, at("/news-sitemap.xml"): NEWS, at("/feed"): wait})
    assert [feed.url for feed in found(site)] == [at("/news-sitemap.xml")]
    assert site.asked[-1] == at("/feed")


def test_link_headers_announce_too():
    header = (
        '</all.rss>; rel="alternate"; type="application/rss+xml"; title="All", </x>; rel=alternate; type="text/html", '
        '</wp-json/x>; rel="alternate"; type="application/json"'
    )
    site = Site({HOME: link(href="/all.rss").encode() + link(href="/b").encode()}, link=header)
    assert found(site) == (
        FoundFeed(url=at("/all.rss"), title="All", type="rss"),
        FoundFeed(url=at("/b"), title="", type="rss"),
    )


def of(path, kind="rss", title=""):
    return FoundFeed(url=at(path), title=title, type=kind)


def test_the_best_comes_first():
    feeds = [
        of("/comments/feed", title="The Gazette"),
        of("/map.xml", "sitemap"),
        of("/feed.json", "json"),
        of("/all", "atom"),
        of("/a", title="Comments on everything"),
        of("/news/rss"),
        of("/all"),
    ]
    ranked = best_first(feeds, HOME)
    assert [feed.url for feed in ranked] == [
        at(path) for path in ("/news/rss", "/all", "/feed.json", "/map.xml", "/comments/feed", "/a")
    ]
    assert best_first(ranked, HOME) == ranked


@pytest.mark.parametrize("trouble", [HttpStatusError("broken", status=500), b"hang"])
def test_trouble_at_one_place_leaves_the_others(trouble):
    site = Site({HOME: b"<html>", at("/feed"): trouble, at("/rss.xml"): RSS})
    assert [feed.url for feed in found(site)] == [at("/rss.xml")]


@pytest.mark.parametrize(("body", "error"), [(NOT_FOUND, HttpStatusError), (b"hang", StageTimeoutError)])
def test_trouble_with_the_page_itself_is_told(body, error):
    with pytest.raises(error):
        found(Site({HOME: body, at("/feed"): RSS}))
