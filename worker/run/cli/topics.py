"""`wirewatch topics`: the topics that are watched."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from worker.run.cli import complete, suggest
from worker.run.cli.common import AsJson, ConfigFile, moment, open_redis, show
from worker.run.cli.edit import edit
from worker.run.cli.mutes import For, mute, muted_until, unmute
from worker.run.cli.trial import Query, Since, topics_test

__all__ = ["Since", "register"]

Name = Annotated[str, typer.Argument(metavar="NAME", help="The topic's name.")]
Known = Annotated[str, typer.Argument(metavar="NAME", help="The topic's name.", autocompletion=complete.topics)]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    group = typer.Typer(help="The topics that are watched: edit, test, mute, suggest.", no_args_is_help=True)
    group.command("list")(topics_list)
    group.command("add")(topics_add)
    group.command("remove")(topics_remove)
    group.command("test")(topics_test)
    group.command("mute")(topics_mute)
    group.command("unmute")(topics_unmute)
    suggest.register(group)
    app.add_typer(group, name="topics")


def topics_list(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """List the topics of the configuration file.

    Those that are muted now show until when.
    """
    from worker.config import load

    topics = load(config, secrets_needed=False).topics
    until = _muted(config) if topics else {}
    rows = [
        {
            "name": topic.name,
            "query": topic.query,
            "notify": list(topic.notify) if topic.notify is not None else "all",
            "sources": list(topic.sources),
            "stem": topic.stem,
            "muted_until": moment(until.get(topic.name)) if as_json else until.get(topic.name),
        }
        for topic in topics
    ]
    columns = ["name", "query", "notify", "sources", *(["stem"] if any(topic.stem for topic in topics) else [])]
    columns += ["muted_until"] if until else []
    empty = "no topics yet; add one with `wirewatch topics add NAME QUERY`"
    show(rows, as_json=as_json, empty=empty, columns=columns, below=("query",))


def _muted(config: Path | None) -> dict[str, datetime]:
    """The topics that are muted, and until when; none where nothing runs that could know of it."""
    import redis

    from worker.edge.store.mutes import TOPIC
    from worker.errors import UnavailableError

    try:
        return muted_until(open_redis(config), TOPIC)
    except (UnavailableError, redis.RedisError):
        return {}


def topics_add(name: Name, query: Query, config: ConfigFile = None) -> None:
    """Add a topic to the configuration file.

    Comments in the file are kept. A running wirewatch watches the topic within seconds.
    """
    from worker.config import add_topic
    from worker.match.describe import doubts
    from worker.match.query import parse

    understood = parse(query)  # its error is about the query, not about a line that the file does not have
    edit(config, lambda text, folder: add_topic(text, name, query, folder=folder), f"added {name} to")
    for doubt in doubts(understood):
        sys.stderr.write(f"note: {doubt}; see `wirewatch topics test`\n")


def topics_remove(name: Known, config: ConfigFile = None) -> None:
    """Remove a topic from the configuration file.

    Comments in the file are kept. A running wirewatch drops the topic within seconds.
    """
    from worker.config import remove_topic

    edit(config, lambda text, folder: remove_topic(text, name, folder=folder), f"removed {name} from")


def topics_mute(name: Known, duration: For = "2h", config: ConfigFile = None) -> None:
    """Be told nothing of a topic for a while.

    Its alerts are noted as muted, and are not sent when the time is over; `wirewatch alerts resend ID` sends one.
    """
    from worker.config import load
    from worker.edge.store.mutes import TOPIC
    from worker.errors import WirewatchError

    names = [topic.name for topic in load(config, secrets_needed=False).topics]
    if name not in names:
        raise WirewatchError(f"there is no topic {name}; configured: {', '.join(names) or 'none'}")
    mute(open_redis(config), TOPIC, name, duration)


def topics_unmute(name: Known, config: ConfigFile = None) -> None:
    """Be told of a topic again."""
    from worker.edge.store.mutes import TOPIC

    unmute(open_redis(config), TOPIC, name, "muted")
