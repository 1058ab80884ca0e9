"""What the commands share: where the configuration and Redis are, and how lists and times are shown."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.errors import UnavailableError

if TYPE_CHECKING:  # loading it costs more than all of --help
    import redis

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="FILE", help="The configuration file (default: $WIREWATCH_CONFIG, else ./wirewatch.toml)."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def redis_url(config: Path | None) -> str:
    """Where Redis is for a single process or a reading command.

    What the configuration file says, else $REDIS_URL, else the embedded server that is running in the data directory.
    """
    from worker.config import config_path, load, redis_place
    from worker.edge.embedded import running_url

    url, directory = redis_place(config)
    url = url or running_url(directory)
    if url is not None:
        return url
    if not config_path(config).exists():
        load(config)  # says what is missing and how to write it
    raise UnavailableError(f"no Redis is running in {directory}; start `wirewatch up`, or set [redis] url or REDIS_URL")


def open_redis(config: Path | None) -> redis.Redis:
    """A connection that has answered once."""
    from worker.edge.redis_client import connect, redis_errors

    url = redis_url(config)
    connection = connect(url)
    with redis_errors(url):
        connection.ping()
    return connection


def show(
    rows: Sequence[Mapping[str, Any]],
    *,
    as_json: bool,
    empty: str,
    columns: Iterable[str] = (),
    below: Collection[str] = (),
) -> None:
    """A list as JSON or as a table; `empty` says what to do when there is nothing.

    Columns that are `below` hold long text, which gets lines of its own where the terminal has no room for it.
    """
    if as_json:
        print_json(list(rows))
    elif rows:
        from worker.run.cli.table import print_table

        print_table(rows, list(columns) or list(rows[0]), below=below)
    else:
        sys.stderr.write(empty + "\n")


def print_json(value: Any, *, indent: int | None = 2) -> None:
    """JSON as UTF-8, whatever the terminal's encoding is, and at once, so that a pipe flows."""
    sys.stdout.flush()
    sys.stdout.buffer.write(_json(value, indent) + b"\n")
    sys.stdout.buffer.flush()


def _json(value: Any, indent: int | None) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False, indent=indent).encode("utf-8")
    except UnicodeEncodeError:  # half of a surrogate pair, which UTF-8 cannot hold, is escaped
        return json.dumps(value, indent=indent).encode("ascii")


def text(argument: str) -> str:
    """The argument, which must not hold bytes that are no text: nothing could be stored under such a name."""
    if not argument.isascii() and any("\ud800" <= letter <= "\udfff" for letter in argument):
        raise typer.BadParameter("this is not text in the terminal's encoding; type it again")
    return argument


def printable(text: str) -> str:
    """Lines of text that cannot act on a terminal; unlike in plain text from feeds, blanks stay, for carets."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


def ago(at: datetime, now: datetime | None = None) -> str:
    """A time as people say it: "40 s ago", "in 3 min"."""
    seconds = ((now or datetime.now(UTC)) - at).total_seconds()
    words = lasting(abs(seconds))
    return f"{words} ago" if seconds >= 0 else f"in {words}"


def lasting(seconds: float) -> str:
    """A length of time as people say it: "40 s", "3 min"."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 100 * 60:
        return f"{seconds / 60:.0f} min"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.0f} h"
    return f"{seconds / 86400:.0f} days"


def moment(at: datetime | None) -> str | None:
    """RFC 3339 in UTC, for JSON."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def start_of(since: str) -> datetime:
    """The moment that lies `since`, a duration from the command line, before now."""
    from worker.config.values import duration

    try:
        return datetime.now(UTC) - timedelta(seconds=duration(since))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--since") from error


def count(number: int, one: str, many: str = "") -> str:
    """The number with its noun: 1 alert, 2 alerts."""
    return f"{number} {one if number == 1 else many or one + 's'}"
