"""`wirewatch feeds pause` and `resume`: asking a feed no more for a while, and asking it again."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from worker.errors import WirewatchError
from worker.run.cli import complete
from worker.run.cli.common import ConfigFile, open_redis, text

if TYPE_CHECKING:  # loading them costs more than all of --help
    import redis

    from worker.edge.store.feed_view import FeedView

Which = Annotated[
    str,
    typer.Argument(
        metavar="FEED", callback=text, help="Its address, or its name as in the list.", autocompletion=complete.feeds
    ),
]


def feeds_pause(feed: Which, config: ConfigFile = None) -> None:
    """Ask a feed no more until it is resumed.

    Nothing is taken from it meanwhile, also where a hub pushes. This is kept in Redis, so it holds for feeds of OPML
    lists too; the configuration file stays as it is. Taking a feed out of the file and adding it again resumes it.
    """
    from worker.edge.store.pauses import Pauses

    connection = open_redis(config)
    found = _named(connection, feed)
    Pauses(connection).pause(found.id)
    sys.stdout.write(f"{found.url} is asked no more until `wirewatch feeds resume {found.url}`\n")


def feeds_resume(feed: Which, config: ConfigFile = None) -> None:
    """Ask a paused feed again, at once."""
    from worker.edge.store.pauses import Pauses

    connection = open_redis(config)
    found = _named(connection, feed)
    if not Pauses(connection).resume(found.id, datetime.now(UTC)):
        raise WirewatchError(f"{found.url} is not paused; nothing was changed")
    sys.stdout.write(f"{found.url} is asked again from now on\n")


def _named(connection: redis.Redis, feed: str) -> FeedView:
    """The feed that runs under this address or name; WirewatchError where there is none, or more than one."""
    from worker.config.values import same_feed
    from worker.edge.store.feeds import FeedStore

    feeds = FeedStore(connection).view()
    url = same_feed(feed)
    found = [view for view in feeds if same_feed(view.url) == url] or [view for view in feeds if view.name == feed]
    if not found:
        raise WirewatchError(f"no feed {feed} is polled; see `wirewatch feeds list`")
    if len(found) > 1:
        addresses = ", ".join(view.url for view in found)
        raise WirewatchError(f"{len(found)} feeds are called {feed}; name one by its address: {addresses}")
    return found[0]
