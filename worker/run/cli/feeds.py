"""`wirewatch feeds`: the feeds that are polled."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.errors import ConfigError, FeedError, StageTimeoutError
from worker.run.cli.common import AsJson, ConfigFile, count, moment, open_redis, print_json, show
from worker.run.cli.edit import edit

if TYPE_CHECKING:  # loading them costs more than all of --help
    from worker.config import Settings
    from worker.edge.http import HttpClient, HttpResponse
    from worker.edge.sandbox import Sandbox
    from worker.model import Entry, Feed, ParsedFeed
    from worker.poll.discover import FoundFeed

Url = Annotated[str, typer.Argument(metavar="URL", help="The feed's address.")]
PageUrl = Annotated[str, typer.Argument(metavar="URL", help="The address of a web page, such as a paper's front page.")]
OpmlFile = Annotated[
    Path, typer.Argument(metavar="FILE.opml", show_default=False, help="A list of feeds in OPML, as readers export it.")
]

# More than these would drown what is written by hand; a list can be named in one line instead.
MOST_IMPORTED = 50
NEWEST = 10
LONG_AGO = datetime.min.replace(tzinfo=UTC)


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    group = typer.Typer(help="The feeds that are polled: list, add, discover and more.", no_args_is_help=True)
    group.command("list")(feeds_list)
    group.command("add")(feeds_add)
    group.command("remove")(feeds_remove)
    group.command("import")(feeds_import)
    group.command("export")(feeds_export)
    group.command("discover")(feeds_discover)
    group.command("poll")(feeds_poll)
    app.add_typer(group, name="feeds")


def feeds_list(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """List every feed with its health.

    States: ok, failing (see the error), gone (the server said for ever), new (not polled yet).
    """
    from worker.edge.store.feeds import FeedStore

    now = datetime.now(UTC)
    rows = [
        {
            "name": view.name,
            "state": view.health,
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
    from worker.config import add_feed

    edit(config, lambda text, folder: add_feed(text, url, name, folder=folder), f"added {url} to")


def feeds_remove(url: Url, config: ConfigFile = None) -> None:
    """Remove a feed from the configuration file.

    Comments in the file are kept. A running wirewatch drops the feed within seconds.
    """
    from worker.config import remove_feed

    edit(config, lambda text, folder: remove_feed(text, url, folder=folder), f"removed {url} from")


def feeds_import(file: OpmlFile, config: ConfigFile = None) -> None:
    """Add the feeds of an OPML file.

    Each becomes a [[feeds]] entry of the configuration file, whose comments are kept; feeds that are there already are
    skipped. Folders are left out: to have them as tags, and for lists of more than 50 new feeds, write opml = "FILE"
    below [[feeds]] instead.
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
        text = add_feed(text, feed.url, None if feed.name == host(feed.url) else feed.name, folder=folder)
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
    """Find the feeds of a web page.

    The page itself if it is a feed, else all that it announces, else the first one at a usual place: /feed, /rss.xml,
    /feed.xml, /atom.xml, /index.xml. Works without a configuration file; with one, [network] allow holds. The status
    is 1 when nothing is found.
    """
    import asyncio

    found = asyncio.run(_discover(url, _settings(config)))
    if not found:
        raise FeedError(f"{url} announces no feed and has none at the usual places; look for a link on the site")
    rows = [{"title": feed.title, "type": feed.type, "url": feed.url} for feed in found]
    show(rows, as_json=as_json, empty="")


async def _discover(url: str, settings: Settings) -> tuple[FoundFeed, ...]:
    from worker.poll.discover import discover

    async with _reading(settings) as (http, sandbox):
        return await discover(url, fetcher=http, parser=sandbox, now=datetime.now(UTC))


