"""News sitemaps (https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap) and indexes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit
from xml.parsers import expat

from worker.errors import FeedError
from worker.model import ParsedFeed
from worker.poll.dates import read_date
from worker.poll.draft import LONG_AGO, Draft, Head, newest, parsed_feed
from worker.poll.text import plain, web_link

_WANTED = {
    ("url", "loc"): "loc",
    ("url", "lastmod"): "lastmod",
    ("url", "news", "title"): "title",
    ("url", "news", "publication_date"): "date",
    ("url", "news", "publication", "name"): "publication",
    ("url", "news", "publication", "language"): "language",
    ("sitemap", "loc"): "loc",
    ("sitemap", "lastmod"): "lastmod",
}
# Of the sitemaps that an index names so many are followed: an index may name thousands, of all the site ever published.
_FOLLOWED = 3
_DEEPEST = 50


class _Reader:
    """Collects the news of a sitemap while expat walks through it."""

    def __init__(self) -> None:
        self.news: list[dict[str, str]] = []
        self.pages = 0
        self.sitemaps: list[dict[str, str]] = []
        self._path: list[str] = []
        self._fields: dict[str, list[str]] = {}
        self._text: list[str] | None = None

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        self._path.append(name.rpartition(":")[2].lower())
        if len(self._path) > _DEEPEST:
            raise FeedError("this sitemap is nested too deeply to be one; nothing was read")
        field = _WANTED.get(tuple(self._path[1:]))
        self._text = self._fields.setdefault(field, []) if field else None

    def characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def end(self, _name: str) -> None:
        if self._path[1:] == ["url"]:
            values = {field: "".join(pieces).strip() for field, pieces in self._fields.items()}
            self.pages += 1
            if values.get("loc") and values.get("title"):
                self.news.append(values)
            self._fields = {}
        elif self._path[1:] == ["sitemap"]:
            self.sitemaps.append({field: "".join(pieces).strip() for field, pieces in self._fields.items()})
            self._fields = {}
        self._path.pop()
        self._text = None


def parse_sitemap(text: str, *, url: str, now: datetime) -> ParsedFeed:
    """A news sitemap's text to entries; one that is cut off is read as far as it goes.

    Raises FeedError for a document type declaration (sitemaps need none, attacks do) and for a sitemap without news,
    which lists the pages of a site and not what was published.
    """
    reader = _Reader()
    broken = _walk(text, reader)
    if not reader.news and broken:
        raise FeedError("this sitemap is broken or cut off before its first entry ends; nothing can be read")
    if not reader.news and reader.pages:
        raise FeedError("this sitemap lists pages but no news; use the site's news sitemap or one of its feeds")
    first = reader.news[0] if reader.news else {}
    news = newest(reader.news, lambda values: _published(values, now))
    return parsed_feed(
        Head(title=plain(first.get("publication", ""), markup=False), language=first.get("language")),
        [_draft(values, url, now) for values in news],
    )


def parse_sitemap_index(text: str, *, url: str, now: datetime) -> ParsedFeed:
    """A sitemap index (https://www.sitemaps.org/protocol.html#index) to the few sitemaps to follow.

    Those with "news" in their address, else all, the latest changed first. Raises FeedError where it names none, and
    for a document type declaration.
    """
    reader = _Reader()
    _walk(text, reader)
    named = {link: values for values in reader.sitemaps if (link := web_link(values.get("loc"), url))}
    if not named:
        raise FeedError("this sitemap index names no sitemaps; use one of the site's feeds")
    chosen = [link for link in named if "news" in urlsplit(link).path.lower()] or list(named)
    changed = {link: read_date(named[link].get("lastmod", ""), now=now) or LONG_AGO for link in chosen}
    follow = sorted(chosen, key=lambda link: changed[link], reverse=True)[:_FOLLOWED]
    return replace(parsed_feed(Head(), []), follow=tuple(follow))


def _walk(text: str, reader: _Reader) -> bool:
    """Feed the document to the reader; True where it is not well-formed to its end."""
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError:
        return True
    return False


def _refuse_doctype(*_declaration: object) -> None:
    raise FeedError("this sitemap has a document type declaration, which is not read for safety; nothing can be read")


def _draft(values: dict[str, str], url: str, now: datetime) -> Draft:
    return Draft(
        link=values["loc"],
        base=url,
        title=values["title"],
        title_markup=False,
        published=_published(values, now),
        updated=read_date(values.get("lastmod", ""), now=now),
        published_text=values.get("date", ""),
        language=values.get("language"),
    )


def _published(values: dict[str, str], now: datetime) -> datetime | None:
    return read_date(values.get("date", ""), now=now) or read_date(values.get("lastmod", ""), now=now)
