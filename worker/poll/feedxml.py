"""RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0: feedparser reads, we repair before and clean after."""

from __future__ import annotations

import html
import io
import re
from datetime import datetime
from functools import lru_cache
from typing import Any

import feedparser
import feedparser.api
import feedparser.mixin
from feedparser.util import FeedParserDict

from worker.errors import FeedError
from worker.model import ParsedFeed
from worker.poll.dates import read_date
from worker.poll.draft import Draft, Head, newest, parsed_feed
from worker.poll.pauses import pause, skip_days, skip_hours
from worker.poll.plain_items import PlainItem, parted
from worker.poll.text import plain, web_link

# feedparser works out the base address anew at every tag and looks for an XML reader that nobody has at every document;
# both together are a third of its time for a small document and a fifth for a long one.
feedparser.mixin.make_safe_absolute_uri = lru_cache(maxsize=32)(feedparser.mixin.make_safe_absolute_uri)
feedparser.api.PREFERRED_XML_PARSERS.clear()
# Another fifth goes into looking up keys that have no second name, and into deep copies of what is one level deep: the
# type of an element's text, and what an entry's source says, whose original is emptied right after.
_RENAMED = frozenset(FeedParserDict.keymap) | {"category", "enclosures", "license", "updated", "updated_parsed"}
_get_renamed = FeedParserDict.get


def _get(record: Any, key: str, default: Any = None) -> Any:
    return _get_renamed(record, key, default) if key in _RENAMED else dict.get(record, key, default)


FeedParserDict.get = _get
FeedParserDict.__deepcopy__ = lambda record, _memo: FeedParserDict(record)

# What feedparser and the SGML parser below it raise on hostile input; their code is not ours to narrow this down.
_PARSER_FAILURES = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_ENTRY_END = re.compile(r"</(?:[\w.-]{1,40}:)?(?:item|entry)\s*>", re.IGNORECASE)
# Characters XML 1.0 forbids (section 2.2), plain or by number; one of them would make the whole document ill-formed.
_REFERENCE = re.compile(r"&#(x[0-9a-f]+|[0-9]+);?", re.IGNORECASE)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FEED_ROOTS = frozenset({"rss", "rdf", "feed"})
_DATES = ("published", "created", "updated", "date", "issued")
_HTML_TYPES = ("text/html", "application/xhtml+xml", "html", "xhtml")


def parse_xml_feed(text: str, *, url: str, root: str, now: datetime) -> ParsedFeed:
    """A feed's text to entries. `root` is the document element's name as spelled, e.g. "rdf:RDF".

    Raises FeedError where the document is no feed or holds no whole entry because it was cut off.
    """
    text = _closed(_legal(text), root)
    found, entries = _entries(text, url)
    if not entries and root.rpartition(":")[2].lower() not in _FEED_ROOTS:
        raise FeedError(
            f"this is XML but not a feed (it begins with <{root[:40]}>); try `wirewatch feeds discover URL`"
        )
    head = found.feed
    return parsed_feed(
        Head(
            title=plain(_text(head, "title"), markup=_is_markup(head, "title")),
            link=_text(head, "link"),
            language=head.get("language"),
            ttl=pause(head),
            skip_hours=skip_hours(text),
            skip_days=skip_days(text),
            hub=_related(head, "hub"),
            self_url=_related(head, "self"),
        ),
        [_draft(entry, now) for entry in newest(entries, lambda entry: _published(entry, now)[0])],
    )


def _entries(text: str, url: str) -> tuple[Any, list[Any]]:
    """What feedparser says of the document, and its entries in their order, as it or as PlainItem has them."""
    if (parts := parted(text, url=url)) is not None:
        found = _read(parts.rest, url)
        probe, *others = found.entries or [{}]
        if not found.bozo and len(others) == len(parts.others) and _is_usual(probe, url):
            by_place = {**parts.plain, **dict(zip(parts.others, others, strict=True))}
            return found, [by_place[place] for place in sorted(by_place)]
    found = _read(text, url)
    return found, list(found.entries)


def _is_usual(probe: Any, url: str) -> bool:
    """Whether links in items start from the feed's address, and nothing names the language of their words."""
    detail = dict.get(probe, "title_detail") or {}
    return detail.get("base") == url and detail.get("language") is None


def _plain_draft(item: PlainItem, now: datetime) -> Draft:
    published, published_text = _published(item, now)
    return Draft(
        guid=item.id,
        link=web_link(item.link),
        title=item.title,
        title_markup=item.title_markup,
        summary=item.summary,
        content=item.content,
        author=item.author,
        published=published,
        updated=read_date(item.updated, now=now),
        published_text=published_text,
    )


