"""The commands that run wirewatch: everything at once, or the single processes."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated

import typer

from worker.run.cli.common import ConfigFile


class Role(StrEnum):
    INGEST = "ingest"
    DELIVER = "deliver"


def register(app: typer.Typer) -> None:
    app.command()(demo)
    app.command()(up)
    app.command()(scheduler)
    app.command()(worker)
    app.command()(web)


def demo(
    exit_after_alerts: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="End with status 0 once N alerts were delivered.")
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(min=1, metavar="S", help="With --exit-after-alerts: status 2 if not within S seconds."),
    ] = None,
    listen: Annotated[
        str, typer.Option(help="Where the dashboard listens; port 0 takes any free one.")
    ] = "127.0.0.1:0",
) -> None:
    """Show the whole system on a bundled newswire; needs no network and no set-up."""
    from worker.run.demo import run_demo  # noqa: PLC0415  keeps --help fast

    raise typer.Exit(run_demo(exit_after_alerts=exit_after_alerts, timeout=timeout, listen=listen))


def up(
    config: ConfigFile = None,
    workers: Annotated[
        int, typer.Option("-n", "--workers", min=1, help="Ingest processes; one per core is a good number.")
    ] = max(1, (os.cpu_count() or 2) - 1),
) -> None:
    """Run everything in one process tree: embedded Redis unless one is configured, scheduler, workers, web."""
    from worker.run.up import run_up  # noqa: PLC0415  keeps --help fast

    run_up(config, workers=workers)


def scheduler(config: ConfigFile = None) -> None:
    """Poll feeds and queue work; any number may run over one Redis."""
    from worker.run.processes import run_scheduler  # noqa: PLC0415  keeps --help fast

    run_scheduler(config)


def worker(
    role: Annotated[
        Role | None, typer.Argument(help="ingest: entries to alerts. deliver: alerts to destinations. None: both.")
    ] = None,
    processes: Annotated[int, typer.Option("-n", min=1, help="How many processes of this kind.")] = 1,
    config: ConfigFile = None,
) -> None:
    """Work on queued jobs. Needs only the Redis URL; the configuration comes from there."""
    from worker.run.processes import run_worker  # noqa: PLC0415  keeps --help fast

    run_worker(role.value if role else None, config, processes=processes)


def web(
    config: ConfigFile = None,
) -> None:
    """Serve the dashboard, /healthz, /readyz and /metrics."""
    from worker.run.processes import run_web  # noqa: PLC0415  keeps --help fast

    run_web(config)
