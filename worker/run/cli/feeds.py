"""`wirewatch feeds`: the feeds that are polled."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from worker.run.cli.common import AsJson, ConfigFile, moment, open_redis, show
from worker.run.cli.edit import edit

Url = Annotated[str, typer.Argument(metavar="URL", help="The feed's address.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    group = typer.Typer(help="The feeds that are polled: list, add, remove.", no_args_is_help=True)
    group.command("list")(feeds_list)
    group.command("add")(feeds_add)
    group.command("remove")(feeds_remove)
    app.add_typer(group, name="feeds")


def feeds_list(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """List every feed with its health.

    States: ok, failing (see the error), gone (the server said for ever), new (not polled yet).
    """
    from worker.edge.store.feeds import FeedStore  # noqa: PLC0415  keeps --help fast
    from worker.run.status import feed_state  # noqa: PLC0415

    now = datetime.now(UTC)
    rows = [
        {
            "name": view.name,
            "state": feed_state(view),
            "last_success": moment(view.state.last_success) if as_json else view.state.last_success,
            "next_poll": moment(view.due) if as_json else ("now" if view.due and view.due <= now else view.due),
            "entries": view.state.entries,
            "error": view.state.error,
            "url": view.url,
        }
        for view in FeedStore(open_redis(config)).view()
    ]
    columns = ("name", "state", "last_success", "next_poll", "entries", "error")
    show(rows, as_json=as_json, empty="no feeds yet; add one with `wirewatch feeds add URL`", columns=columns)


def feeds_add(
    url: Url,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="What to call it (default: its host).")
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Add a feed to the configuration file.

    Comments in the file are kept. A running wirewatch takes the feed up within seconds.
    """
    from worker.config import add_feed  # noqa: PLC0415  keeps --help fast

    edit(config, lambda text: add_feed(text, url, name), f"added {url} to")


def feeds_remove(url: Url, config: ConfigFile = None) -> None:
    """Remove a feed from the configuration file.

    Comments in the file are kept. A running wirewatch drops the feed within seconds.
    """
    from worker.config import remove_feed  # noqa: PLC0415  keeps --help fast

    edit(config, lambda text: remove_feed(text, url), f"removed {url} from")
