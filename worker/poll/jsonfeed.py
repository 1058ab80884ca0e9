"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import html
import json
import re
from datetime import datetime
from typing import Any

from worker.errors import FeedError
from worker.model import ParsedFeed
from worker.poll.dates import read_date
from worker.poll.draft import Draft, Head, newest, parsed_feed
from worker.poll.text import plain, web_link

_ITEMS = re.compile(r'"items"\s{0,100}:\s{0,100}\[')
_SEPARATOR = re.compile(r"[\s,]*")
_NOT_JSON_FEED = "this is JSON but not a JSON Feed (no version, no items); ask the site for its feed's address"


def parse_json_feed(text: str, *, url: str, now: datetime) -> ParsedFeed:
    """A JSON Feed's text to entries. Raises FeedError where it is other JSON, or broken before its first item ends."""
    feed = _load(text)
    items = feed.get("items")
    if "jsonfeed.org/version/" not in _text(feed.get("version")) or not isinstance(items, list):
        raise FeedError(_NOT_JSON_FEED)
    objects = newest([item for item in items if isinstance(item, dict)], lambda item: _published(item, now))
    return parsed_feed(
        Head(
            title=plain(_text(feed.get("title")), markup=False),
            link=web_link(feed.get("home_page_url"), url),
            language=feed.get("language"),
            hub=_hub(feed.get("hubs")),
            self_url=_text(feed.get("feed_url")),
        ),
        [_draft(item, url, now) for item in objects],
    )


def _load(text: str) -> dict[str, Any]:
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError):
        feed = _as_far_as_it_goes(text)
    if not isinstance(feed, dict):
        raise FeedError(_NOT_JSON_FEED)
    return feed


def _as_far_as_it_goes(text: str) -> dict[str, Any]:
    """What stands before the break of a damaged document: its head and the whole items."""
    found = _ITEMS.search(text)
    items: list[Any] = []
    try:
        head = json.loads(text[: found.end()] + "]}") if found else None
        decoder = json.JSONDecoder()
        at = found.end() if found else len(text)
        while (start := _SEPARATOR.match(text, at)) and text.startswith("{", start.end()):
            item, at = decoder.raw_decode(text, start.end())
            items.append(item)
    except (ValueError, RecursionError):
        pass
    if not items or not isinstance(head, dict):
        raise FeedError("the JSON of this feed is broken or cut off before its first item ends; nothing can be read")
    return {**head, "items": items}


def _draft(item: dict[str, Any], url: str, now: datetime) -> Draft:
    markup, words = _text(item.get("content_html")), _text(item.get("content_text"))
    summary = _text(item.get("summary"))
    published = _published(item, now)
    return Draft(
        guid=_text(item.get("id")),
        link=_text(item.get("url")) or _text(item.get("external_url")),
        base=url,
        title=_text(item.get("title")),
        title_markup=False,
        summary=summary or words or markup,
        summary_markup=not summary and not words,
        content=markup or html.escape(words, quote=False),
        author=_author(item),
        published=published,
        updated=read_date(_text(item.get("date_modified")), now=now),
        published_text=_text(item.get("date_published")),
        language=_text(item.get("language")),
    )


def _published(item: dict[str, Any], now: datetime) -> datetime | None:
    return read_date(_text(item.get("date_published")), now=now) or read_date(_text(item.get("date_modified")), now=now)


def _author(item: dict[str, Any]) -> str:
    """Names of the authors; 1.1 has a list, 1.0 a single object."""
    listed = item.get("authors")
    authors = listed if isinstance(listed, list) else [item.get("author")]
    return ", ".join(name for author in authors if isinstance(author, dict) and (name := _text(author.get("name"))))


def _hub(hubs: object) -> str:
    """The WebSub hub's address, "" where there is none."""
    for hub in hubs if isinstance(hubs, list) else []:
        if isinstance(hub, dict) and _text(hub.get("type")).lower() == "websub":
            return _text(hub.get("url"))
    return ""


def _text(value: object) -> str:
    """A string as it is, a number as its digits (ids are often numbers, against the specification), else ""."""
    if isinstance(value, str):
        # JSON can spell half a surrogate pair, which no encoder takes later on.
        return value.encode("utf-8", "replace").decode("utf-8")
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
