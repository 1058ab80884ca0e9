"""The recorded day as data: outlets and their items, one TOML file per outlet under recording/outlets/."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

DATA = files("worker.run.newswire") / "recording"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A made-up publisher, or a stand-in that says so in its name.

    `key` is a DNS label, the first of the outlet's host name. `utc_offset` is in hours and only changes how times are
    written. `feed_format` is rss, rdf, atom or json; `theme` names a page template. `full_text` tells whether the feed
    carries whole articles or only their summaries.
    """

    key: str
    name: str
    tagline: str
    language: str
    utc_offset: int
    feed_format: str
    feed_path: str
    full_text: bool
    theme: str
    sections: tuple[str, ...]
    remark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One article of the day.

    `at` is the minute of the recorded day, "08:49" in UTC. `role` is everyday, summit or decoy. `copy_of` names the
    original of a wire copy as "outlet/slug". `archived` is the old publication date of an item that is run again, else
    None. `read_more` are titles of other pieces that the page advertises between its paragraphs.
    """

    outlet: str
    at: str
    section: str
    slug: str
    title: str
    author: str
    summary: str
    paragraphs: tuple[str, ...]
    role: str = "everyday"
    copy_of: str = ""
    archived: datetime | None = None
    read_more: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.outlet}/{self.slug}"

    @property
    def path(self) -> str:
        """The page's path on its outlet's host."""
        return f"/{self.at[:2]}/{self.slug}.html"

    @property
    def minute(self) -> int:
        """Minutes since midnight of the recorded day."""
        hours, minutes = self.at.split(":")
        return int(hours) * 60 + int(minutes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An item that has come out: where it is found, and the publication date it bears."""

    item: Item
    url: str
    published: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """All outlets by key, and all items in the order in which they come out."""

    outlets: tuple[Outlet, ...]
    items: tuple[Item, ...]

    def items_of(self, outlet: Outlet) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.outlet == outlet.key)


def _table(file: Traversable) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(" ".join(block.split()) for block in text.split("\n\n") if block.strip())


def _item(outlet: str, table: Mapping[str, Any]) -> Item:
    fields = dict(table)
    paragraphs = _paragraphs(fields.pop("text"))
    archived: datetime | None = fields.pop("archived", None)
    return Item(
        outlet=outlet,
        paragraphs=paragraphs,
        summary=fields.pop("summary", paragraphs[0]),
        archived=archived and archived.astimezone(UTC),
        read_more=tuple(fields.pop("read_more", ())),
        **fields,
    )


def _outlet(key: str, table: Mapping[str, Any]) -> tuple[Outlet, list[Item]]:
    fields = dict(table)
    items = [_item(key, item) for item in fields.pop("items")]
    return Outlet(key=key, sections=tuple(fields.pop("sections")), **fields), items


@cache
def load() -> Recording:
    """Read the recorded day from the package's data files."""
    tables = sorted((DATA / "outlets").iterdir(), key=lambda file: file.name)
    parts = [_outlet(file.name.removesuffix(".toml"), _table(file)) for file in tables]
    return Recording(
        outlets=tuple(outlet for outlet, _ in parts),
        items=tuple(sorted((item for _, items in parts for item in items), key=lambda item: item.at)),
    )


@cache
def labels(language: str) -> Mapping[str, str]:
    """The words of a page's furniture (consent, newsletter, comments) in `language`."""
    words: dict[str, str] = _table(DATA / "labels.toml")[language]
    return words
