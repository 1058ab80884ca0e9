"""The commands that look at feeds, topics, stories, alerts and articles, and change what is watched."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from worker.errors import WirewatchError
from worker.run.cli.common import AsJson, ConfigFile, moment, open_redis, seconds_of, show

Since = Annotated[str, typer.Option("--since", help="How far back, such as 30m, 6h or 7d.")]


def register(app: typer.Typer) -> None:
    _group(
        app,
        "feeds",
        "The feeds that are polled.",
        {"list": feeds_list, "add": feeds_add, "remove": feeds_remove},
    )
    _group(
        app,
        "topics",
        "The topics that are watched.",
        {"list": topics_list, "add": topics_add, "remove": topics_remove, "test": topics_test},
    )
    _group(app, "stories", "The stories that were found.", {"list": stories_list, "show": stories_show})
    _group(
        app,
        "alerts",
        "The alerts that were decided.",
        {"list": alerts_list, "show": alerts_show, "resend": alerts_resend, "test": alerts_test},
    )
    _group(app, "articles", "The articles that are stored.", {"list": articles_list, "show": articles_show})


def _group(app: typer.Typer, name: str, text: str, commands: Mapping[str, Callable[..., None]]) -> None:
    group = typer.Typer(help=text, no_args_is_help=True)
    for command, function in commands.items():
        group.command(command)(function)
    app.add_typer(group, name=name)


def feeds_list(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Every feed with its health."""
    from worker.edge.store.feeds import FeedStore  # noqa: PLC0415  keeps --help fast
    from worker.run.status import feed_state  # noqa: PLC0415

    views = FeedStore(open_redis(config)).view()
    rows = [
        {
            "name": view.name,
            "state": feed_state(view),
            "last_success": moment(view.state.last_success) if as_json else view.state.last_success,
            "next_poll": moment(view.due) if as_json else view.due,
            "entries": view.state.entries,
            "error": view.state.error,
            "url": view.url,
        }
        for view in views
    ]
    columns = ("name", "state", "last_success", "next_poll", "entries", "error")
    show(rows, as_json=as_json, empty="no feeds yet; add one with `wirewatch feeds add URL`", columns=columns)


def feeds_add(
    url: Annotated[str, typer.Argument(help="The feed's address.")],
    name: Annotated[str | None, typer.Option(help="What to call it.")] = None,
    config: ConfigFile = None,
) -> None:
    """Add a feed to the configuration file; a running wirewatch takes it up within seconds."""
    from worker.config import add_feed  # noqa: PLC0415  keeps --help fast

    _edit(config, lambda text: add_feed(text, url, name), f"added {url}")


def feeds_remove(url: Annotated[str, typer.Argument(help="The feed's address.")], config: ConfigFile = None) -> None:
    """Remove a feed from the configuration file."""
    from worker.config import remove_feed  # noqa: PLC0415  keeps --help fast

    _edit(config, lambda text: remove_feed(text, url), f"removed {url}")


