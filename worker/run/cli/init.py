"""`wirewatch init`: a configuration to start from, after two questions where somebody is there to answer them."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from worker.errors import BusyError, ConfigError, QueryError
from worker.run.cli.common import ConfigFile, printable, text

# Beside the configuration, which can so be shown to others and kept in git.
SLACK_FILE = "slack-webhook-url"
SLACK_HOSTS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """`query` is "" for the sample topic, `slack` for the terminal alone."""

    topic: str = ""
    query: str = ""
    slack: str = ""


def init(
    config: ConfigFile = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Write a commented wirewatch.toml to start from.

    On a terminal two questions are asked: what to watch for, and the address of a Slack webhook; Enter leaves each as
    it is: one topic as an example, and alerts on the terminal. The address is a secret, and goes into a file of its own
    that only you can read, slack-webhook-url. Where nobody can be asked, nothing is. The file holds real world-news
    feeds; an existing one is left alone.
    """
    from worker.config import config_path
    from worker.config.starting import SAMPLE_TOPIC, starting_text

    path = config_path(config)
    if path.exists() and not force:
        raise BusyError(f"{path} exists already; edit it, or overwrite it with `wirewatch init --force`")
    answers = _ask() if sys.stdin.isatty() and sys.stderr.isatty() else Answers()
    secret = path.parent / SLACK_FILE
    written = starting_text(
        topic=answers.topic, query=answers.query, slack=f"file:{SLACK_FILE}" if answers.slack else ""
    )
    try:
        if answers.slack:
            _write_secret(secret, answers.slack)
        path.write_text(written, "utf-8")
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
    sys.stdout.write(_done(path, answers, secret, SAMPLE_TOPIC))


def _ask() -> Answers:
    topic, query = _asked_topic()
    return Answers(topic=topic, query=query, slack=_asked_slack())


def _asked_topic() -> tuple[str, str]:
    """A name and a query that can be understood; "" for both where nothing was said."""
    from worker.match.describe import doubts, in_words
    from worker.match.query import parse

    sys.stderr.write("What do you want to be told of? Words, or a query such as\n  earthquake AND (Taiwan OR Japan)\n")
    while query := _line("Topic [a Kim-Putin summit, as a sample]: "):
        try:
            understood = parse(query)
        except QueryError as error:
            sys.stderr.write(f"{printable(str(error))}\n{printable(error.caret())}\n")
            continue
        sys.stderr.write(f"That means: {printable(in_words(understood))}\n")
        sys.stderr.write("".join(f"note: {printable(doubt)}\n" for doubt in doubts(understood)))
        name = " ".join(query.split())
        return (name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"), query
    return "", ""


def _asked_slack() -> str:
    """The address of a Slack webhook, "" for none."""
    sys.stderr.write(
        "Alerts are shown in the terminal. To have them in Slack too, give the address of\n"
        "an incoming webhook (api.slack.com/messaging/webhooks).\n"
    )
    while url := _line("Slack webhook URL [none]: "):
        parts = urlsplit(url)
        if parts.scheme == "https" and parts.hostname in SLACK_HOSTS and len(parts.path) > 1:
            return url
        sys.stderr.write("This is no Slack webhook: those begin with https://hooks.slack.com/services/\n")
    return ""


def _line(question: str) -> str:
    """What is answered; Ctrl-D ends the command, and nothing is written."""
    sys.stderr.write(question)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        sys.stderr.write("\n")
        raise typer.Abort
    try:
        return text(line.strip())
    except typer.BadParameter as error:
        sys.stderr.write(f"{error.message}\n")
        return _line(question)


def _write_secret(path: Path, secret: str) -> None:
    """For its owner's eyes only, from the first moment on, whatever a former file there allowed."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(secret + "\n")


def _done(path: Path, answers: Answers, secret: Path, sample: str) -> str:
    lines = [f"wrote {path}: world-news feeds, topic: {printable(answers.topic or sample)}"]
    if answers.slack:
        lines.append(f"wrote {secret}: the webhook's address, a secret; keep it out of git")
        lines.append("next: `wirewatch alerts test desk` tries Slack, `wirewatch up` runs everything")
    elif answers.query:
        lines.append("next: `wirewatch up` runs everything, and shows the alerts")
    else:
        lines.append("next: edit the topic, then `wirewatch check` and `wirewatch up`")
    return "".join(f"{line}\n" for line in lines)
