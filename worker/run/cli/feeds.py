"""`wirewatch feeds`: the feeds that are polled."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from worker.errors import ConfigError, FeedError, FetchError
from worker.run.cli import complete
from worker.run.cli.common import AsJson, ConfigFile, count, printable, show
from worker.run.cli.edit import edit
from worker.run.cli.feedlist import feeds_list
from worker.run.cli.feedpause import feeds_pause, feeds_resume
from worker.run.cli.feedpoll import feeds_poll
from worker.run.cli.looking import reading, settings_or_defaults

if TYPE_CHECKING:  # loading them costs more than all of --help
    from worker.config import Settings
    from worker.model import Feed
    from worker.poll.discover import FoundFeed

Url = Annotated[str, typer.Argument(metavar="URL", help="The feed's address.")]
Known = Annotated[str, typer.Argument(metavar="URL", help="The feed's address.", autocompletion=complete.feeds)]
PageUrl = Annotated[str, typer.Argument(metavar="URL", help="The address of a web page, such as a paper's front page.")]
OpmlFile = Annotated[
    Path, typer.Argument(metavar="FILE.opml", show_default=False, help="A list of feeds in OPML, as readers export it.")
]

# More than these would drown what is written by hand; a list can be named in one line instead.
MOST_IMPORTED = 50
# What fits a terminal; `feeds discover` shows all.
MOST_OFFERED = 20


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    group = typer.Typer(help="The feeds that are polled: list, add, pause and more.", no_args_is_help=True)
    group.command("list")(feeds_list)
    group.command("add")(feeds_add)
    group.command("remove")(feeds_remove)
    group.command("import")(feeds_import)
    group.command("export")(feeds_export)
    group.command("discover")(feeds_discover)
    group.command("poll")(feeds_poll)
    group.command("pause")(feeds_pause)
    group.command("resume")(feeds_resume)
    app.add_typer(group, name="feeds")


def feeds_add(
    url: Url,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="What to call it (default: its title, else its host).")
    ] = None,
    as_is: Annotated[bool, typer.Option("--as-is", help="Add the address without looking at it.")] = False,
    config: ConfigFile = None,
) -> None:
    """Add a feed to the configuration file.

    The address is looked at: where it is a web page, the feed that the page announces is added, or you are asked which.
    What cannot be had just now is added all the same. Comments in the file are kept. A running wirewatch takes the feed
    up within seconds.
    """
    from worker.config import add_feed, config_path, read_config
    from worker.config.values import feed_url

    try:
        feed_url(url)
    except ValueError as error:
        raise ConfigError(f'"{printable(url)}" cannot be added: {error}') from None
    path = config_path(config)
    add_feed(
        read_config(path), url, name, folder=path.resolve().parent
    )  # whatever is wrong with it, before it is asked
    feed = None if as_is else _looked_at(url, config)
    if feed is not None:
        url, name = feed.url, name or feed.title[:200] or None
    edit(config, lambda text, folder: add_feed(text, url, name, folder=folder), f"added {url} to")


def _looked_at(url: str, config: Path | None) -> FoundFeed | None:
    """The feed that is meant by an address; None, and a word about it, where it cannot be had now."""
    import asyncio

    try:
        found = asyncio.run(_discover(url, settings_or_defaults(config)))
    except FetchError as error:
        if not error.retry:
            raise FeedError(f"{error}; check the address, or add it with --as-is") from None
        sys.stderr.write(f"{printable(str(error))}; it is added all the same, and polled when it can be had\n")
        return None
    if not found:
        raise FeedError(
            f"{url} is no feed, announces none and has none at the usual places; look for a link on the site"
        )
    if len(found) > 1:
        return _chosen(url, found)
    if found[0].url != url:
        sys.stderr.write(f"{url} leads to the feed {found[0].url}\n")
    return found[0]


def _chosen(url: str, found: Sequence[FoundFeed]) -> FoundFeed:
    """Which of several feeds is meant, the first by default; FeedError where nobody can be asked."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise FeedError(
            f"{url} is a web page with {len(found)} feeds; add the best, {found[0].url}, or another one that "
            f"`wirewatch feeds discover {url}` shows"
        )
    from worker.run.cli.table import cell

    sys.stderr.write(f"{url} is a web page with {len(found)} feeds:\n")
    answers = {str(number): feed for number, feed in enumerate(found[:MOST_OFFERED], 1)}
    for number, feed in answers.items():
        sys.stderr.write(f"{number:>3}  {cell(feed.title)}  {feed.url}\n")
    while True:
        sys.stderr.write("Which one is meant? [1] ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            raise typer.Abort
        if chosen := answers.get(line.strip() or "1"):
            return chosen


def feeds_remove(url: Known, config: ConfigFile = None) -> None:
    """Remove a feed from the configuration file.

    Comments in the file are kept. A running wirewatch drops the feed within seconds.
    """
    from worker.config import remove_feed

    edit(config, lambda text, folder: remove_feed(text, url, folder=folder), f"removed {url} from")


def feeds_import(file: OpmlFile, config: ConfigFile = None) -> None:
    """Add the feeds of an OPML file.

    Each becomes a [[feeds]] entry of the configuration file, whose comments are kept, and its folders its tags; feeds
    that are there already are skipped. For lists of more than 50 new feeds write opml = "FILE" below [[feeds]] instead.
    """
    from worker.config import add_feed, config_path, load, read_config
    from worker.config.values import host, same_feed
    from worker.edge.files import replace_text

    path = config_path(config)
    text = read_config(path)
    there = {same_feed(feed.url) for feed in load(config, secrets_needed=False).feeds}
    listed = _listed(file)
    new = [feed for feed in listed if same_feed(feed.url) not in there]
    if len(new) > MOST_IMPORTED:
        raise ConfigError(
            f"{file} lists {len(new)} new feeds, more than {MOST_IMPORTED}; to keep {path} readable, write "
            f'opml = "{_as_seen_from(path, file)}" below a line [[feeds]] instead'
        )
    folder = path.resolve().parent
    for feed in new:
        name = None if feed.name == host(feed.url) else feed.name
        text = add_feed(text, feed.url, name, tags=feed.tags, folder=folder)
    if new:
        replace_text(path, text)
    skipped = f"; {len(listed) - len(new)} of {len(listed)} were there already" if len(new) < len(listed) else ""
    sys.stdout.write(f"added {count(len(new), 'feed')} to {path}{skipped}\n")


def _listed(file: Path) -> tuple[Feed, ...]:
    """The feeds of an OPML file; ConfigError where there are none."""
    from worker.config import OpmlSource, read_opml
    from worker.config.opml import MOST_BYTES

    try:
        with file.open("rb") as source:
            data = source.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{file} cannot be read ({error.strerror}); name a file in OPML") from error
    listed = read_opml(data, OpmlSource(url=str(file)))
    if not listed:
        raise ConfigError(f"{file} lists no feeds; export it again from your reader")
    return listed


def _as_seen_from(config: Path, file: Path) -> Path:
    """How the configuration file names a file: relative to its own folder where it lies below that."""
    folder, place = config.resolve().parent, file.resolve()
    return place.relative_to(folder) if place.is_relative_to(folder) else place


def feeds_export(config: ConfigFile = None) -> None:
    """Print the configured feeds as OPML.

    Those of OPML files are among them, with their tags as folders; those of lists on the web are not, and headers
    never are.
    """
    from worker.config import load, write_opml

    opml = write_opml(load(config, secrets_needed=False).feeds)
    sys.stdout.flush()
    sys.stdout.buffer.write(opml.encode("utf-8"))  # as its first line declares, whatever the terminal's encoding is


def feeds_discover(url: PageUrl, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Find the feeds of a web page, the best first.

    The page itself if it is a feed, else all that it announces; else news sitemaps that robots.txt names, and the first
    feed at a usual place: /feed, /rss.xml, /feed.xml, /atom.xml, /index.xml, /rss, /feed.json. Asks for eleven pages at
    the most, one after the other. Works without a configuration file; with one, [network] allow holds. The status is 1
    when nothing is found.
    """
    import asyncio

    found = asyncio.run(_discover(url, settings_or_defaults(config)))
    if not found:
        raise FeedError(f"{url} announces no feed and has none at the usual places; look for a link on the site")
    rows = [{"title": feed.title, "type": feed.type, "url": feed.url} for feed in found]
    show(rows, as_json=as_json, empty="", below=("url",))
    if len(found) > 1 and not as_json and sys.stdout.isatty():
        sys.stderr.write(f"the first is likely the one: wirewatch feeds add {found[0].url}\n")


async def _discover(url: str, settings: Settings) -> tuple[FoundFeed, ...]:
    from worker.poll.discover import discover

    async with reading(settings) as (http, sandbox):
        return await discover(url, fetcher=http, parser=sandbox, now=datetime.now(UTC))