def _legal(text: str) -> str:
    """The text without characters and character references that XML forbids."""
    return _REFERENCE.sub(_legal_reference, _ILLEGAL.sub("", text))


def _legal_reference(found: re.Match[str]) -> str:
    digits = found[1].lower()
    if len(digits) > 9:
        return ""
    code = int(digits[1:], 16) if digits[0] == "x" else int(digits)
    return found[0] if code <= 0x10FFFF and not _ILLEGAL.match(chr(code)) else ""


def _closed(text: str, root: str) -> str:
    """The text; where it was cut off in the middle, up to its last whole entry and with the open elements closed."""
    if re.search(rf"</{re.escape(root)}\s*>", text, re.IGNORECASE):
        return text
    end = max((match.end() for match in _ENTRY_END.finditer(text)), default=0)
    if not end:
        raise FeedError("the feed is cut off in the middle, before its first entry ends; nothing can be read")
    inside_channel = root.lower() == "rss" and "</channel>" not in text[:end]
    return f"{text[:end]}{'</channel>' if inside_channel else ''}</{root}>"


def _read(text: str, url: str) -> Any:
    """What feedparser finds. A stream of bytes is given, because a string could be taken for an address or a file name.

    Its sanitiser and its resolver of addresses inside HTML are off: what leaves this stage as text is cleaned by us,
    and both cost more than the parsing.
    """
    headers = {"content-location": url, "content-type": "application/xml; charset=utf-8"}
    try:
        return feedparser.parse(
            io.BytesIO(text.encode("utf-8")),
            response_headers=headers,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except _PARSER_FAILURES as error:
        raise FeedError(
            f"this feed cannot be read ({type(error).__name__} while parsing); its publisher has to mend it"
        ) from error


def _draft(entry: Any, now: datetime) -> Draft:
    if isinstance(entry, PlainItem):
        return _plain_draft(entry, now)
    published, published_text = _published(entry, now)
    return Draft(
        guid=_text(entry, "id"),
        link=_link(entry),
        title=_text(entry, "title"),
        title_markup=_is_markup(entry, "title"),
        summary=_text(entry, "summary"),
        summary_markup=_is_markup(entry, "summary", default=True),
        content=_content(entry),
        author=_author(entry),
        published=published,
        updated=read_date(_text(entry, "updated"), now=now),
        published_text=published_text,
        language=(entry.get("title_detail") or {}).get("language"),
    )


def _published(entry: Any, now: datetime) -> tuple[datetime | None, str]:
    """The first date that can be read, and the first as spelled; an update date is the last resort."""
    texts = (
        (entry.published, entry.updated)
        if isinstance(entry, PlainItem)
        else tuple(_text(entry, name) for name in _DATES)
    )
    spelled = [text for text in texts if text]
    dates = (read_date(text, now=now) for text in spelled)
    return next((date for date in dates if date), None), spelled[0] if spelled else ""


def _text(record: Any, name: str) -> str:
    # dict.get, because feedparser's own get answers "updated" with "published" and warns about it.
    value = dict.get(record, name)
    return value if isinstance(value, str) else ""


def _is_markup(record: Any, name: str, *, default: bool = False) -> bool:
    detail = dict.get(record, f"{name}_detail")
    return detail.get("type") in _HTML_TYPES if isinstance(detail, dict) and detail.get("type") else default


def _link(entry: Any) -> str:
    """The entry's page; where it names none, the first other version of it that it links to."""
    if link := web_link(_text(entry, "link")):
        return link
    others = [link.get("href") for link in entry.get("links", []) if link.get("rel") in {"alternate", "via"}]
    return next((found for href in others if (found := web_link(href))), "")


def _content(entry: Any) -> str:
    """The longest full text given in line, as HTML; "" where there is none. Untrusted: scripts are still inside."""
    found = [_as_html(part) for part in entry.get("content", []) if isinstance(part, dict) and not part.get("src")]
    return max(found, key=len, default="")


def _as_html(part: Any) -> str:
    value = _text(part, "value")
    kind = part.get("type") or "text/html"
    if kind in _HTML_TYPES:
        return value
    return html.escape(value, quote=False) if kind in {"text/plain", "text"} else ""


def _author(entry: Any) -> str:
    names = [_text(author, "name") for author in entry.get("authors", []) if isinstance(author, dict)]
    return ", ".join(dict.fromkeys(name for name in names if name)) or _text(entry, "author")


def _related(head: Any, relation: str) -> str:
    """The first link of the feed with this relation. WebSub section 4: "hub" and "self"."""
    links = [link for link in head.get("links", []) if link.get("rel") == relation]
    return next((found for link in links if (found := web_link(link.get("href")))), "")
