"""The stories that a topic told of, as Atom (RFC 4287) and JSON Feed 1.1: an entry a story, updated with each alert.

An entry's id is made of the story that was told first, and stays when stories become one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid5
from xml.etree.ElementTree import Element, SubElement, tostring

from markupsafe import Markup, escape

from worker.alerts.payload import encodable, rfc3339, story_url
from worker.alerts.plain import plain, web_address
from worker.alerts.timeline import Told, timeline
from worker.alerts.words import REASONS
from worker.model import Alert, Reason

ATOM = "application/atom+xml"
JSON_FEED = "application/feed+json"
ENTRIES = 50
_REPORTS = 8
# Any fixed one will do (RFC 9562, 5.5); to change it would show every story as new.
_SPACE = UUID("6f6d1a52-2f5c-5d6b-9a3f-6c7c1b1c2f10")
_NO_STORY = frozenset({Reason.DIGEST, Reason.TEST, Reason.NOTICE})
_WAS = "was:"
# What XML 1.0 cannot hold (2.2, Char).
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A topic as a feed; `address` is where this form of it is read, `home` its page."""

    topic_id: str
    title: str
    address: str
    home: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A story that was told: `alerts` in the order in which they were decided."""

    key: str
    alerts: tuple[Alert, ...]

    @property
    def urn(self) -> str:
        return f"urn:uuid:{uuid5(_SPACE, self.key)}"

    @property
    def latest(self) -> Alert:
        return self.alerts[-1]


def items_of(alerts: Iterable[Alert]) -> list[Item]:
    """The stories behind these alerts, those told of last first; what became one story is one item."""
    told = sorted((one for one in alerts if one.reason not in _NO_STORY), key=lambda one: (one.created, one.id))
    into = {key.removeprefix(_WAS): one.story.id for one in told for key in one.story.told if key.startswith(_WAS)}
    stories: dict[str, list[Alert]] = {}
    for one in told:
        stories.setdefault(_followed(one.story.id, into), []).append(one)
    items = [Item(key=own[0].story.id, alerts=tuple(own)) for own in stories.values()]
    return sorted(items, key=lambda item: item.latest.created, reverse=True)[:ENTRIES]


def atom(channel: Channel, items: Sequence[Item], *, base_url: str) -> bytes:
    """The Atom document."""
    feed = Element("feed", {"xmlns": "http://www.w3.org/2005/Atom"})
    _text(feed, "id", f"urn:uuid:{uuid5(_SPACE, channel.topic_id)}")
    _text(feed, "title", channel.title)
    _text(feed, "updated", rfc3339(items[0].latest.created if items else datetime.fromtimestamp(0, UTC)))
    _text(SubElement(feed, "author"), "name", "wirewatch")
    SubElement(feed, "link", {"rel": "self", "type": ATOM, "href": channel.address})
    SubElement(feed, "link", {"rel": "alternate", "type": "text/html", "href": channel.home})
    for item in items:
        _entry(SubElement(feed, "entry"), item, base_url)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + tostring(feed, encoding="unicode").encode("utf-8", "replace")


def json_feed(channel: Channel, items: Sequence[Item], *, base_url: str) -> bytes:
    """The JSON Feed document."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "home_page_url": channel.home,
        "feed_url": channel.address,
        "authors": [{"name": "wirewatch"}],
        "items": [_json_item(item, base_url) for item in items],
    }
    return json.dumps(feed, ensure_ascii=False).encode("utf-8", "replace")


def _entry(entry: Element, item: Item, base_url: str) -> None:
    alert, told = item.latest, timeline(item.latest.story)
    _text(entry, "id", item.urn)
    _text(entry, "title", _title(alert))
    _text(entry, "published", rfc3339(item.alerts[0].created))
    _text(entry, "updated", rfc3339(alert.created))
    _text(SubElement(entry, "author"), "name", _first_source(told))
    SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": story_url(base_url, alert.story.id)})
    if elsewhere := _first_url(told):
        SubElement(entry, "link", {"rel": "related", "href": _xml(elsewhere)})
    for reason in _reasons(item):
        SubElement(entry, "category", {"term": reason.value, "label": REASONS[reason]})
    _text(entry, "summary", plain(alert.sent_because))
    _text(entry, "content", _html(item, told, base_url), type="html")


def _json_item(item: Item, base_url: str) -> Mapping[str, object]:
    alert, told = item.latest, timeline(item.latest.story)
    elsewhere = _first_url(told)
    return {
        "id": item.urn,
        "url": story_url(base_url, alert.story.id),
        **({"external_url": elsewhere} if elsewhere else {}),
        "title": _title(alert),
        "content_html": _html(item, told, base_url),
        "summary": plain(alert.sent_because),
        "date_published": rfc3339(item.alerts[0].created),
        "date_modified": rfc3339(alert.created),
        "authors": [{"name": _first_source(told)}],
        "tags": [reason.value for reason in _reasons(item)],
    }


def _html(item: Item, told: Sequence[Told], base_url: str) -> str:
    """Why it was told, newest first, and who reported it; all words of others are escaped."""
    steps = [
        Markup("<p><strong>{}</strong>, {}: {}</p>").format(
            REASONS[one.reason], one.created.astimezone(UTC).strftime("%-d %b %H:%M UTC"), plain(one.sent_because)
        )
        for one in reversed(item.alerts)
    ]
    story = item.latest.story
    counted = Markup("<p>Independent sources: {}, reports: {}</p>").format(
        story.independent_sources, len(story.reports)
    )
    rows = Markup("").join(_report(one) for one in told[:_REPORTS])
    page = Markup('<p><a href="{}">All about this story</a></p>').format(story_url(base_url, story.id))
    return str(Markup("").join([*steps, counted, Markup("<ul>{}</ul>").format(rows), page]))


def _report(told: Told) -> Markup:
    title, url = plain(told.report.title) or "(without a title)", told.report.url
    shown = Markup('<a href="{}">{}</a>').format(url, title) if web_address(url) else escape(title)
    copy = f", a copy of {plain(told.copy_of)}" if told.copy_of else ""
    return Markup("<li>{}, {} {}{}</li>").format(
        plain(told.report.source), told.at.astimezone(UTC).strftime("%-d %b %H:%M"), shown, copy
    )


def _reasons(item: Item) -> Sequence[Reason]:
    return tuple(dict.fromkeys(one.reason for one in item.alerts))


def _title(alert: Alert) -> str:
    return plain(alert.story.headline) or "(without a headline)"


def _first_source(told: Sequence[Told]) -> str:
    return (plain(told[0].report.source) if told else "") or "unknown source"


def _first_url(told: Sequence[Told]) -> str:
    """Where it was reported first, "" where that is no address of the web."""
    return encodable(web_address(told[0].report.url)) if told else ""


def _followed(story_id: str, into: Mapping[str, str]) -> str:
    passed = {story_id}
    while (after := into.get(story_id)) and after not in passed:
        passed.add(after)
        story_id = after
    return story_id


def _text(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = _xml(text)


def _xml(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
