"""The commands that run wirewatch: everything at once, or the single processes."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated

import typer

from worker.run.cli.common import ConfigFile

AcceptLoss = Annotated[
    bool,
    typer.Option("--i-accept-loss", help="Run on a Redis that evicts keys or keeps nothing on disk."),
]


class Role(StrEnum):
    """What a worker does."""

    INGEST = "ingest"
    DELIVER = "deliver"


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command()(demo)
    app.command()(up)
    app.command()(scheduler)
    app.command()(worker)
    app.command()(web)


def _own_address(given: str) -> str:
    """An address of this machine, for the demo has no password; its file, where else it were refused, is nobody's."""
    from worker.config.values import is_loopback, listen

    try:
        host, _ = listen(given)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if not is_loopback(host):
        raise typer.BadParameter('the demo is seen from this machine alone; write "127.0.0.1:8080" or another port')
    return given


def demo(
    exit_after_alerts: Annotated[
        int | None,
        typer.Option("--exit-after-alerts", min=1, metavar="N", help="End with status 0 once N alerts were delivered."),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout", min=1, metavar="S", help="With --exit-after-alerts: end with status 2 after S seconds."
        ),
    ] = None,
    listen: Annotated[
        str,
        typer.Option(
            "--listen",
            metavar="HOST:PORT",
            callback=_own_address,
            help="Where the dashboard listens; port 0 takes any free one.",
        ),
    ] = "127.0.0.1:0",
) -> None:
    """See the whole system at work on a bundled newswire.

    Needs no network and no set-up: a recorded day of sample news is served on this machine, and an embedded Redis, a
    scheduler, workers and the dashboard do with it what they do with real feeds. Everything is removed at the end.

    Prints "dashboard: http://127.0.0.1:PORT", a line for each thing that happens (polled, fetched, matched, alerted)
    with the time of the recorded day, and each alert in a frame, with why it was sent. Ctrl-C ends it.
    """
    from worker.run.demo import run_demo

    raise typer.Exit(run_demo(exit_after_alerts=exit_after_alerts, timeout=timeout, listen=listen))


def up(
    config: ConfigFile = None,
    workers: Annotated[
        int,
        typer.Option(
            "-n", "--workers", min=1, metavar="N", help="Ingest processes; one for each core but one is a good number."
        ),
    ] = max(1, (os.cpu_count() or 2) - 1),
    accept_loss: AcceptLoss = False,
) -> None:
    """Run everything in one process tree, until Ctrl-C.

    Scheduler, workers and dashboard, and a private Redis unless one is configured; what dies is started again. A
    change of the configuration file is live within seconds.

    Prints "dashboard: http://HOST:PORT" on standard output, and there too the alerts of console destinations; the
    log, one event a line, goes to standard error.
    """
    from worker.run.up import run_up

    run_up(config, workers=workers, accept_loss=accept_loss)


def scheduler(config: ConfigFile = None, accept_loss: AcceptLoss = False) -> None:
    """Poll feeds and queue what is new.

    Any number may run over one Redis; each claims the feeds it polls.
    """
    from worker.run.processes import run_scheduler

    run_scheduler(config, accept_loss=accept_loss)


def worker(
    role: Annotated[
        Role | None,
        typer.Argument(
            metavar="ROLE",
            help="ingest: entries to alerts. deliver: alerts to destinations. Left out: both.",
        ),
    ] = None,
    processes: Annotated[int, typer.Option("-n", min=1, metavar="N", help="How many processes of this kind.")] = 1,
    config: ConfigFile = None,
    accept_loss: AcceptLoss = False,
) -> None:
    """Work on what is queued.

    Needs only the Redis URL (REDIS_URL will do); the configuration comes from there.
    """
    from worker.run.processes import run_worker

    run_worker(role.value if role else None, config, processes=processes, accept_loss=accept_loss)


def web(config: ConfigFile = None) -> None:
    """Serve the dashboard, /healthz, /readyz and /metrics.

    Prints "dashboard: http://HOST:PORT".
    """
    from worker.run.processes import run_web

    run_web(config)
