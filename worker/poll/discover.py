"""From a web page to its feeds: what it announces, else its news sitemaps and what lies where feeds usually lie."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from urllib.parse import urljoin, urlsplit

from worker.errors import FeedError, FetchError, StageTimeoutError
from worker.model import Page
from worker.poll.charset import decode
from worker.poll.links import header_links
from worker.poll.parse import parse_feed
from worker.poll.text import MAX_TITLE, plain, shortened, web_link
from worker.ports import Cleaner, Fetcher

WELL_KNOWN = ("/feed", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/rss", "/feed.json")
"""Where content management systems put a feed; asked only when a page announces none, so a request each is all."""

MOST_SITEMAPS = 2
"""Sitemaps named in robots.txt that are looked at; only those called after news are."""

MOST_FEEDS = 100
"""Announced feeds that are taken from one page; more are no help to anybody who has to choose."""

# Answers after which a site is better left alone.
_ENOUGH = frozenset({"http_429", "http_503", "timeout"})

_ANNOUNCED = {
    "application/rss+xml": "rss",
    "application/rdf+xml": "rss",
    "application/atom+xml": "atom",
    "application/feed+json": "json",
    "application/json": "json",
}
_ROOTS = {"rss": "rss", "rdf": "rss", "feed": "atom", "urlset": "sitemap", "sitemapindex": "sitemap"}
_ROOT = re.compile(r"<(?:[\w.-]{1,60}:)?(rss|rdf|feed|urlset|sitemapindex)[\s>]", re.IGNORECASE)
# WordPress announces its programming interface with the type that JSON Feed 1.0 has.
_INTERFACE = re.compile(r"/wp-json/|[?&]rest_route=")

_SITEMAP = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S{1,2000})", re.IGNORECASE | re.MULTILINE)
# Many sites announce what readers comment beside what they write.
_COMMENTS = re.compile(r"comment|kommentar|commentaire|comentario", re.IGNORECASE)
_USEFUL = ("rss", "atom", "json", "sitemap")

_TAG = re.compile(r"<(?:!--|(script|style|textarea)(?=[\s/>])|(base|link)(?=[\s/]))", re.IGNORECASE)
_HIDDEN_END = {name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in ("script", "style", "textarea")}
_HIDDEN_END[""] = re.compile("-->")
# The HTML standard's tokens for attributes, also those it calls errors (13.2.5.32 to 13.2.5.40).
_ATTRIBUTE = re.compile(r"""[\s/]*+([^\s/>=]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>][^\s>]*+)))?""")
# A tag is read no further, so that quotes nobody closes cost no more than this each.
_LONGEST_TAG = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFeed:
    """A feed a page leads to. `type` is rss, atom, json or sitemap; `title` may be empty."""

    url: str
    title: str
    type: str


async def discover(url: str, *, fetcher: Fetcher, parser: Cleaner, now: datetime) -> tuple[FoundFeed, ...]:
    """The feeds of the page at `url`, the best first: itself, else those it announces.

    Where it announces none, news sitemaps that robots.txt names, and the first feed at a usual place. One request, or
    eleven at most, one after another. Raises FetchError and StageTimeoutError where the page itself cannot be had or
    read; anywhere else the like only means that there is no feed.
    """
    page = await fetcher.page(url)
    found = (*linked(page.link, page.url), *await _read(page, parser, now))
    if not found:
        found = await _elsewhere(page.url, fetcher, parser, now)
    return best_first(found, page.url)


async def _elsewhere(base: str, fetcher: Fetcher, parser: Cleaner, now: datetime) -> tuple[FoundFeed, ...]:
    """Where the page announces nothing; a site that wants to be left alone is."""
    found: list[FoundFeed] = []
    try:
        robots = await _had(urljoin(base, "/robots.txt"), fetcher)
        for sitemap in news_sitemaps(robots.body if robots else b"", base):
            found += await _feeds_at(sitemap, fetcher, parser, now)
        for path in WELL_KNOWN:
            if feeds := await _feeds_at(urljoin(base, path), fetcher, parser, now):
                return (*feeds, *found)
    except FetchError:
        return tuple(found)
    return tuple(found)


async def _feeds_at(url: str, fetcher: Fetcher, parser: Cleaner, now: datetime) -> tuple[FoundFeed, ...]:
    page = await _had(url, fetcher)
    try:
        return await _read(page, parser, now) if page else ()
    except StageTimeoutError:
        return ()


async def _had(url: str, fetcher: Fetcher) -> Page | None:
    """The page, None where there is none; raises where nothing more should be asked for."""
    try:
        return await fetcher.page(url)
    except FetchError as error:
        if error.kind in _ENOUGH:
            raise
        return None


async def _read(page: Page, parser: Cleaner, now: datetime) -> tuple[FoundFeed, ...]:
    charset = f"; charset={page.charset}" if page.charset else ""
    return await parser.run(feeds_on, page.body, url=page.url, content_type=page.content_type + charset, now=now)


def best_first(feeds: Iterable[FoundFeed], page: str) -> tuple[FoundFeed, ...]:
    """Each address once: what is written before what is commented, formats by use, the page's own section first."""
    once: dict[str, FoundFeed] = {}
    for feed in feeds:
        once.setdefault(feed.url, feed)
    return tuple(sorted(once.values(), key=lambda feed: _rank(feed, page)))


