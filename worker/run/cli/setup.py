"""The commands that set wirewatch up and say how it is: init, check, status, doctor."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from worker.errors import BusyError, ConfigError
from worker.run.cli.common import AsJson, ConfigFile, count, open_redis, show


def register(app: typer.Typer) -> None:
    app.command()(init)
    app.command()(check)
    app.command()(status)
    app.command()(doctor)


def init(
    config: ConfigFile = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Write a commented wirewatch.toml to start from."""
    from worker.config import config_path, template  # noqa: PLC0415  keeps --help fast

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
    online: Annotated[bool, typer.Option("--online", help="Also see whether destinations can be reached.")] = False,
) -> None:
    """Lint the configuration; status 1 when there are errors."""
    from worker.config import config_path, load, problems  # noqa: PLC0415  keeps --help fast

    found = problems(config)
    for problem in found:
        sys.stdout.write(f"{problem.severity}: {problem}\n")
    if any(problem.severity == "error" for problem in found):
        raise typer.Exit(1)
    settings = load(config)
    unreachable = _unreachable(settings.destinations) if online else []
    for sentence in unreachable:
        sys.stdout.write(f"error: {sentence}\n")
    if unreachable:
        raise typer.Exit(1)
    sys.stdout.write(
        f"{config_path(config)}: {count(len(settings.feeds), 'feed')}, {count(len(settings.topics), 'topic')}, "
        f"{count(len(settings.destinations), 'destination')}, no errors\n"
    )


def _unreachable(destinations: Any) -> list[str]:
    """Destinations to whose host no connection can be made; nothing is sent."""
    from worker.edge.reach import unreachable  # noqa: PLC0415  only with --online

    return [
        f"destination {spec.name}: {why}"
        for spec in destinations
        if spec.url and (why := unreachable(spec.url)) is not None
    ]


def status(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """One screen: queues, workers, feed health, last alerts."""
    from worker.run.status import as_text, collect  # noqa: PLC0415  keeps --help fast

    found = collect(open_redis(config))
    if as_json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
    else:
        as_text(found)


def doctor(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Check Redis, the network guard, the clock and the disk, and say how to mend each; status 1 when one needs it."""
    from worker.run.doctor import examine  # noqa: PLC0415  keeps --help fast

    findings = examine(config)
    show(
        [{"part": f.part, "state": "ok" if f.ok else "mend", "finding": f.finding} for f in findings],
        as_json=as_json,
        empty="",
    )
    if not all(f.ok for f in findings):
        raise typer.Exit(1)
