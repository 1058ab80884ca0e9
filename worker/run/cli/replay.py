"""`wirewatch replay`: back-test the topics on articles."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from worker.run.cli.articles import Lines, stored, with_progress
from worker.run.cli.common import AsJson, ConfigFile, count, print_json, printable, start_of

if TYPE_CHECKING:
    from worker.run.replay import Outcome


def register(app: typer.Typer) -> None:
    app.command()(replay)


def replay(
    articles: Annotated[
        Path | None, typer.Argument(help="Article lines in the order of their arrival; - reads standard input.")
    ] = None,
    since: Annotated[str, typer.Option(help="Without a file: how far back in the stored articles.")] = "7d",
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Show which alerts the topics would have sent.

    Nothing is sent or stored. With --json each alert is one line, as its webhook payload.
    """
    from worker.alerts.payload import webhook_payload  # noqa: PLC0415  keeps --help fast
    from worker.config import load  # noqa: PLC0415
    from worker.run import replay as run  # noqa: PLC0415

    settings = load(config, secrets_needed=False)
    lines = Lines(articles) if articles is not None else None
    looked_at = lines or stored(start_of(since), config)
    outcome = run.replay(with_progress(looked_at, "replaying"), settings)
    if as_json:
        base_url = f"http://{settings.web_host}:{settings.web_port}"
        for told in outcome.told:
            print_json(webhook_payload(told.alert, base_url=base_url), indent=None)
    else:
        _print(outcome)
    raise typer.Exit(int(lines.bad if lines else False))


def _print(outcome: Outcome) -> None:
    for told in outcome.told:
        alert = told.alert
        sys.stdout.write(
            f"{told.at:%Y-%m-%d %H:%M}Z  {alert.reason.value}  {printable(alert.topic)}: "
            f"{printable(alert.story.headline)}\n    {printable(alert.sent_because)}\n"
        )
    sys.stdout.write(
        f"{count(len(outcome.told), 'alert')}, {count(outcome.messages, 'message')}, from "
        f"{count(outcome.matched, 'matched article')} of {outcome.articles}\n"
    )
    silent = ", ".join(f"{kind} {number}" for kind, number in sorted(outcome.silent.items()))
    if silent:
        sys.stdout.write(f"told nobody: {silent}\n")
