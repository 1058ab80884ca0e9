"""Changes to the text of wirewatch.toml that leave every other byte of it alone, comments included.

Each function returns the new text, and raises ConfigError instead of returning one that `check` would refuse. `folder`
is where the file lies, so that the files of entities it names can be looked at; without it the names in them are taken
on trust.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import tomlkit

from worker.config import values
from worker.config.check import CheckQuery, check_text, query_language
from worker.config.lines import statements
from worker.config.problem import nearest
from worker.config.tables import Findings, parse_toml
from worker.errors import ConfigError


def add_feed(
    text: str,
    url: str,
    name: str | None = None,
    *,
    folder: Path | None = None,
    check_query: CheckQuery = query_language,
) -> str:
    """`text` with a feed more, after the last one."""
    row = {"url": url} if name is None else {"url": url, "name": name}
    return _checked(_with_row(text, "feeds", row), folder, check_query)


def add_topic(
    text: str, name: str, query: str, *, folder: Path | None = None, check_query: CheckQuery = query_language
) -> str:
    """`text` with a topic more, after the last one."""
    return _checked(_with_row(text, "topics", {"name": name, "query": query}), folder, check_query)


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
    names = [str(row.get("name", "")) for row in _rows(text, "topics")]
    if name not in names:
        raise ConfigError(f'there is no topic "{name}"; {nearest(name, names)}')
    return _checked(_without_row(text, "topics", names.index(name)), folder, check_query)


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


def _with_row(text: str, table: str, row: Mapping[str, str]) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    block = newline.join([f"[[{table}]]", *tomlkit.dumps(row).removesuffix("\n").split("\n"), ""])
    rows = _rows(text, table)
    end = _spans(text, table, len(rows) - 1)[-1][1] if rows else len(text)
    before, after = text[:end], text[end:]
    if before and not before.endswith("\n"):
        before += newline
    gap = newline if before else ""
    return f"{before}{gap}{block}{after}"


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
