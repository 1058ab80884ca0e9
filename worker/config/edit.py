"""Changes to the text of wirewatch.toml that leave every other byte of it alone, comments included.

Each function returns the new text, and raises ConfigError instead of returning one that `check` would refuse. `folder`
is where the file lies, so that the files of entities it names can be looked at; without it the names in them are taken
on trust.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby, takewhile
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import tomlkit

from worker.config import values
from worker.config.check import CheckQuery, check_text, query_language
from worker.config.lines import statements
from worker.config.problem import nearest
from worker.config.tables import Findings, parse_toml
from worker.errors import ConfigError

Value: TypeAlias = str | bool | list[str] | list[int]
"""What a key of a topic or feed may hold."""

# What TOML wants escaped, so that no literal string can hold it.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def add_feed(
    text: str,
    url: str,
    name: str | None = None,
    *,
    tags: Sequence[str] = (),
    folder: Path | None = None,
    check_query: CheckQuery = query_language,
) -> str:
    """`text` with a feed more, after the last one; ConfigError where it is there already, however it is spelled."""
    urls = [str(row.get("url", "")) for row in _rows(text, "feeds")]
    there = next((written for written in urls if written and values.same_feed(written) == values.same_feed(url)), None)
    if there is not None:
        raise ConfigError(f'"{there}" is in [[feeds]] already; nothing to add')
    row: dict[str, Value] = {"url": url} if name is None else {"url": url, "name": name}
    if tags:
        row["tags"] = list(tags)
    return _checked(_with_row(text, "feeds", row), folder, check_query)


def add_topic(
    text: str,
    name: str,
    query: str,
    others: Mapping[str, Value] = MappingProxyType({}),
    *,
    folder: Path | None = None,
    check_query: CheckQuery = query_language,
) -> str:
    """`text` with a topic more, after the last one; `others` are keys besides."""
    return _checked(_with_row(text, "topics", {"name": name, "query": query, **others}), folder, check_query)


def add_list(text: str, path: str, *, folder: Path | None = None, check_query: CheckQuery = query_language) -> str:
    """`text` with a list of feeds more, an OPML file at `path`."""
    return _checked(_with_row(text, "feeds", {"opml": path}), folder, check_query)


def change_topic(
    text: str,
    name: str,
    changes: Mapping[str, Value | None],
    *,
    folder: Path | None = None,
    check_query: CheckQuery = query_language,
) -> str:
    """`text` with other values in the topic called `name`; None takes a key away.

    A key that is there keeps its place and the comment behind it, new ones go behind the last. `changes` may hold
    another name.
    """
    index = _topic_at(text, name)
    for key, value in changes.items():
        text = _with_value(text, ("topics", index), key, value)
    return _checked(text, folder, check_query)


def written_topic(text: str, name: str) -> dict[str, Any]:
    """What stands in the table of the topic called `name`; ConfigError where there is none."""
    return _rows(text, "topics")[_topic_at(text, name)]


def remove_feed(text: str, url: str, *, folder: Path | None = None, check_query: CheckQuery = query_language) -> str:
    """`text` without the feed at `url`; feeds of an OPML file are not in it."""
    rows = _rows(text, "feeds")
    wanted = values.same_feed(url)
    urls = [str(row.get("url", "")) for row in rows]
    for index, written in enumerate(urls):
        if written and values.same_feed(written) == wanted:
            return _checked(_without_row(text, "feeds", index), folder, check_query)
    raise ConfigError(f'there is no feed "{url}" in [[feeds]]; {nearest(url, filter(None, urls))}')


def remove_topic(text: str, name: str, *, folder: Path | None = None, check_query: CheckQuery = query_language) -> str:
    """`text` without the topic called `name`."""
    return _checked(_without_row(text, "topics", _topic_at(text, name)), folder, check_query)


def _topic_at(text: str, name: str) -> int:
    names = [str(row.get("name", "")).strip() for row in _rows(text, "topics")]
    if name not in names:
        raise ConfigError(f'there is no topic "{name}"; {nearest(name, names)}')
    return names.index(name)


def _checked(text: str, folder: Path | None, check_query: CheckQuery) -> str:
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ConfigError("there are half characters in this that no file can hold; type it again")
    findings = Findings(text)
    check_text(text, findings, folder, check_query)
    if findings.error is not None:
        raise findings.error
    return text


def _rows(text: str, table: str) -> list[dict[str, Any]]:
    """The tables called `table`, which have to be written with headers so that they can be told apart in the text."""
    rows = parse_toml(text).get(table, [])
    headers = {found.path[:2] for found in statements(text) if found.header and found.path[0] == table}
    if not isinstance(rows, list) or len(headers) != len(rows) or not all(isinstance(row, dict) for row in rows):
        raise ConfigError(f"{table} cannot be edited as it is written; write each below a header [[{table}]]")
    return rows


def _with_row(text: str, table: str, row: Mapping[str, Value]) -> str:
    newline = _newline(text)
    block = newline.join([f"[[{table}]]", *_pairs(row).removesuffix("\n").split("\n"), ""])
    rows = _rows(text, table)
    end = _spans(text, table, len(rows) - 1)[-1][1] if rows else len(text)
    before, after = text[:end], text[end:]
    if before and not before.endswith("\n"):
        before += newline
    gap = newline if before else ""
    return f"{before}{gap}{block}{after}"


def _with_value(text: str, table: tuple[str, int], key: str, value: Value | None) -> str:
    """`text` with this value in a table that has a header of its own."""
    header, *rest = (found for found in statements(text) if found.path[:2] == table)
    own = [header, *takewhile(lambda found: not found.header, rest)]
    there = next((found for found in own if found.path == (*table, key)), None)
    if there is None:
        start = end = own[-1].end
        new = "" if value is None else _pairs({key: value})
        if new and not text[:start].endswith("\n"):
            new = f"\n{new}"
    else:
        start, end = there.start, there.end
        new = "" if value is None else _rewritten(text[start:end], key, value)
    return text[:start] + new.replace("\r\n", "\n").replace("\n", _newline(text)) + text[end:]


def _rewritten(source: str, key: str, value: Value) -> str:
    """One pair with another value; its comment stays."""
    pair = tomlkit.parse(source)
    pair[key] = _written(value)
    return tomlkit.dumps(pair)


def _pairs(row: Mapping[str, Value]) -> str:
    document = tomlkit.document()
    for key, value in row.items():
        document[key] = _written(value)
    return tomlkit.dumps(document)


def _written(value: Value) -> Any:
    """As people write it: what has quotes or backslashes in single quotes, several lines below one another."""
    if not isinstance(value, str) or _CONTROL.search(value) or not set('\n"\\') & set(value):
        return value
    if "\n" in value and "'''" not in value and not value.endswith("'"):
        return tomlkit.value(f"'''\n{value}'''")
    return value if {"\n", "'"} & set(value) else tomlkit.string(value, literal=True)


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _without_row(text: str, table: str, index: int) -> str:
    for start, end in reversed(_spans(text, table, index)):
        before = text[:start]
        if before.endswith(("\n\n", "\n\r\n")):
            before = before.removesuffix("\n").removesuffix("\r")
        text = before + text[end:]
    return text


def _spans(text: str, table: str, index: int) -> list[tuple[int, int]]:
    """Where element `index` of `table` stands: from a header of it to the last value below, once for each such run.

    What follows the last value, up to the next header, is left out: a comment there speaks of the next section.
    """
    runs = groupby(statements(text), key=lambda found: found.path[:2] == (table, index))
    members = [list(run) for inside, run in runs if inside]
    return [(run[0].start, run[-1].end) for run in members]