def topics_list(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Every topic of the configuration file."""
    from worker.config import load  # noqa: PLC0415  keeps --help fast

    rows = [
        {
            "name": topic.name,
            "query": topic.query,
            "notify": list(topic.notify) if topic.notify is not None else "all",
            "sources": list(topic.sources),
        }
        for topic in load(config).topics
    ]
    show(rows, as_json=as_json, empty="no topics yet; add one with `wirewatch topics add NAME QUERY`")


def topics_add(name: str, query: str, config: ConfigFile = None) -> None:
    """Add a topic to the configuration file; a running wirewatch takes it up within seconds."""
    from worker.config import add_topic  # noqa: PLC0415  keeps --help fast

    _edit(config, lambda text: add_topic(text, name, query), f"added {name}")


def topics_remove(name: str, config: ConfigFile = None) -> None:
    """Remove a topic from the configuration file."""
    from worker.config import remove_topic  # noqa: PLC0415  keeps --help fast

    _edit(config, lambda text: remove_topic(text, name), f"removed {name}")


def topics_test(query: str, since: Since = "7d", config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Show what a query means and which stored articles it matches."""
    from worker.config import load  # noqa: PLC0415  keeps --help fast
    from worker.edge.store.articles import Archive  # noqa: PLC0415
    from worker.match.describe import in_words  # noqa: PLC0415
    from worker.match.engine import Matcher  # noqa: PLC0415
    from worker.match.query import parse  # noqa: PLC0415
    from worker.model import Topic  # noqa: PLC0415

    entities = load(config).entities
    meaning = in_words(parse(query, entities=[entity.name for entity in entities]))
    matcher = Matcher([Topic(name="test", query=query)], entities)
    start = datetime.now(UTC) - timedelta(seconds=seconds_of(since))
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
    if not as_json:
        sys.stdout.write(f"meaning: {meaning}\n")
    show(rows, as_json=as_json, empty=f"no stored article of the last {since} matches")


def stories_list(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """The stories that moved last."""
    from worker.edge.store.articles import Archive  # noqa: PLC0415  keeps --help fast

    rows = [
        {
            "id": story.id,
            "topic": story.topic,
            "headline": story.headline,
            "first_seen": moment(story.first_seen) if as_json else story.first_seen,
            "sources": story.independent_sources,
            "articles": len(story.reports),
        }
        for story in Archive(open_redis(config)).stories()
    ]
    show(rows, as_json=as_json, empty="no stories yet; they appear when an article matches a topic")


def stories_show(
    story_id: Annotated[str, typer.Argument(metavar="ID")], config: ConfigFile = None, as_json: AsJson = False
) -> None:
    """Every report of a story, in order of arrival."""
    from worker.edge.store.articles import Archive  # noqa: PLC0415  keeps --help fast

    story = Archive(open_redis(config)).story(story_id)
    if story is None:
        raise WirewatchError(f"there is no story {story_id}; see `wirewatch stories list`")
    rows = [
        {
            "seen_at": moment(report.seen_at) if as_json else report.seen_at,
            "source": report.source,
            "title": report.title,
            "copy_of": report.copy_of,
            "url": report.url,
        }
        for report in story.reports
    ]
    if not as_json:
        sys.stdout.write(f"{story.headline}\n")
    show(rows, as_json=as_json, empty="no reports")


def alerts_list(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """The newest alerts."""
    from worker.edge.store.outbox import Outbox  # noqa: PLC0415  keeps --help fast

    rows = [
        {
            "id": alert.id,
            "created": moment(alert.created) if as_json else alert.created,
            "reason": alert.reason.value,
            "topic": alert.topic,
            "headline": alert.story.headline,
            "because": alert.sent_because,
        }
        for alert in Outbox(open_redis(config)).recent()
    ]
    show(rows, as_json=as_json, empty="no alerts yet")


def alerts_show(
    alert_id: Annotated[str, typer.Argument(metavar="ID")], config: ConfigFile = None, as_json: AsJson = False
) -> None:
    """One alert, as its webhook payload or as text, with its deliveries."""
    from worker.alerts.console import console_text  # noqa: PLC0415  keeps --help fast
    from worker.alerts.payload import webhook_payload  # noqa: PLC0415
    from worker.edge.store.outbox import Outbox  # noqa: PLC0415
    from worker.edge.store.published import web_url  # noqa: PLC0415

    connection = open_redis(config)
    outbox = Outbox(connection)
    alert = outbox.alert(alert_id)
    if alert is None:
        raise _unknown_alert(alert_id)
    deliveries = outbox.deliveries(alert_id)
    if as_json:
        payload = webhook_payload(alert, base_url=web_url(connection) or "")
        payload["deliveries"] = [
            {"destination": d.destination, "state": d.state, "attempts": d.attempts, "error": d.error}
            for d in deliveries
        ]
        sys.stdout.write(json.dumps(payload, ensure_ascii=False, indent=2) + "\n")
        return
    sys.stdout.write(console_text(alert) + "\n")
    for delivery in deliveries:
        error = f" ({delivery.error})" if delivery.error else ""
        sys.stdout.write(f"{delivery.destination}: {delivery.state} after {delivery.attempts} attempts{error}\n")


def alerts_resend(alert_id: Annotated[str, typer.Argument(metavar="ID")], config: ConfigFile = None) -> None:
    """Send an alert again, with the same id, to every destination it was for."""
    from worker.edge.store.outbox import Outbox  # noqa: PLC0415  keeps --help fast

    sent = Outbox(open_redis(config)).resend(alert_id, datetime.now(UTC))
    if not sent:
        raise _unknown_alert(alert_id)
    sys.stdout.write(f"{alert_id} goes out again to {', '.join(sent)}\n")


def alerts_test(
    destination: Annotated[str, typer.Argument(help="A destination's name.")], config: ConfigFile = None
) -> None:
    """Send a test alert to a destination, now and directly."""
    from worker.run.testing import send_test_alert  # noqa: PLC0415  keeps --help fast

    send_test_alert(config, destination)
    sys.stdout.write(f"{destination} took the test alert\n")


def articles_list(since: Since = "1d", config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Stored articles, oldest first; --json gives article lines for the stage filters."""
    from worker.clean.lines import to_line  # noqa: PLC0415  keeps --help fast
    from worker.edge.store.articles import Archive  # noqa: PLC0415
    from worker.run.cli.stages import write  # noqa: PLC0415

    start = datetime.now(UTC) - timedelta(seconds=seconds_of(since))
    articles = Archive(open_redis(config)).articles(start)
    if as_json:
        for article in articles:
            write(to_line(article))
        return
    rows = [
        {
            "id": a.id,
            "seen": a.seen_at,
            "source": a.source.domain,
            "title": a.title,
            "partial": a.partial_reason or None,
        }
        for a in articles
    ]
    show(rows, as_json=False, empty=f"no article was stored in the last {since}")


def articles_show(
    article_id: Annotated[str, typer.Argument(metavar="ID")], config: ConfigFile = None, as_json: AsJson = False
) -> None:
    """One stored article."""
    from worker.clean.lines import to_line  # noqa: PLC0415  keeps --help fast
    from worker.edge.store.articles import Archive  # noqa: PLC0415
    from worker.run.cli.stages import write  # noqa: PLC0415

    article = Archive(open_redis(config)).article(article_id)
    if article is None:
        raise WirewatchError(f"there is no article {article_id}; see `wirewatch articles list`")
    if as_json:
        write(to_line(article))
        return
    lines = [
        article.title,
        f"{article.source.domain}  {moment(article.published) or 'no date'}  {article.url}",
        *([f"partial: {article.partial_reason}"] if article.partial else []),
        "",
        article.text or article.summary,
    ]
    sys.stdout.write("".join(c if c.isprintable() or c == "\n" else " " for c in "\n".join(lines)) + "\n")


def _unknown_alert(alert_id: str) -> WirewatchError:
    return WirewatchError(f"there is no alert {alert_id}; see `wirewatch alerts list`")


def _edit(config: Path | None, change: Callable[[str], str], done: str) -> None:
    from worker.config import config_path, read_config  # noqa: PLC0415  keeps --help fast
    from worker.edge.files import replace_text  # noqa: PLC0415

    path = config_path(config)
    replace_text(path, change(read_config(path)))
    sys.stdout.write(f"{done} in {path}\n")
