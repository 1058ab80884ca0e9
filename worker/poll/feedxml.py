"""RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0: feedparser reads, we repair before and clean after."""

from __future__ import annotations

import html
import io
import math
import re
from datetime import datetime
from typing import Any

import feedparser

from worker.errors import FeedError
from worker.model import ParsedFeed
from worker.poll.dates import read_date
from worker.poll.draft import Draft, Head, newest, parsed_feed
from worker.poll.text import plain, web_link

# What feedparser and the SGML parser below it raise on hostile input; their code is not ours to narrow this down.
_PARSER_FAILURES = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_ENTRY_END = re.compile(r"</(?:[\w.-]{1,40}:)?(?:item|entry)\s*>", re.IGNORECASE)
# Characters XML 1.0 forbids (section 2.2), plain or by number; one of them would make the whole document ill-formed.
_REFERENCE = re.compile(r"&#(x[0-9a-f]+|[0-9]+);?", re.IGNORECASE)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FEED_ROOTS = frozenset({"rss", "rdf", "feed"})
_DATES = ("published", "created", "updated", "date", "issued")
_HTML_TYPES = ("text/html", "application/xhtml+xml", "html", "xhtml")
# RSS 1.0 syndication module: seconds in an updatePeriod.
_PERIODS = {"hourly": 3600.0, "daily": 86400.0, "weekly": 604800.0, "monthly": 2592000.0, "yearly": 31536000.0}


def parse_xml_feed(text: str, *, url: str, root: str, now: datetime) -> ParsedFeed:
    """A feed's text to entries. `root` is the document element's name as spelled, e.g. "rdf:RDF".

    Raises FeedError where the document is no feed or holds no whole entry because it was cut off.
    """
    found = _read(_closed(_legal(text), root), url)
    if not found.entries and root.rpartition(":")[2].lower() not in _FEED_ROOTS:
        raise FeedError(
            f"this is XML but not a feed (it begins with <{root[:40]}>); try `wirewatch feeds discover URL`"
        )
    head = found.feed
    entries = newest(found.entries, lambda entry: _published(entry, now)[0])
    return parsed_feed(
        Head(
            title=plain(_text(head, "title"), markup=_is_markup(head, "title")),
            link=_text(head, "link"),
            language=head.get("language"),
            ttl=_pause(head),
            hub=_hub(head),
        ),
        [_draft(entry, now) for entry in entries],
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
    spelled = [text for name in _DATES if (text := _text(entry, name))]
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


def _hub(head: Any) -> str:
    """WebSub section 4: the first link of the feed with rel="hub"."""
    links = head.get("links", [])
    return next((found for link in links if link.get("rel") == "hub" and (found := web_link(link.get("href")))), "")


def _pause(head: Any) -> float | None:
    """The longer of RSS 2.0's ttl (minutes) and the syndication module's updatePeriod / updateFrequency, in seconds."""
    minutes = _number(_text(head, "ttl"))
    period = _PERIODS.get(_text(head, "sy_updateperiod").strip().lower())
    frequency = _number(_text(head, "sy_updatefrequency")) or 1.0
    pauses = [minutes * 60.0 if minutes else 0.0, period / frequency if period else 0.0]
    return max(pauses) or None


def _number(text: str) -> float | None:
    """A positive finite number, else None."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if number > 0 and math.isfinite(number) else None
