"""The commands that set wirewatch up and say how it is: init, check, status, doctor."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from worker.errors import ConfigError
from worker.run.cli.common import AsJson, ConfigFile, count, open_redis, print_json, show
from worker.run.cli.init import init

if TYPE_CHECKING:
    from worker.config import Problem, Settings

# Where the standard library's TOML parser stopped, as it ends its messages.
TOML_SPOT = re.compile(r" \(at (line \d+), (column \d+)\)")


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command()(init)
    app.command()(check)
    app.command()(status)
    app.command()(doctor)


def check(
    config: ConfigFile = None,
    online: Annotated[
        bool, typer.Option("--online", help="Also try destinations and Slack tokens; nothing is sent.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with the configuration.

    Unknown keys, wrong values, missing secrets, and queries with a caret under the spot; each with its line. The
    status is 1 when there are errors, 0 when there are only warnings.
    """
    from worker.config import Problem, config_path, load, problems, read_config

    path = config_path(config)
    read_config(path)  # a file that is not there is no problem in it
    found, settings = list(problems(path)), None
    lacking: list[Problem] = []
    if not _errors(found):
        settings = load(path)
        sentences = [*_model_that_fails(settings.story_model), *(_unreachable(settings) if online else ())]
        lacking = [Problem(where="", message=sentence) for sentence in sentences]
    if as_json:
        keys = ("severity", "line", "where", "message")
        print_json([{key: getattr(problem, key) for key in keys} for problem in (*found, *lacking)])
    else:
        sys.stdout.write("".join(f"{problem.severity}: {_placed(path, problem)}\n" for problem in found))
        # These are of the surroundings, and have no place in the file.
        sys.stdout.write("".join(f"{problem.severity}: {problem.message}\n" for problem in lacking))
    if _errors([*found, *lacking]):
        raise typer.Exit(1)
    if settings and not as_json:
        sys.stdout.write(f"{path}: {_summed_up(settings)}, no errors")
        sys.stdout.write(f", {count(len(found), 'warning')}\n" if found else "\n")


def _errors(found: Sequence[Problem]) -> bool:
    return any(problem.severity == "error" for problem in found)


def _unreachable(settings: Settings) -> list[str]:
    from worker.run.testing import what_is_missing

    return what_is_missing(settings)


def _summed_up(settings: Settings) -> str:
    return ", ".join(
        (
            count(len(settings.feeds), "feed"),
            count(len(settings.topics), "topic"),
            count(len(settings.destinations), "destination"),
        )
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


def status(
    config: ConfigFile = None,
    as_json: AsJson = False,
    watch: Annotated[bool, typer.Option("--watch", help="Follow it on the terminal until Ctrl-C.")] = False,
) -> None:
    """Show queues, workers, feed health and the last alerts.

    The keys of --json are stable; deploy/observability.md lists them.
    """
    if watch:
        _watch(config, as_json=as_json)
        return
    from worker.run.cli.screen import print_status
    from worker.run.status import collect

    found = collect(open_redis(config))
    if as_json:
        print_json(found)
    else:
        print_status(found)


def _watch(config: Path | None, *, as_json: bool) -> None:
    from rich.console import Console

    if as_json or not sys.stdout.isatty() or Console().is_dumb_terminal:
        raise typer.BadParameter(
            "it needs a terminal that can be drawn on; scripts read `wirewatch status --json`", param_hint="--watch"
        )
    from worker.run.cli.watch import watch

    raise typer.Exit(watch(open_redis(config)))


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
