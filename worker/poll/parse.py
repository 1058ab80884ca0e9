"""The bytes of a feed to its entries, whatever the format; what is no feed becomes a FeedError that says what it is."""

from __future__ import annotations

import zlib
from datetime import datetime

from worker.errors import FeedError
from worker.model import ParsedFeed
from worker.poll.charset import decode
from worker.poll.crowd import thinned
from worker.poll.feedxml import parse_xml_feed
from worker.poll.jsonfeed import parse_json_feed
from worker.poll.opening import from_root, local_name
from worker.poll.sitemap import parse_sitemap, parse_sitemap_index

LONGEST_UNPACKED = 10_000_000
"""Bytes that a gzip file may unpack to."""

_DISCOVER = "try `wirewatch feeds discover URL`"
_HTML = frozenset({"html", "head", "body", "title", "meta", "script", "div", "p", "table"})


def parse_feed(body: bytes, *, url: str, content_type: str = "", now: datetime) -> ParsedFeed:
    """Entries of an RSS, RDF, Atom or JSON feed or a news sitemap, at most the newest 500, in document order.

    A sitemap index has none, but `follow` names sitemaps that may.
    `url` is where the body came from (after redirects), `content_type` its HTTP header; the body decides what it is,
    not the header. A document that was cut off is read as far as it goes. Takes time and memory as the body wants it:
    run it where it can be killed. Raises FeedError with a sentence for people.
    """
    text = decode(_unpacked(body), content_type).lstrip("\ufeff \t\r\n\x00")
    if not text:
        raise FeedError("the body is empty; the feed may have moved, look at its address in a browser")
    if text[0] in "{[":
        return parse_json_feed(text, url=url, now=now)
    text, root = from_root(text)
    name = local_name(root)
    if name == "urlset":
        return parse_sitemap(text, url=url, now=now)
    if name == "sitemapindex":
        return parse_sitemap_index(text, url=url, now=now)
    if refusal := _refusal(name):
        raise FeedError(refusal)
    return parse_xml_feed(thinned(text, now=now), url=url, root=root, now=now)


def _unpacked(body: bytes) -> bytes:
    """The body; one that is a gzip file, as sitemaps often are, unpacked."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        unpacked = zlib.decompressobj(wbits=31).decompress(body, LONGEST_UNPACKED + 1)
    except zlib.error as error:
        raise FeedError("this is a gzip file that cannot be unpacked; its publisher has to mend it") from error
    if len(unpacked) > LONGEST_UNPACKED:
        raise FeedError(f"this is a gzip file of more than {LONGEST_UNPACKED:,} bytes; nothing was read")
    return unpacked


def _refusal(name: str) -> str:
    if name in _HTML:
        return f"this is an HTML page, not a feed; {_DISCOVER}"
    if name == "opml":
        return "this is an OPML list of feeds, not a feed; use `wirewatch feeds import`"
    if not name:
        return f"this is neither XML nor JSON, so not a feed; {_DISCOVER}"
    return ""
