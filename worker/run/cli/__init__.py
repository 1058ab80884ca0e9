"""The `wirewatch` command."""

from __future__ import annotations

import os
import sys

import redis
import typer

from worker.errors import ConfigError, QueryError, WirewatchError
from worker.run.cli import look, setup, stages, system

app = typer.Typer(
    name="wirewatch",
    help="Watches news feeds and tells you within seconds, once and with reasons, that a story you follow has broken.",
    epilog="Start with `wirewatch demo`, then `wirewatch init`, edit wirewatch.toml, and `wirewatch up`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for group in (system, setup, stages, look):
    group.register(app)


def main() -> None:
    """Run the command; every expected error is one sentence on standard error and status 1."""
    try:
        app()
    except QueryError as error:
        fail(f"{error}\n{error.caret()}")
    except ConfigError as error:
        fail(str(error))
    except WirewatchError as error:
        fail(str(error))
    except redis.RedisError as error:
        fail(f"Redis does not answer ({error}); start it, or mend [redis] url or REDIS_URL")
    except BrokenPipeError:
        # The reader went away (`| head`); there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def fail(message: str) -> None:
    """End with status 1 after one message."""
    sys.stderr.write(f"wirewatch: {message}\n")
    sys.exit(1)
