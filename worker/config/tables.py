"""TOML text -> its tables, each checked by itself."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from worker.config import schema
from worker.config.lines import Path, line_index
from worker.config.problem import Problem, first_error, nearest
from worker.errors import ConfigError

T = TypeVar("T", bound=schema.Table)

TABLES: Mapping[str, type[schema.Table]] = MappingProxyType(
    {
        "redis": schema.Redis,
        "storage": schema.Storage,
        "network": schema.Network,
        "polling": schema.Polling,
        "stories": schema.Stories,
        "web": schema.Web,
        "feeds": schema.Feed,
        "entities": schema.Entity,
        "topics": schema.Topic,
        "destinations": schema.Destination,
    }
)
"""Every table of wirewatch.toml and its keys."""

_MENDS = {
    "string_type": 'text is wanted here; write it in quotes, as "..."',
    "bool_type": "true or false is wanted here; write it without quotes",
    "int_type": "a whole number is wanted here; write it without quotes",
    "list_type": 'a list is wanted here; write ["..."]',
    "dict_type": 'a table is wanted here; write { Name = "..." }',
    "model_type": "a table is wanted here; write its keys below a header of its own",
    "missing": "this key is missing; add it",
    "string_too_short": "this is empty; write a value or remove the key",
    "too_short": "this list is empty; write at least one",
}


class Findings:
    """Collects the problems of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._problems: list[Problem] = []

    def unique(self, table: str, key: str, rows: Iterable[tuple[int, str]], warning: str = "") -> None:
        """Adds a problem for each element of `table` whose value is that of an earlier one.

        An error, or where `warning` says what becomes of it, a warning.
        """
        seen: dict[str, int] = {}
        for index, value in rows:
            first = seen.setdefault(value, index)
            if first != index:
                mend = f"{warning or 'remove or change'} one of the two"
                path, found = (table, index, key), f"{table}[{first}] has the same {key}"
                self.add(path, f"{found}; {mend}", "warning" if warning else "error")

    def add(self, path: Path, message: str, severity: Literal["error", "warning"] = "error") -> None:
        """`path` leads to the key at fault; it is () where the file as a whole is meant."""
        line = next((self._lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self._lines), None)
        self._problems.append(Problem(where=_dotted(path), message=message, severity=severity, line=line))

    @cached_property
    def _lines(self) -> dict[Path, int]:
        return line_index(self._text)

    @property
    def problems(self) -> list[Problem]:
        """In the order of the file, those of the file as a whole first."""
        return sorted(self._problems, key=lambda problem: problem.line or 0)

    @property
    def error(self) -> ConfigError | None:
        """The first error, saying how many more there are."""
        return first_error(self.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The tables that are right in themselves, the repeated ones by their place in the file.

    `names` are the names written in "entities" and "destinations", whether or not the table is right otherwise; those
    in files of entities are not among them.
    """

    redis: schema.Redis
    storage: schema.Storage
    network: schema.Network
    polling: schema.Polling
    stories: schema.Stories
    web: schema.Web
    feeds: Mapping[int, schema.Feed]
    entities: Mapping[int, schema.Entity]
    topics: Mapping[int, schema.Topic]
    destinations: Mapping[int, schema.Destination]
    names: Mapping[str, frozenset[str]]


def parse_toml(text: str) -> dict[str, Any]:
    """What tomllib makes of `text`; ConfigError, with line and column, where it is not TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"this is not TOML: {_lowered(str(error))}; correct that spot") from None
    except RecursionError:
        raise ConfigError("this is not TOML for wirewatch: brackets are nested too deep; flatten them") from None


def read_tables(text: str, findings: Findings) -> Tables:
    """The tables in `text`; what is wrong with them goes to `findings`. ConfigError where it is not TOML at all."""
    raw = parse_toml(text)
    for key in raw:
        if key not in TABLES:
            findings.add((key,), f'"{key}" is not known; {nearest(key, TABLES)}')
    return Tables(
        redis=_single(schema.Redis, raw, "redis", findings),
        storage=_single(schema.Storage, raw, "storage", findings),
        network=_single(schema.Network, raw, "network", findings),
        polling=_single(schema.Polling, raw, "polling", findings),
        stories=_single(schema.Stories, raw, "stories", findings),
        web=_single(schema.Web, raw, "web", findings),
        feeds=_repeated(schema.Feed, raw, "feeds", findings),
        entities=_repeated(schema.Entity, raw, "entities", findings),
        topics=_repeated(schema.Topic, raw, "topics", findings),
        destinations=_repeated(schema.Destination, raw, "destinations", findings),
        names={key: _written_names(raw.get(key)) for key in ("entities", "destinations")},
    )


def read_entities(text: str, findings: Findings) -> tuple[Mapping[int, schema.Entity], frozenset[str]]:
    """The entities of a file of nothing else, by their place in it, and the names written there, right or wrong.

    What is wrong goes to `findings`. ConfigError where the text is not TOML at all.
    """
    raw = parse_toml(text)
    for key in raw:
        if key != "entities":
            findings.add((key,), f'"{key}" is not known in a file of entities; {nearest(key, ["entities"])}')
    return _repeated(schema.Entity, raw, "entities", findings), _written_names(raw.get("entities"))


def _single(table: type[T], raw: Mapping[str, Any], key: str, findings: Findings) -> T:
    return read_table(table, raw.get(key, {}), (key,), findings) or table()


def _repeated(table: type[T], raw: Mapping[str, Any], key: str, findings: Findings) -> dict[int, T]:
    items = raw.get(key, [])
    if not isinstance(items, list):
        findings.add((key,), f"there can be several of these; write the header as [[{key}]]")
        return {}
    found = {index: read_table(table, item, (key, index), findings) for index, item in enumerate(items)}
    return {index: item for index, item in found.items() if item is not None}


def _written_names(items: object) -> frozenset[str]:
    """The names given in a repeated table, also where the rest of it is wrong: it is not unknown for that."""
    rows = items if isinstance(items, list) else []
    names = (row.get("name") for row in rows if isinstance(row, dict))
    return frozenset(name.strip() for name in names if isinstance(name, str))


def read_table(table: type[T], raw: object, path: Path, findings: Findings) -> T | None:
    """One table, which stands at `path`; None, and its problems in `findings`, where it is wrong."""
    try:
        return table.model_validate(raw)
    except ValidationError as errors:
        for error in errors.errors(include_url=False, include_input=False):
            # A loc that ends in "[key]" is pydantic's way to blame the name in a mapping, not its value.
            place = tuple(part for part in error["loc"] if part != "[key]")
            findings.add((*path, *place), _sentence(error, table))
        return None


def _sentence(error: ErrorDetails, table: type[schema.Table]) -> str:
    if error["type"] == "extra_forbidden":
        key = str(error["loc"][-1])
        return f'"{key}" is not known; {nearest(key, table.model_fields)}'
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    return _MENDS.get(error["type"]) or f"{_lowered(error['msg'])}; correct it"


def _lowered(message: str) -> str:
    return message[:1].lower() + message[1:]


def _dotted(path: Path) -> str:
    """("topics", 1, "quiet") as "topics[1].quiet"."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
