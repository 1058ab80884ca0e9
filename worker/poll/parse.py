"""The bytes of a feed to its entries, whatever the format; what is no feed becomes a FeedError that says what it is."""

from __future__ import annotations

import re
from datetime import datetime

from worker.errors import FeedError
from worker.model import ParsedFeed
from worker.poll.charset import decode
from worker.poll.feedxml import parse_xml_feed
from worker.poll.jsonfeed import parse_json_feed
from worker.poll.sitemap import parse_sitemap

# Warnings of a scripting language are the usual thing that stands before a feed; more than this is another document.
_LONGEST_JUNK = 10_000
_DISCOVER = "try `wirewatch feeds discover URL`"
_PROLOG = re.compile(r"\s+|<\?|<!--|<!")
_ROOT = re.compile(r"<((?:[A-Za-z_][\w.-]{0,60}:)?([A-Za-z_][\w.-]{0,60}))[\s/>]")
_FEED_ROOT = re.compile(r"<(?:\?xml\s|(?:rdf:RDF|rss|feed|urlset)[\s>])")
_HTML = frozenset({"html", "head", "body", "title", "meta", "script", "div", "p", "table"})
_ENDS = {"<?": "?>", "<!--": "-->"}


def parse_feed(body: bytes, *, url: str, content_type: str = "", now: datetime) -> ParsedFeed:
    """Entries of an RSS, RDF, Atom or JSON feed or a news sitemap, at most the newest 500, in document order.

    `url` is where the body came from (after redirects), `content_type` its HTTP header; the body decides what it is,
    not the header. A document that was cut off is read as far as it goes. Takes time and memory as the body wants it:
    run it where it can be killed. Raises FeedError with a sentence for people.
    """
    text = decode(body, content_type).lstrip("\ufeff \t\r\n\x00")
    if not text:
        raise FeedError("the body is empty; the feed may have moved, look at its address in a browser")
    if text[0] in "{[":
        return parse_json_feed(text, url=url, now=now)
    text, root = _from_root(text)
    name = root.rpartition(":")[2].lower()
    if name == "urlset":
        return parse_sitemap(text, url=url, now=now)
    if refusal := _refusal(name):
        raise FeedError(refusal)
    return parse_xml_feed(text, url=url, root=root, now=now)


def _refusal(name: str) -> str:
    if name in _HTML:
        return f"this is an HTML page, not a feed; {_DISCOVER}"
    if name == "opml":
        return "this is an OPML list of feeds, not a feed; use `wirewatch feeds import`"
    if name == "sitemapindex":
        return "this is a sitemap index, not a feed; add the news sitemap that it lists"
    if not name:
        return f"this is neither XML nor JSON, so not a feed; {_DISCOVER}"
    return ""


def _from_root(text: str) -> tuple[str, str]:
    """The document without what some servers print before it, and its root element's name, "" where there is none."""
    at, root = _root(text)
    html = re.match(r"<!doctype\s+html|<html", text, re.IGNORECASE)
    if root.rpartition(":")[2].lower() not in {"rss", "rdf", "feed", "urlset"}:
        # A page may quote a feed, so a document that says it is HTML stays one.
        start = None if html else _FEED_ROOT.search(text, 0, _LONGEST_JUNK)
        if not start:
            return text, "html" if html else root
        text = text[start.start() :]
        at, root = _root(text)
    # The parser takes quadratic time over white space in front of the root.
    return re.sub(r"\s+", "\n", text[:at]) + text[at:], root


def _root(text: str) -> tuple[int, str]:
    """Place and name of the first element behind declarations and comments; "" where there is none."""
    at = 0
    while prolog := _PROLOG.match(text, at):
        at = prolog.end() if prolog[0].isspace() else _end(text, prolog.end(), prolog[0])
    found = _ROOT.match(text, at)
    return at, found[1] if found else ""


def _end(text: str, at: int, opening: str) -> int:
    """Where a declaration or comment ends. A document type may hold an internal subset in square brackets."""
    close = text.find(_ENDS.get(opening, ">"), at)
    subset = text.find("[", at, close) if opening == "<!" and close >= 0 else -1
    if subset >= 0:
        close = text.find(">", max(text.find("]", subset), close))
    return len(text) if close < 0 else close + len(_ENDS.get(opening, ">"))
