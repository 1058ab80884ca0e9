"""What a shell offers after a Tab: the names that the configuration file holds."""

from __future__ import annotations

import os
import re
import shlex
import tomllib
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import typer

from worker.errors import WirewatchError

# How Typer is told which shell asks.
_ASKED_BY = "_WIREWATCH_COMPLETE"
# Bash ends words at colons (COMP_WORDBREAKS), so an address comes in pieces, each on a line as Typer asks for them.
_COLON = re.compile(r"\n:(?:\n|$)")


def topics(ctx: typer.Context, incomplete: str) -> list[str]:
    """The topics."""
    return _offered(_written(ctx, "topics", "name"), incomplete)


def feeds(ctx: typer.Context, incomplete: str) -> list[str]:
    """The feeds that the file itself holds, by address."""
    return _offered(_written(ctx, "feeds", "url"), incomplete)


def destinations(ctx: typer.Context, incomplete: str) -> list[str]:
    """The destinations."""
    return _offered(_written(ctx, "destinations", "name"), incomplete)


def join_words(environment: MutableMapping[str, str]) -> None:
    """Put together again what bash took apart at colons, before Typer looks at it."""
    if environment.get(_ASKED_BY) == "complete_bash" and "COMP_WORDS" in environment:
        words = environment["COMP_WORDS"]
        joined = _COLON.sub(":", words)
        parts = words.count("\n") - joined.count("\n")
        environment["COMP_WORDS"] = joined
        environment["COMP_CWORD"] = str(int(environment["COMP_CWORD"]) - parts)


def _written(ctx: typer.Context, table: str, key: str) -> Iterator[str]:
    """As the file has it, also where something else in it is wrong: a shell that waits for names is told no errors."""
    from worker.config import config_path, read_config

    given = ctx.params.get("config")
    try:
        rows: Any = tomllib.loads(read_config(config_path(Path(given) if given else None))).get(table, [])
    except (WirewatchError, tomllib.TOMLDecodeError):
        return
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and isinstance(row.get(key), str):
            yield row[key]


def _offered(names: Iterator[str], incomplete: str) -> list[str]:
    found = [name for name in names if name.startswith(incomplete)]
    if os.environ.get(_ASKED_BY) != "complete_bash":
        return found
    # What stands before the last colon is not replaced.
    kept = len(incomplete) - len(incomplete.rpartition(":")[2])
    return [_AsTyped(shlex.quote(name[kept:])) for name in found]


class _AsTyped(str):
    """Bash inserts it as it is, so it is quoted; therefore it does not look like what it completes."""

    __slots__ = ()

    def startswith(self, *_: object) -> bool:
        """Typer asks whether it completes what was typed."""
        return True
