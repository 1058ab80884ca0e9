"""Muting topics and acknowledging stories, for a time."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from worker.errors import WirewatchError
from worker.run.cli.common import ago

if TYPE_CHECKING:  # loading it costs more than all of --help
    import redis

For = Annotated[str, typer.Option("--for", metavar="TIME", help="For how long, such as 30m, 6h or 2d.")]


def mute(connection: redis.Redis, kind: str, of: str, duration: str) -> None:
    """Mute, and say until when."""
    from worker.config.values import duration as seconds
    from worker.edge.store.mutes import Mute, Mutes

    try:
        until = datetime.now(UTC) + timedelta(seconds=seconds(duration))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--for") from error
    Mutes(connection).add(Mute(kind=kind, of=of, until=until))
    sys.stdout.write(f"{of} is silent until {until:%Y-%m-%d %H:%M} UTC ({ago(until)}); what is not sent is noted\n")


def unmute(connection: redis.Redis, kind: str, of: str, what: str) -> None:
    """End it now."""
    from worker.edge.store.mutes import Mutes

    if not Mutes(connection).remove(kind, of):
        raise WirewatchError(f"{of} is not {what}; nothing was changed")
    sys.stdout.write(f"{of} is told again from now on\n")


def muted_until(connection: redis.Redis, kind: str) -> dict[str, datetime]:
    """What of this kind is silent now, and until when."""
    from worker.edge.store.mutes import Mutes

    return {found.of: found.until for found in Mutes(connection).active(datetime.now(UTC)) if found.kind == kind}
