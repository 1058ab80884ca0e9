"""`wirewatch replay`: back-test the topics on articles."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from worker.run.cli.common import AsJson, ConfigFile, count, open_redis, print_json, printable, start_of
from worker.run.cli.stages import complain, numbered, object_of, opened

if TYPE_CHECKING:
    from worker.model import Article
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
    lines = _Lines(articles) if articles is not None else None
    outcome = run.replay(_watched(lines or _stored(since, config)), settings)
    if as_json:
        base_url = f"http://{settings.web_host}:{settings.web_port}"
        for told in outcome.told:
            print_json(webhook_payload(told.alert, base_url=base_url), indent=None)
    else:
        _print(outcome)
    raise typer.Exit(int(lines.bad if lines else False))


class _Lines:
    """The articles of a file; a bad line costs itself only and is remembered."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.bad = False

    def __iter__(self) -> Iterator[Article]:
        from worker.clean.lines import from_line  # noqa: PLC0415  keeps --help fast

        with opened(self._file) as lines:
            for number, line in numbered(lines):
                try:
                    yield from_line(object_of(line))
                except ValueError as error:
                    self.bad = complain(f"line {number}: {error}")


def _stored(since: str, config: Path | None) -> Iterator[Article]:
    from worker.edge.store.articles import Archive  # noqa: PLC0415  keeps --help fast

    return Archive(open_redis(config)).articles(start_of(since))


def _watched(articles: Iterable[Article]) -> Iterable[Article]:
    """With a progress bar on a terminal."""
    if not sys.stderr.isatty():
        return articles
    from rich.console import Console  # noqa: PLC0415  keeps --help fast
    from rich.progress import track  # noqa: PLC0415

    return track(articles, "replaying", console=Console(stderr=True), transient=True)


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
