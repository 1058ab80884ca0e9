"""The commands that look at what was found: stories, articles."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from worker.errors import WirewatchError
from worker.run.cli.common import AsJson, ConfigFile, ago, count, moment, open_redis, print_json, show, start_of, text
from worker.run.cli.dead_pages import Dead, articles_retry, letters
from worker.run.cli.explain import articles_explain
from worker.run.cli.mutes import For, mute, muted_until, unmute
from worker.run.cli.topics import Since

StoryId = Annotated[str, typer.Argument(metavar="ID", callback=text, help="As `wirewatch stories list` shows it.")]
ArticleId = Annotated[str, typer.Argument(metavar="ID", callback=text, help="As `wirewatch articles list` shows it.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    stories = typer.Typer(help="The stories that were found: list, show, ack.", no_args_is_help=True)
    stories.command("list")(stories_list)
    stories.command("show")(stories_show)
    stories.command("ack")(stories_ack)
    stories.command("unack")(stories_unack)
    articles = typer.Typer(help="The articles that are stored: list, show, explain, retry.", no_args_is_help=True)
    articles.command("list")(articles_list)
    articles.command("show")(articles_show)
    articles.command("explain")(articles_explain)
    articles.command("retry")(articles_retry)
    for name, group in (("stories", stories), ("articles", articles)):
        app.add_typer(group, name=name)


def stories_list(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """List the stories that moved last."""
    from worker.edge.store.articles import Archive
    from worker.edge.store.mutes import STORY

    connection = open_redis(config)
    until = muted_until(connection, STORY)
    rows = [
        {
            "id": story.id,
            "topic": story.topic,
            "headline": story.headline,
            "first_seen": moment(story.first_seen) if as_json else story.first_seen,
            "sources": story.independent_sources,
            "articles": len(story.reports),
            "acknowledged_until": moment(until.get(story.id)) if as_json else until.get(story.id),
        }
        for story in Archive(connection).stories()
    ]
    columns = ["id", "topic", "headline", "first_seen", "sources", "articles"]
    columns += ["acknowledged_until"] if until else []
    empty = "no stories yet; they appear when an article matches a topic"
    show(rows, as_json=as_json, empty=empty, columns=columns, below=("headline",))


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


def stories_ack(story_id: StoryId, duration: For = "6h", config: ConfigFile = None) -> None:
    """Be told nothing more of a story for a while.

    Its alerts are noted as muted, and are not sent when the time is over; `wirewatch alerts resend ID` sends one.
    """
    from worker.edge.store.articles import Archive
    from worker.edge.store.mutes import STORY

    connection = open_redis(config)
    story = Archive(connection).story(story_id)
    if story is None:
        raise WirewatchError(f"there is no story {story_id}; see `wirewatch stories list`")
    mute(connection, STORY, story.id, duration)


def stories_unack(story_id: StoryId, config: ConfigFile = None) -> None:
    """Be told of a story again."""
    from worker.edge.store.articles import Archive
    from worker.edge.store.mutes import STORY

    connection = open_redis(config)
    story = Archive(connection).story(story_id)
    unmute(connection, STORY, story.id if story else story_id, "acknowledged")


def articles_list(since: Since = "1d", config: ConfigFile = None, as_json: AsJson = False, dead: Dead = False) -> None:
    """List stored articles, or the pages that were given up.

    Articles come with the oldest first, dead letters with the newest. With --json the articles are article lines (JSON
    Lines), which `wirewatch match` and `wirewatch group` read.
    """
    from worker.clean.lines import to_line
    from worker.edge.store.articles import Archive

    connection = open_redis(config)
    if dead:
        columns = ("id", "at", "feed", "url", "given_up", "reason")
        empty = "no dead letters: no page was given up"
        show(letters(connection), as_json=as_json, empty=empty, columns=columns, below=("url", "given_up", "reason"))
        return
    articles = Archive(connection).articles(start_of(since))
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
    shown = ["id", "seen", "source", "title", *(["partial"] if any(row["partial"] for row in rows) else [])]
    empty = f"no article was stored in the last {since}"
    show(rows, as_json=False, empty=empty, columns=shown, below=("title", "partial"))


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
