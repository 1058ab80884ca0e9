"""`wirewatch topics`: the topics that are watched."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from worker.run.cli.common import AsJson, ConfigFile, open_redis, print_json, show, start_of
from worker.run.cli.edit import edit

Name = Annotated[str, typer.Argument(metavar="NAME", help="The topic's name.")]
Query = Annotated[
    str, typer.Argument(metavar="QUERY", help="What to look for, such as '\"kim jong un\" NEAR/40 putin'.")
]
Since = Annotated[str, typer.Option("--since", metavar="TIME", help="How far back, such as 30m, 6h or 7d.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    group = typer.Typer(help="The topics that are watched: list, add, remove, test.", no_args_is_help=True)
    group.command("list")(topics_list)
    group.command("add")(topics_add)
    group.command("remove")(topics_remove)
    group.command("test")(topics_test)
    app.add_typer(group, name="topics")


def topics_list(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """List every topic of the configuration file."""
    from worker.config import load  # noqa: PLC0415  keeps --help fast

    rows = [
        {
            "name": topic.name,
            "query": topic.query,
            "notify": list(topic.notify) if topic.notify is not None else "all",
            "sources": list(topic.sources),
        }
        for topic in load(config, secrets_needed=False).topics
    ]
    show(rows, as_json=as_json, empty="no topics yet; add one with `wirewatch topics add NAME QUERY`")


def topics_add(name: Name, query: Query, config: ConfigFile = None) -> None:
    """Add a topic to the configuration file.

    Comments in the file are kept. A running wirewatch watches the topic within seconds.
    """
    from worker.config import add_topic  # noqa: PLC0415  keeps --help fast

    edit(config, lambda text: add_topic(text, name, query), f"added {name} to")


def topics_remove(name: Name, config: ConfigFile = None) -> None:
    """Remove a topic from the configuration file.

    Comments in the file are kept. A running wirewatch drops the topic within seconds.
    """
    from worker.config import remove_topic  # noqa: PLC0415  keeps --help fast

    edit(config, lambda text: remove_topic(text, name), f"removed {name} from")


def topics_test(query: Query, since: Since = "7d", config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Say what a query means and which stored articles match."""
    from worker.config import load  # noqa: PLC0415  keeps --help fast
    from worker.edge.store.articles import Archive  # noqa: PLC0415
    from worker.match.describe import in_words  # noqa: PLC0415
    from worker.match.engine import Matcher  # noqa: PLC0415
    from worker.match.query import parse  # noqa: PLC0415
    from worker.model import Topic  # noqa: PLC0415

    start = start_of(since)
    entities = load(config, secrets_needed=False).entities
    meaning = in_words(parse(query, entities=[entity.name for entity in entities]))
    matcher = Matcher([Topic(name="test", query=query)], entities)
    rows = [
        {
            "score": round(found[0].score, 2),
            "title": article.title,
            "source": article.source.domain,
            "highlights": [h.text for h in found[0].highlights[:4]],
            "id": article.id,
        }
        for article in Archive(open_redis(config)).articles(start)
        if (found := matcher.match(article))
    ]
    if as_json:
        print_json(rows)
        return
    sys.stdout.write(f"Meaning: {meaning}\n")
    sys.stdout.flush()
    show(rows, as_json=False, empty=f"no stored article of the last {since} matches")