def _rank(feed: FoundFeed, page: str) -> tuple[bool, int, int]:
    comments = bool(_COMMENTS.search(feed.title) or _COMMENTS.search(urlsplit(feed.url).path))
    kind = _USEFUL.index(feed.type) or 1  # RSS and Atom are as good as each other
    return comments, kind, -_shared(urlsplit(feed.url).path, urlsplit(page).path)


def _shared(one: str, other: str) -> int:
    """How many folders two paths have in common."""
    pairs = zip(one.strip("/").split("/"), other.strip("/").split("/"), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1] != "", pairs))


def news_sitemaps(robots: bytes, base: str) -> tuple[str, ...]:
    """Sitemaps that a robots.txt names (sitemaps.org, "Informing search engine crawlers"), if they sound of news."""
    named = (web_link(found[1], base) for found in _SITEMAP.finditer(robots.decode("utf-8", "replace")))
    return tuple(dict.fromkeys(url for url in named if "news" in url.lower()))[:MOST_SITEMAPS]


def linked(link_header: str, url: str) -> tuple[FoundFeed, ...]:
    """What an answer from `url` announces in its Link header (RFC 8288)."""
    return tuple(
        FoundFeed(url=link.url, title=_title(link.title), type=_ANNOUNCED[link.type])
        for link in header_links(link_header, url)
        if "alternate" in link.rel and link.type in _ANNOUNCED and not _INTERFACE.search(link.url)
    )


def feeds_on(body: bytes, *, url: str, content_type: str = "", now: datetime) -> tuple[FoundFeed, ...]:
    """The document itself if it is a feed, else the feeds it announces. Hostile bytes: run it where it can be killed.

    `url` is where the body came from (after redirects), `content_type` its HTTP header.
    """
    try:
        feed = parse_feed(body, url=url, content_type=content_type, now=now)
    except FeedError:
        return announced(decode(body, content_type), url)
    return (FoundFeed(url=url, title=feed.title, type=_type(decode(body, content_type))),)


def _type(document: str) -> str:
    root = _ROOT.search(document)
    return _ROOTS[root[1].lower()] if root else "json"


def announced(page: str, url: str) -> tuple[FoundFeed, ...]:
    """What an HTML page at `url` announces by RSS autodiscovery (rssboard.org/rss-autodiscovery), in its order.

    That is every <link rel="alternate"> of a feed's type, each address once; readers look for it in the body too, since
    templates put it there. Addresses are resolved against the page's <base>, and only those of the web are kept.
    """
    tags = list(_tags(page))
    bases = (web_link(attributes["href"], url) for name, attributes in tags if name == "base" and "href" in attributes)
    base = next(bases, "") or url  # only the first that has an address counts (HTML standard, 4.2.3)
    feeds = (_announced(attributes, base) for name, attributes in tags if name == "link")
    found: dict[str, FoundFeed] = {}
    for feed in filter(None, feeds):
        found.setdefault(feed.url, feed)
    return tuple(found.values())[:MOST_FEEDS]


def _announced(attributes: dict[str, str], base: str) -> FoundFeed | None:
    kind = _ANNOUNCED.get(attributes.get("type", "").partition(";")[0].strip().lower())
    address = web_link(attributes.get("href"), base)
    if kind is None or not address or "alternate" not in attributes.get("rel", "").lower().split():
        return None
    if kind == "json" and _INTERFACE.search(address):
        return None
    return FoundFeed(url=address, title=_title(attributes.get("title", "")), type=kind)


def _title(words: str) -> str:
    return shortened(plain(words, markup=False), MAX_TITLE)


def _tags(page: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Name and attributes of every <base> and <link> that is neither in a comment nor in a script."""
    at = 0
    while tag := _TAG.search(page, at):
        if tag[2]:
            attributes, at = _attributes(page, tag.end())
            yield tag[2].lower(), attributes
        elif end := _HIDDEN_END[(tag[1] or "").lower()].search(page, tag.end()):
            at = end.end()
        else:
            return  # what nobody closes hides the rest, as it does in a browser


def _attributes(page: str, at: int) -> tuple[dict[str, str], int]:
    """The attributes of a tag, the first of a name winning, and where they end."""
    found: dict[str, str] = {}
    end = at + _LONGEST_TAG
    while attribute := _ATTRIBUTE.match(page, at, end):
        value = attribute[2] or attribute[3] or attribute[4] or ""
        found.setdefault(attribute[1].lower(), html.unescape(value))
        at = attribute.end()
    return found, at
