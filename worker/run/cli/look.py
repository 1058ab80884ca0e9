"""The commands that look at what was found: stories, alerts, articles."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from worker.errors import WirewatchError
from worker.run.cli.common import AsJson, ConfigFile, ago, count, moment, open_redis, print_json, show, start_of, text
from worker.run.cli.explain import articles_explain
from worker.run.cli.topics import Since

StoryId = Annotated[str, typer.Argument(metavar="ID", callback=text, help="As `wirewatch stories list` shows it.")]
AlertId = Annotated[str, typer.Argument(metavar="ID", callback=text, help="As `wirewatch alerts list` shows it.")]
ArticleId = Annotated[str, typer.Argument(metavar="ID", callback=text, help="As `wirewatch articles list` shows it.")]
Destination = Annotated[str, typer.Argument(metavar="DESTINATION", help="The name of a destination.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    stories = typer.Typer(help="The stories that were found: list, show.", no_args_is_help=True)
    stories.command("list")(stories_list)
    stories.command("show")(stories_show)
    alerts = typer.Typer(help="The alerts that were decided: list, show, resend, test.", no_args_is_help=True)
    alerts.command("list")(alerts_list)
    alerts.command("show")(alerts_show)
    alerts.command("resend")(alerts_resend)
    alerts.command("test")(alerts_test)
    articles = typer.Typer(help="The articles that are stored: list, show, explain.", no_args_is_help=True)
    articles.command("list")(articles_list)
    articles.command("show")(articles_show)
    articles.command("explain")(articles_explain)
    for name, group in (("stories", stories), ("alerts", alerts), ("articles", articles)):
        app.add_typer(group, name=name)


def stories_list(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """List the stories that moved last."""
    from worker.edge.store.articles import Archive

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


def stories_show(story_id: StoryId, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Show every report of a story, in order of arrival."""
    from worker.alerts.plain import plain
    from worker.edge.store.articles import Archive

    story = Archive(open_redis(config)).story(story_id)
    if story is None:
        raise WirewatchError(f"there is no story {story_id}; see `wirewatch stories list`")
    if as_json:
        keys = ("source", "title", "copy_of", "url")
        print_json(
            [
                {"seen_at": moment(report.seen_at), **{key: getattr(report, key) for key in keys}}
                for report in story.reports
            ]
        )
        return
    sources = count(story.independent_sources, "independent source")
    sys.stdout.write(f"{plain(story.headline)}\n{plain(story.topic)}, {sources}\n\n")
    who = {report.article_id: report.source for report in story.reports}
    for report in story.reports:
        copy = f" (a copy of {plain(who.get(report.copy_of, report.copy_of))})" if report.copy_of else ""
        sys.stdout.write(f"{ago(report.seen_at):<12} {plain(report.source)}: {plain(report.title)}{copy}\n")
        sys.stdout.write(f"{'':12} {plain(report.url)}\n")


def alerts_list(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """List the newest alerts."""
    from worker.edge.store.outbox import Outbox

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
    columns = ("id", "created", "reason", "topic", "headline")
    empty = "no alerts yet; they are decided when an article matches a topic"
    show(rows, as_json=as_json, empty=empty, columns=columns)


def alerts_show(alert_id: AlertId, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Show one alert and its deliveries.

    With --json it is the webhook payload, with "deliveries" besides.
    """
    from worker.alerts.console import console_text
    from worker.alerts.payload import webhook_payload
    from worker.alerts.plain import plain
    from worker.edge.store.outbox import Outbox
    from worker.edge.store.published import web_url

    connection = open_redis(config)
    outbox = Outbox(connection)
    alert = outbox.alert(alert_id)
    if alert is None:
        raise _unknown_alert(alert_id)
    deliveries = outbox.deliveries(alert_id)
    base_url = web_url(connection) or ""
    if as_json:
        states = [
            {"destination": d.destination, "state": d.state, "attempts": d.attempts, "error": d.error}
            for d in deliveries
        ]
        print_json({**webhook_payload(alert, base_url=base_url), "deliveries": states})
        return
    sys.stdout.write(console_text(alert, base_url=base_url) + "\n")
    for delivery in deliveries:
        error = f" ({plain(delivery.error)})" if delivery.error else ""
        attempts = count(delivery.attempts, "attempt")
        sys.stdout.write(f"{plain(delivery.destination)}: {delivery.state} after {attempts}{error}\n")


def alerts_resend(alert_id: AlertId, config: ConfigFile = None) -> None:
    """Send an alert again, to every destination it was for.

    It keeps its id, so a receiver that checks ids knows it.
    """
    from worker.edge.store.outbox import Outbox

    outbox = Outbox(open_redis(config))
    if outbox.alert(alert_id) is None:
        raise _unknown_alert(alert_id)
    names = outbox.resend(alert_id, datetime.now(UTC))
    if not names:
        raise WirewatchError(f"the alert {alert_id} was for no destination; name some in its topic's notify")
    sys.stdout.write(f"{alert_id} goes out again to {', '.join(names)}\n")


def alerts_test(destination: Destination, config: ConfigFile = None) -> None:
    """Send a test alert to a destination, now and directly."""
    from worker.run.testing import send_test_alert

    send_test_alert(config, destination)
    sys.stdout.write(f"{destination} took the test alert\n")


def articles_list(since: Since = "1d", config: ConfigFile = None, as_json: AsJson = False) -> None:
    """List stored articles, oldest first.

    With --json they are article lines (JSON Lines), which `wirewatch match` and `wirewatch group` read.
    """
    from worker.clean.lines import to_line
    from worker.edge.store.articles import Archive

    start = start_of(since)
    articles = Archive(open_redis(config)).articles(start)
    if as_json:
        for article in articles:
            print_json(to_line(article), indent=None)
        return
    rows = [
        {
            "id": article.id,
            "seen": article.seen_at,
            "source": article.source.domain,
            "title": article.title,
            "partial": article.partial_reason or None,
        }
        for article in articles
    ]
    show(rows, as_json=False, empty=f"no article was stored in the last {since}")


def articles_show(article_id: ArticleId, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Show one stored article.

    With --json it is an article line.
    """
    from worker.alerts.plain import plain
    from worker.clean.lines import to_line
    from worker.edge.store.articles import Archive

    article = Archive(open_redis(config)).article(article_id)
    if article is None:
        raise WirewatchError(f"there is no article {article_id}; see `wirewatch articles list`")
    if as_json:
        print_json(to_line(article), indent=None)
        return
    lines = [
        article.title,
        f"{article.source.domain}  {moment(article.published) or 'no date'}  {article.url}",
        *([f"partial: {article.partial_reason}"] if article.partial else []),
        "",
        *(article.text or article.summary).split("\n"),
        *(
            ["", "left out:", *(f"- {line.text} ({line.because})" for line in article.removed)]
            if article.removed
            else ()
        ),
    ]
    sys.stdout.write("".join(f"{plain(line)}\n" for line in lines))


def _unknown_alert(alert_id: str) -> WirewatchError:
    return WirewatchError(f"there is no alert {alert_id}; see `wirewatch alerts list`")
