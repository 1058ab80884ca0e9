"""Pages that were given up, for the commands about articles: looking at them, and trying them again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.errors import WirewatchError
from worker.run.cli.common import ConfigFile, count, open_redis, text

if TYPE_CHECKING:  # loading it costs more than all of --help
    from collections.abc import Callable

    import redis

    from worker.model import Article

LIST = "wirewatch articles list --dead"
Dead = Annotated[bool, typer.Option("--dead", help="Dead letters: entries whose page ended every worker that took it.")]


def _maybe_text(given: str | None) -> str | None:
    return text(given) if given else given


LetterId = Annotated[str | None, typer.Argument(metavar="ID", callback=_maybe_text, help=f"As `{LIST}` shows it.")]


def letters(connection: redis.Redis) -> list[dict[str, Any]]:
    """The dead letters, newest first."""
    from worker.edge.store import dead_pages

    return dead_pages.newest(connection)


def articles_retry(letter_id: LetterId = None, dead: Dead = False, config: ConfigFile = None) -> None:
    """Fetch pages again that were given up.

    One by its ID, or with --dead all. Its entry is worked on as if it were new; one that matched a topic by the feed's
    own words stays as it is: people have been told.
    """
    import redis

    from worker.edge.rq_engine.queue import JobQueue
    from worker.edge.store import dead_pages
    from worker.run.jobs import queue_ingest

    if (letter_id is None) != dead:
        raise typer.BadParameter("name one by its ID, or all by --dead")
    connection = open_redis(config)
    queue = JobQueue(connection)
    queue.warm()
    ids = None if letter_id is None else [letter_id]
    try:
        done = dead_pages.retry(connection, ids, _told(connection), queue_ingest(queue))
    except redis.WatchError:
        raise WirewatchError("the list of dead letters has just changed; run it again") from None
    if not done.queued and not done.told:
        raise WirewatchError(f"there is nothing to try again; see `{LIST}`")
    sys.stdout.write(f"{count(len(done.queued), 'page')} to be fetched again\n")
    if done.told:
        sys.stderr.write(f"told already by what the feed itself said, and left as it is: {', '.join(done.told)}\n")


def _told(connection: redis.Redis) -> Callable[[Article], bool]:
    """Whether an article matches a topic that is watched now."""
    from worker.config import from_published
    from worker.edge.store.published import Published
    from worker.run.watching import matches_of

    body = Published(connection).body()
    if body is None:
        raise WirewatchError("nothing is watched yet; start `wirewatch up`")
    return matches_of(from_published(body))
