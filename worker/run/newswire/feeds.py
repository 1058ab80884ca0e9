"""Feeds of an outlet: RSS 2.0, RSS 1.0 (RDF), Atom 1.0 (RFC 4287), JSON Feed 1.1.

XML is built as a tree, so that escaping is not a matter of care. Nothing depends on the moment of the request: the same
items give the same bytes, and so the same ETag.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from html import escape
from types import MappingProxyType
from xml.etree.ElementTree import Element, SubElement, tostring

from worker.run.newswire.content import Item, Outlet, Shown

CONTENT_TYPES = MappingProxyType(
    {
        "rss": "application/rss+xml; charset=utf-8",
        "rdf": "application/rdf+xml; charset=utf-8",
        "atom": "application/atom+xml; charset=utf-8",
        "json": "application/feed+json; charset=utf-8",
    }
)


def render(outlet: Outlet, shown: Sequence[Shown], base_url: str) -> bytes:
    """The outlet's feed with the items of `shown`, newest first as given. `base_url` ends without a slash."""
    return _RENDERERS[outlet.feed_format](outlet, shown, base_url)


def local(outlet: Outlet, moment: datetime) -> datetime:
    """`moment` on the outlet's own clock, to the second."""
    return moment.astimezone(timezone(timedelta(hours=outlet.utc_offset))).replace(microsecond=0)


def _body_html(item: Item) -> str:
    return "\n".join(f"<p>{escape(paragraph, quote=False)}</p>" for paragraph in item.paragraphs)


def _description(outlet: Outlet) -> str:
    return f"{outlet.tagline} {outlet.remark}"


def _add(parent: Element, tag: str, text: str = "", **attributes: str) -> Element:
    child = SubElement(parent, tag, attributes)
    child.text = text or None
    return child


def _xml(root: Element) -> bytes:
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _rss(outlet: Outlet, shown: Sequence[Shown], base_url: str) -> bytes:
    root = Element(
        "rss",
        {
            "version": "2.0",
            "xmlns:atom": "http://www.w3.org/2005/Atom",
            "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
        },
    )
    channel = _add(root, "channel")
    _add(channel, "title", outlet.name)
    _add(channel, "link", f"{base_url}/")
    _add(channel, "description", _description(outlet))
    _add(channel, "language", outlet.language)
    _add(channel, "atom:link", href=f"{base_url}{outlet.feed_path}", rel="self", type="application/rss+xml")
    for one in shown:
        _rss_item(channel, outlet, one)
    return _xml(root)


def _rss_item(channel: Element, outlet: Outlet, one: Shown) -> None:
    element = _add(channel, "item")
    _add(element, "title", one.item.title)
    _add(element, "link", one.url)
    _add(element, "guid", one.item.key, isPermaLink="false")
    _add(element, "pubDate", format_datetime(local(outlet, one.published)))
    _add(element, "dc:creator", one.item.author)
    _add(element, "category", one.item.section)
    _add(element, "description", one.item.summary)
    if outlet.full_text:
        _add(element, "content:encoded", _body_html(one.item))


def _rdf(outlet: Outlet, shown: Sequence[Shown], base_url: str) -> bytes:
    root = Element(
        "rdf:RDF",
        {
            "xmlns": "http://purl.org/rss/1.0/",
            "xmlns:rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
        },
    )
    channel = _add(root, "channel", **{"rdf:about": f"{base_url}{outlet.feed_path}"})
    _add(channel, "title", outlet.name)
    _add(channel, "link", f"{base_url}/")
    _add(channel, "description", _description(outlet))
    _add(channel, "dc:language", outlet.language)
    sequence = _add(_add(channel, "items"), "rdf:Seq")
    for one in shown:
        _add(sequence, "rdf:li", **{"rdf:resource": one.url})
        element = _add(root, "item", **{"rdf:about": one.url})
        _add(element, "title", one.item.title)
        _add(element, "link", one.url)
        _add(element, "description", one.item.summary)
        _add(element, "dc:creator", one.item.author)
        _add(element, "dc:date", local(outlet, one.published).isoformat())
    return _xml(root)


def _atom(outlet: Outlet, shown: Sequence[Shown], base_url: str) -> bytes:
    root = Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": outlet.language})
    _add(root, "title", outlet.name)
    _add(root, "subtitle", _description(outlet))
    _add(root, "id", f"tag:newswire.invalid,2023:{outlet.key}")
    _add(root, "link", href=f"{base_url}/", rel="alternate", type="text/html")
    _add(root, "link", href=f"{base_url}{outlet.feed_path}", rel="self", type="application/atom+xml")
    latest = max((one.published for one in shown), default=None)
    if latest is not None:
        _add(root, "updated", local(outlet, latest).isoformat())
    for one in shown:
        _atom_entry(root, outlet, one)
    return _xml(root)


def _atom_entry(root: Element, outlet: Outlet, one: Shown) -> None:
    published = local(outlet, one.published).isoformat()
    entry = _add(root, "entry")
    _add(entry, "title", one.item.title)
    _add(entry, "id", f"tag:newswire.invalid,2023:{one.item.key}")
    _add(entry, "link", href=one.url, rel="alternate", type="text/html")
    _add(entry, "published", published)
    _add(entry, "updated", published)
    _add(_add(entry, "author"), "name", one.item.author)
    _add(entry, "summary", one.item.summary, type="text")
    if outlet.full_text:
        _add(entry, "content", _body_html(one.item), type="html")


def _json(outlet: Outlet, shown: Sequence[Shown], base_url: str) -> bytes:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": f"{base_url}/",
        "feed_url": f"{base_url}{outlet.feed_path}",
        "description": _description(outlet),
        "language": outlet.language,
        "items": [_json_item(outlet, one) for one in shown],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()


def _json_item(outlet: Outlet, one: Shown) -> dict[str, object]:
    content = {"content_html": _body_html(one.item)} if outlet.full_text else {"content_text": one.item.summary}
    return {
        "id": one.item.key,
        "url": one.url,
        "title": one.item.title,
        "summary": one.item.summary,
        "date_published": local(outlet, one.published).isoformat(),
        "authors": [{"name": one.item.author}],
        "tags": [one.item.section],
        **content,
    }


_RENDERERS: MappingProxyType[str, Callable[[Outlet, Sequence[Shown], str], bytes]] = MappingProxyType(
    {"rss": _rss, "rdf": _rdf, "atom": _atom, "json": _json}
)
