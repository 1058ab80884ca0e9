"""What the format readers hand over: a feed's head and its entries before keys are given out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from worker.model import Entry, ParsedFeed
from worker.poll.identity import document_keys
from worker.poll.text import MAX_SUMMARY, MAX_TITLE, language, plain, shortened, web_link

T = TypeVar("T")

MAX_ENTRIES = 500
_MAX_AUTHOR = 300
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One entry as its format spells it: text may still be markup, `link` any string, dates are read."""

    guid: str = ""
    link: str = ""
    base: str = ""
    title: str = ""
    title_markup: bool = True
    summary: str = ""
    summary_markup: bool = True
    content: str = ""
    author: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    published_text: str = ""
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a feed says of itself: a plain title, links as spelled, the pause it asks for in seconds."""

    title: str = ""
    link: str = ""
    language: object = None
    ttl: float | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    hub: str = ""
    self_url: str = ""


def parsed_feed(head: Head, drafts: Sequence[Draft]) -> ParsedFeed:
    """The record the flow works on: everything cleaned, every entry with its key.

    Entries that the document repeats have the same key; `identity.new_entries` takes each once.
    """
    spoken = language(head.language)
    entries = [_entry(draft, spoken) for draft in drafts]
    parts = [(d.guid, e.url, _words(e), d.published_text) for d, e in zip(drafts, entries, strict=True)]
    keyed = [replace(entry, key=key) for key, entry in zip(document_keys(parts), entries, strict=True)]
    return ParsedFeed(
        title=shortened(head.title, MAX_TITLE),
        link=web_link(head.link),
        language=spoken,
        entries=tuple(keyed),
        ttl=head.ttl,
        skip_hours=head.skip_hours,
        skip_days=head.skip_days,
        hub=web_link(head.hub) or None,
        self_url=web_link(head.self_url) or None,
    )


def _entry(draft: Draft, spoken: str | None) -> Entry:
    return Entry(
        key="",
        url=web_link(draft.link, draft.base),
        title=shortened(plain(draft.title, markup=draft.title_markup), MAX_TITLE),
        summary=shortened(plain(draft.summary, markup=draft.summary_markup), MAX_SUMMARY),
        content=draft.content,
        author=shortened(plain(draft.author, markup=False), _MAX_AUTHOR),
        published=draft.published,
        updated=draft.updated,
        language=language(draft.language) or spoken,
    )


def _words(entry: Entry) -> str:
    """What tells an entry without GUID and link from others."""
    return entry.title or entry.summary or entry.content or entry.author


def newest(items: Sequence[T], published: Callable[[T], datetime | None]) -> list[T]:
    """At most MAX_ENTRIES of `items` in their order: the newest if all but a few are dated, else the first ones.

    Documents list the newest first unless their dates say otherwise.
    """
    if len(items) <= MAX_ENTRIES:
        return list(items)
    dates: list[datetime | None] = []
    undated = 0
    for item in items:
        dates.append(published(item))
        undated += dates[-1] is None
        if undated > len(items) // 10:
            return list(items[:MAX_ENTRIES])
    ranked = sorted(range(len(items)), key=lambda i: dates[i] or LONG_AGO, reverse=True)
    return [items[i] for i in sorted(ranked[:MAX_ENTRIES])]