def feeds_poll(url: Url, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Poll one feed now and show what it says.

    Asks directly and stores nothing, so no alert comes of it. Any feed will do; one of the configuration file is asked
    with its headers. Shows what the server says about caching and the newest 10 entries; an error is told in words.
    """
    import asyncio

    settings = _settings(config)
    feed = _feed(url, settings)
    if not all(value for _, value in feed.headers):
        _settings(config, secrets_needed=True)  # raises, naming the secret that is missing
    answer, parsed = asyncio.run(_poll(feed, settings))
    facts = _facts(answer, parsed)
    newest = _newest(parsed.entries)
    if as_json:
        rows = [{"published": moment(e.published), "title": e.title, "url": e.url} for e in newest]
        print_json({**facts, "newest": rows})
        return
    from worker.run.cli.table import cell

    for name, value in facts.items():
        told = f"{value:g} s" if isinstance(value, float) else cell(value)
        sys.stdout.write(f"{name.replace('_', ' '):<14} {told}\n")
    sys.stdout.write("\n" if newest else "")
    table = [{"published": e.published, "title": e.title, "url": e.url} for e in newest]
    show(table, as_json=False, empty="the feed has no entries now")


def _feed(url: str, settings: Settings) -> Feed:
    """The configured feed at this address, with its headers, else one that is known by its address alone."""
    from worker.config.values import same_feed
    from worker.model import Feed

    configured = (feed for feed in settings.feeds if same_feed(feed.url) == same_feed(url))
    return next(configured, Feed(url=url, name=url))


async def _poll(feed: Feed, settings: Settings) -> tuple[HttpResponse, ParsedFeed]:
    from http import HTTPStatus

    from worker.model import FeedState
    from worker.poll.conditional import request_headers
    from worker.poll.parse import parse_feed
    from worker.run.polling import FEED_BYTES

    async with _reading(settings) as (http, sandbox):
        headers = request_headers(FeedState(), feed.headers)
        answer = await http.get(feed.url, headers=headers, max_bytes=FEED_BYTES, accept_status={HTTPStatus.OK})
        kind = answer.headers.get("content-type", "")
        return answer, await sandbox.run(
            parse_feed, answer.body, url=answer.url, content_type=kind, now=datetime.now(UTC)
        )


def _facts(answer: HttpResponse, parsed: ParsedFeed) -> dict[str, Any]:
    """What a poll goes by; pauses are in seconds."""
    from worker.poll.conditional import cache_lifetime, retry_after

    return {
        "status": answer.status,
        "url": answer.url,
        "moved_to": answer.permanent_redirect_to,
        "title": parsed.title,
        "entries": len(parsed.entries),
        "etag": answer.headers.get("etag"),
        "last_modified": answer.headers.get("last-modified"),
        "fresh_for": cache_lifetime(answer.headers),
        "retry_after": retry_after(answer.headers, now=datetime.now(UTC)),
        "ttl": parsed.ttl,
    }


def _newest(entries: Sequence[Entry]) -> list[Entry]:
    """The newest entries first, those without a date after them as the feed has them."""
    return sorted(entries, key=lambda entry: entry.published or LONG_AGO, reverse=True)[:NEWEST]


def _settings(config: Path | None, *, secrets_needed: bool = False) -> Settings:
    """The configuration; where no file is named and none is there, the defaults, which allow no private address."""
    from worker.config import Settings, config_path, load

    if config is None and not config_path().exists():
        return Settings(storage_dir=Path("data"))
    return load(config, secrets_needed=secrets_needed)


@asynccontextmanager
async def _reading(settings: Settings) -> AsyncIterator[tuple[HttpClient, Sandbox]]:
    """What fetches and what parses, as the scheduler has them; a parser that was stopped becomes a FeedError."""
    from worker.edge.http import HttpClient
    from worker.edge.sandbox import Sandbox
    from worker.run.polling import PARSE_SECONDS, PARSER_MODULES

    async with HttpClient(allow=settings.allow, user_agent=settings.user_agent) as http:
        with closing(Sandbox(workers=1, seconds=PARSE_SECONDS, modules=PARSER_MODULES)) as sandbox:
            try:
                yield http, sandbox
            except StageTimeoutError as error:
                raise FeedError(f"reading it {error}; look at it in a browser") from None
