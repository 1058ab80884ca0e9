"""A topic in a form: what is typed, what would be written, and what is wrong with it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from worker.config import examine_topic
from worker.config.edit import Value
from worker.model import Topic

LONGEST = 20_000
_COMMAS = re.compile(r"[\s,;]+")
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))
# What holds where a key is left out (design of wirewatch.toml).
DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {"notify": None, "sources": [1], "parties": [], "max_age": "48h", "digest": None, "quiet": None, "stem": False}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """As it is typed. `notify` names destinations, None for all."""

    name: str = ""
    query: str = ""
    notify: tuple[str, ...] | None = None
    sources: str = "1"
    parties: str = ""
    max_age: str = "48h"
    digest: str = ""
    quiet: str = ""
    stem: bool = False

    @classmethod
    def of_form(cls, fields: Mapping[str, str]) -> Draft:
        """What a form sends; `notify:NAME` are its boxes of destinations."""
        chosen = tuple(key.partition(":")[2] for key in fields if key.startswith("notify:"))
        return cls(
            name=fields.get("name", "").strip(),
            query=fields.get("query", "").replace("\r\n", "\n").strip()[:LONGEST],
            notify=chosen if fields.get("notify") == "some" else None,
            **{
                key: fields.get(key, "").strip()[:LONGEST]
                for key in ("sources", "parties", "max_age", "digest", "quiet")
            },
            stem=fields.get("stem") == "on",
        )

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Draft:
        """What stands in a table of the file."""
        found = {**DEFAULTS, **row}
        return cls(
            name=str(found["name"]).strip(),
            query=str(found["query"]).strip(),
            notify=None if found["notify"] is None else tuple(map(str, found["notify"])),
            sources=", ".join(map(str, found["sources"])),
            parties=", ".join(map(str, found["parties"])),
            max_age=str(found["max_age"]),
            digest=str(found["digest"] or ""),
            quiet=str(found["quiet"] or ""),
            stem=bool(found["stem"]),
        )

    @classmethod
    def of_topic(cls, topic: Topic) -> Draft:
        """A topic as it is live, for where there is no file to read."""
        quiet = topic.quiet
        return cls(
            name=topic.name,
            query=topic.query.strip(),
            notify=topic.notify,
            sources=", ".join(map(str, topic.sources)),
            parties=", ".join(f"@{party}" for party in topic.parties),
            max_age=_written(topic.max_age),
            digest="" if topic.digest is None else _written(topic.digest),
            quiet=f"{quiet[0]}-{quiet[1]} {quiet[2]}" if quiet else "",
            stem=topic.stem,
        )

    def row(self) -> dict[str, Any]:
        """The values of its table, those that hold anyway among them; None stands for a key that is left out."""
        return {
            "name": self.name,
            "query": self.query,
            "notify": None if self.notify is None else list(self.notify),
            "sources": [int(one) if one.isascii() and one.isdigit() else one for one in _parts(self.sources)],
            "parties": [one if one.startswith("@") else f"@{one}" for one in _parts(self.parties)],
            "max_age": self.max_age or DEFAULTS["max_age"],
            "digest": self.digest or None,
            "quiet": self.quiet or None,
            "stem": self.stem,
        }

    def examined(self) -> tuple[Topic | None, Mapping[str, str]]:
        """The topic, None where it is none yet, and what is wrong, by key."""
        topic, wrong = examine_topic({key: value for key, value in self.row().items() if value is not None})
        said = dict(wrong)
        if "sources" in said and not all(isinstance(one, int) for one in self.row()["sources"]):
            said["sources"] = "these are numbers of independent sources; write for example 1, 3"
        if "name" in said and not self.name:
            said["name"] = "a topic needs a name, under which alerts come"
        return topic, said

    def additions(self) -> dict[str, Value]:
        """What a new table holds besides name and query."""
        return {key: value for key, value in self.row().items() if key in DEFAULTS and value != DEFAULTS[key]}

    def changes(self, former: Mapping[str, Any]) -> dict[str, Value | None]:
        """What has to change in a table for it to say this; what means the same stays as it is written."""
        before, after = Draft.of_row(former).row(), self.row()
        changed = {key: value for key, value in after.items() if value != before[key]}
        return {key: None if key in DEFAULTS and value == DEFAULTS[key] else value for key, value in changed.items()}


def mark_of(row: Mapping[str, Any]) -> str:
    """Another one for a table that says something else."""
    return hashlib.sha256(json.dumps(row, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _parts(typed: str) -> Sequence[str]:
    return [part for part in _COMMAS.split(typed) if part]


def _written(seconds: float) -> str:
    """172800 as "2d"."""
    size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0 or size == 1)
    return f"{seconds / size:g}{unit}"
