"""`wirewatch destinations`: how those that are told take it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from worker.errors import WirewatchError
from worker.run.cli import complete
from worker.run.cli.common import AsJson, ConfigFile, moment, open_redis, show, text

Name = Annotated[
    str,
    typer.Argument(metavar="NAME", callback=text, help="The destination's name.", autocompletion=complete.destinations),
]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    group = typer.Typer(help="Where alerts go: list, resume.", no_args_is_help=True)
    group.command("list")(destinations_list)
    group.command("resume")(destinations_resume)
    app.add_typer(group, name="destinations")


def destinations_list(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """List the destinations and how they are doing."""
    from worker.edge.store.destinations import Destinations

    rows = []
    for found in Destinations(open_redis(config)).states():
        times = {"last_delivery": found.delivered_at, "failing_since": found.failing_since}
        rows.append(
            {
                "name": found.name,
                "state": found.state or ("failing" if found.failing_since else "ok"),
                "waiting": found.waiting,
                **({name: moment(at) for name, at in times.items()} if as_json else times),
                "error": found.why or found.error,
            }
        )
    empty = "no destinations are live yet; start `wirewatch up`"
    show(rows, as_json=as_json, empty=empty, below=("error",))


def destinations_resume(name: Name, config: ConfigFile = None) -> None:
    """Send to a destination again that was switched off.

    What waits for it goes out at once. Dead letters stay: `wirewatch alerts resend --dead` sends these.
    """
    from worker.edge.store.destinations import Destinations

    destinations = Destinations(open_redis(config))
    known = {found.name: found for found in destinations.states()}
    if name not in known:
        raise WirewatchError(f"there is no destination {name}; see `wirewatch destinations list`")
    destinations.resume(name, datetime.now(UTC))
    waiting = known[name].waiting
    sys.stdout.write(f"{name} gets alerts again; {waiting} {'waits' if waiting == 1 else 'wait'} for it\n")
