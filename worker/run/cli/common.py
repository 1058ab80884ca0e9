"""What the commands share: where the configuration and Redis are, and how lists are shown."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import redis
import typer
from rich.console import Console
from rich.table import Table

from worker.config import config_path, load, redis_place
from worker.config.values import duration
from worker.edge.embedded import running_url
from worker.edge.redis_client import connect, redis_errors
from worker.errors import UnavailableError

ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", help="The configuration file (default: $WIREWATCH_CONFIG, else ./wirewatch.toml)."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def redis_url(config: Path | None) -> str:
    """Where Redis is for a single process or a reading command.

    What the configuration file says, else $REDIS_URL, else the embedded server that is running in the data directory.
    """
    url, directory = redis_place(config)
    url = url or running_url(directory)
    if url is not None:
        return url
    if not config_path(config).exists():
        load(config)  # says what is missing and how to write it
    raise UnavailableError(f"no Redis is running in {directory}; start `wirewatch up`, or set [redis] url or REDIS_URL")


def open_redis(config: Path | None) -> redis.Redis:
    """A connection that has answered once."""
    url = redis_url(config)
    connection = connect(url)
    with redis_errors(url):
        connection.ping()
    return connection


def show(rows: Sequence[Mapping[str, Any]], *, as_json: bool, empty: str, columns: Iterable[str] = ()) -> None:
    """A list as JSON or as a table; `empty` says what to do when there is nothing."""
    if as_json:
        sys.stdout.write(json.dumps(list(rows), ensure_ascii=False, indent=2) + "\n")
        return
    if not rows:
        Console(stderr=True).print(empty, markup=False, highlight=False)
        return
    names = list(columns) or list(rows[0])
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in names:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(plain(row.get(name)) for name in names))
    Console().print(table)


def plain(value: Any) -> str:
    """One cell; control characters from feeds do not reach the terminal."""
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return ago(value)
    if isinstance(value, (list, tuple)):
        return ", ".join(plain(part) for part in value)
    text = "".join(c if c.isprintable() else " " for c in str(value))
    return text.replace("[", r"\[")


def ago(at: datetime, now: datetime | None = None) -> str:
    """A time as people say it: "40 s ago", "in 3 min"."""
    seconds = ((now or datetime.now(UTC)) - at).total_seconds()
    size = abs(seconds)
    if size < 100:
        words = f"{size:.0f} s"
    elif size < 100 * 60:
        words = f"{size / 60:.0f} min"
    elif size < 48 * 3600:
        words = f"{size / 3600:.0f} h"
    else:
        words = f"{size / 86400:.0f} days"
    return f"{words} ago" if seconds >= 0 else f"in {words}"


def moment(at: datetime | None) -> str | None:
    """RFC 3339 in UTC, for JSON."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def seconds_of(text: str) -> float:
    """A duration from the command line, in seconds."""
    try:
        return duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def count(number: int, one: str, many: str = "") -> str:
    """The number with its noun: 1 alert, 2 alerts."""
    return f"{number} {one if number == 1 else many or one + 's'}"
