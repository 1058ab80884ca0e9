"""Where things stand in a TOML text, so that problems can name the line and edits can leave all else untouched.

tomlkit keeps comments too, but moves tables that are interleaved, and takes the comment above a section for the end of
the section before it. Here every byte that is not part of the edit stays where it is.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}'  # strings over several lines
    r'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*|\n|[\[\]{}]|[^"\'#\n\[\]{}]+',
    re.DOTALL,
)
_KEY = re.compile(r'(?:"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|[^"\'=\n])*')


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A header or a `key = value`, `text[start:end]` with its line break. `path` is where its value stands."""

    path: Path
    header: bool
    start: int
    end: int
    line: int


def statements(text: str) -> Iterator[Statement]:
    """The headers and pairs of a TOML text that tomllib accepts, in order; comments and blank lines lie in between."""
    table: Path = ()
    counts: dict[Path, int] = {}
    for start, end, line in _logical_lines(text):
        source = text[start:end].strip()
        if not source or source.startswith("#"):
            continue
        header = source.startswith("[")
        keys = _keys(source)
        if header:
            table = _resolve(keys, counts, new=source.startswith("[["))
        yield Statement(path=table if header else table + keys, header=header, start=start, end=end, line=line)


def _logical_lines(text: str) -> Iterator[tuple[int, int, int]]:
    """Start, end and line number of each line, taking values that run over several lines as one."""
    start, depth, line, first = 0, 0, 1, 1
    for token in _TOKEN.finditer(text):
        found = token[0]
        line += found.count("\n")
        depth += (found in {"[", "{"}) - (found in {"]", "}"})
        if found == "\n" and depth == 0:
            yield start, token.end(), first
            start, first = token.end(), line
    if start < len(text):
        yield start, len(text), first


def _resolve(keys: tuple[str, ...], counts: dict[Path, int], *, new: bool) -> Path:
    """The path a header opens: each array of tables on the way is entered at its newest element."""
    path: Path = ()
    for position, key in enumerate(keys, start=1):
        path = (*path, key)
        if new and position == len(keys):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _keys(source: str) -> tuple[str, ...]:
    """The dotted key of a header or a pair, unquoted by tomllib itself."""
    if not source.startswith("["):
        key = _KEY.match(source)
        source = f"{key[0] if key else ''} = 0"
    node: object = tomllib.loads(source)
    keys: list[str] = []
    while isinstance(node, dict | list) and node:
        if isinstance(node, list):
            node = node[0]
            continue
        name, node = next(iter(node.items()))
        keys.append(name)
    return tuple(keys)


def line_index(text: str) -> dict[Path, int]:
    """The line on which each table and value begins."""
    index: dict[Path, int] = {}
    for statement in statements(text):
        for depth in range(1, len(statement.path) + 1):
            index.setdefault(statement.path[:depth], statement.line)
    return index
