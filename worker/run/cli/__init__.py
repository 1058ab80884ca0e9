"""The `wirewatch` command."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from worker import __version__
from worker.errors import QueryError, WirewatchError
from worker.run.cli import alerts, complete, destinations, feeds, look, replay, setup, stages, system, tokens, topics
from worker.run.cli.common import printable
from worker.run.cli.sections import Sections

app = typer.Typer(
    name="wirewatch",
    cls=Sections,
    epilog="Start with `wirewatch demo`, then `wirewatch init`, edit wirewatch.toml, and `wirewatch up`.\n\n"
    "What cannot be done is one sentence on standard error and status 1; wrong usage is status 2.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (system, setup, feeds, topics, look, alerts, destinations, tokens, stages, replay):
    group.register(app)


def _tell_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"wirewatch {__version__}\n")
        raise typer.Exit


@app.callback()
def wirewatch(
    _version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Watches news feeds and tells you within seconds, once and with reasons, that a story you follow has broken."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; every expected error is one sentence on standard error and status 1.

    `arguments` are those of the process unless given.
    """
    for stream in (sys.stdout, sys.stderr):
        # A character that the terminal's encoding lacks is shown as "?".
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        try:
            complete.join_words(os.environ)
            app(arguments, prog_name="wirewatch")
        except SystemExit:
            sys.stdout.flush()  # here, where a reader that has gone away is understood
            raise
    except BrokenPipeError:
        # The reader went away (`| head`); there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except QueryError as error:
        fail(f"{error}\n{error.caret()}".rstrip())
    except WirewatchError as error:
        fail(str(error))
    except Exception as error:  # the client may not be loaded, so its errors cannot be named here; others pass on
        if not _from_redis(error):
            raise
        fail(f"Redis does not answer ({error}); start it, or mend [redis] url or REDIS_URL")


def _from_redis(error: Exception) -> bool:
    """Whether the Redis client raised this; a client that was not loaded cannot have, and loading it takes long."""
    client = sys.modules.get("redis")
    return client is not None and isinstance(error, client.RedisError)


def fail(message: str) -> None:
    """End with status 1 after one message, which holds nothing that acts on a terminal."""
    sys.stderr.write(f"wirewatch: {printable(message)}\n")
    sys.exit(1)
