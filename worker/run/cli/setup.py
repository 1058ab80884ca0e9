"""The commands that set wirewatch up and say how it is: init, check, status, doctor."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from worker.errors import BusyError, ConfigError
from worker.run.cli.common import AsJson, ConfigFile, count, open_redis, print_json, show

if TYPE_CHECKING:
    from worker.config import Problem

# Where the standard library's TOML parser stopped, as it ends its messages.
TOML_SPOT = re.compile(r" \(at (line \d+), (column \d+)\)")


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command()(init)
    app.command()(check)
    app.command()(status)
    app.command()(doctor)


def init(
    config: ConfigFile = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Write a commented wirewatch.toml to start from.

    It holds real world-news feeds, one topic, and alerts on the terminal; an existing file is left alone.
    """
    from worker.config import config_path, template

    path = config_path(config)
    if path.exists() and not force:
        raise BusyError(f"{path} exists already; edit it, or overwrite it with `wirewatch init --force`")
    try:
        path.write_text(template(), "utf-8")
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
    sys.stdout.write(f"wrote {path}: edit the topic, then `wirewatch check` and `wirewatch up`\n")


def check(
    config: ConfigFile = None,
    online: Annotated[
        bool, typer.Option("--online", help="Also try destinations and Slack tokens; nothing is sent.")
    ] = False,
) -> None:
    """Say what is wrong with the configuration.

    Unknown keys, wrong values, missing secrets, and queries with a caret under the spot; each with its line. The
    status is 1 when there are errors, 0 when there are only warnings.
    """
    from worker.config import config_path, load, problems, read_config

    path = config_path(config)
    read_config(path)  # a file that is not there is no problem in it
    found = problems(path)
    for problem in found:
        sys.stdout.write(f"{problem.severity}: {_placed(path, problem)}\n")
    if any(problem.severity == "error" for problem in found):
        raise typer.Exit(1)
    settings = load(path)
    lacking = _model_that_fails(settings.story_model)
    if online:
        from worker.run.testing import what_is_missing

        lacking += what_is_missing(settings)
    sys.stdout.write("".join(f"error: {sentence}\n" for sentence in lacking))
    if lacking:
        raise typer.Exit(1)
    noted = f", {count(len(found), 'warning')}" if found else ""
    sys.stdout.write(
        f"{path}: {count(len(settings.feeds), 'feed')}, {count(len(settings.topics), 'topic')}, "
        f"{count(len(settings.destinations), 'destination')}, no errors{noted}\n"
    )


def _placed(path: Path, problem: Problem) -> str:
    """The problem after its file, line, and column or key."""
    place, message = ([f"line {problem.line}"] if problem.line else []), problem.message
    if spot := TOML_SPOT.search(message):
        place, message = [spot[1], spot[2]], message.replace(spot[0], "", 1)
    place += [problem.where] if problem.where else []
    return f"{path} {', '.join(place)}: {message}" if place else f"{path}: {message}"


def _model_that_fails(model: str | None) -> list[str]:
    """What keeps the model for stories from being used; loading it is the only way to know."""
    if model is None:
        return []
    from worker.run.watching import meanings_of

    try:
        meanings_of(model)
    except ConfigError as error:
        return [str(error)]
    return []


def status(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Show queues, workers, feed health and the last alerts."""
    from worker.run.status import as_text, collect

    found = collect(open_redis(config))
    if as_json:
        print_json(found)
    else:
        as_text(found)


def doctor(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Check the surroundings and say how to mend them.

    Redis (version, persistence, eviction policy), the network guard, the clock and the disk. The status is 1 when
    something needs mending.
    """
    from worker.run.doctor import examine

    findings = examine(config)
    show(
        [{"part": f.part, "state": "ok" if f.ok else "mend", "finding": f.finding} for f in findings],
        as_json=as_json,
        empty="",
    )
    if not all(f.ok for f in findings):
        raise typer.Exit(1)
