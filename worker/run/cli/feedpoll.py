"""`wirewatch feeds poll`: asking feeds now, without a running system."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.errors import WirewatchError
from worker.run.cli import complete
from worker.run.cli.common import AsJson, ConfigFile, count, moment, print_json, show
from worker.run.cli.looking import reading, settings_or_defaults

if TYPE_CHECKING:  # loading them costs more than all of --help
    import asyncio

    from worker.config import Settings
    from worker.edge.http import HttpClient, HttpResponse
    from worker.edge.sandbox import Sandbox
    from worker.model import Entry, Feed, ParsedFeed

Urls = Annotated[
    list[str] | None,
    typer.Argument(metavar="URL", help="The addresses of feeds.", show_default=False, autocompletion=complete.feeds),
]

NEWEST = 10
LONG_AGO = datetime.min.replace(tzinfo=UTC)
# Hosts take two at a time whatever this is.
AT_ONCE = 20


def feeds_poll(
    urls: Urls = None,
    every: Annotated[bool, typer.Option("--all", help="Every feed of the configuration file.")] = False,
    tag: Annotated[
        str | None, typer.Option("--tag", metavar="TAG", help="The feeds of the configuration file with this tag.")
    ] = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Poll feeds now and show what they say.

    Asks directly and stores nothing, so no alert comes of it. Any feed will do; those of the configuration file are
    asked with their headers. Of one feed it shows what the server says about caching and the newest 10 entries, of
    several a line each; an error is told in words, and the status is 1 where there is one.
    """
    import asyncio

    settings = settings_or_defaults(config)
    feeds = _wanted(urls or [], settings, every=every, tag=tag)
    if any(not value for feed in feeds for _, value in feed.headers):
        settings_or_defaults(config, secrets_needed=True)  # raises, naming the secret that is missing
    if len(feeds) == 1 and urls:
        answer, parsed = asyncio.run(_one(feeds[0], settings))
        _show_one(answer, parsed, as_json=as_json)
        return
    rows = asyncio.run(_several(feeds, settings))
    _show_several(rows, as_json=as_json)
    if any(row["error"] for row in rows):
        raise typer.Exit(1)


def _wanted(urls: Sequence[str], settings: Settings, *, every: bool, tag: str | None) -> list[Feed]:
    if not urls and not every and tag is None:
        raise typer.BadParameter("name a feed, or --all, or --tag TAG", param_hint="URL")
    found = [_feed(url, settings) for url in urls]
    found += [feed for feed in settings.feeds if every or (tag is not None and tag in feed.tags)]
    if not found:
        of = "there are no feeds in the configuration file" if every else f'no feed has the tag "{tag}"'
        raise WirewatchError(f"{of}; see `wirewatch feeds export`")
    return list({feed.url: feed for feed in found}.values())


def _feed(url: str, settings: Settings) -> Feed:
    """The configured feed at this address, with its headers, else one that is known by its address alone."""
    from worker.config.values import same_feed
    from worker.model import Feed

    configured = (feed for feed in settings.feeds if same_feed(feed.url) == same_feed(url))
    return next(configured, Feed(url=url, name=url))


async def _one(feed: Feed, settings: Settings) -> tuple[HttpResponse, ParsedFeed]:
    async with reading(settings) as (http, sandbox):
        return await _poll(feed, http, sandbox)


async def _several(feeds: Sequence[Feed], settings: Settings) -> list[dict[str, Any]]:
    """A row for each feed, in order, with a bar on a terminal meanwhile."""
    import asyncio

    from worker.run.cli.progress import counted

    places = asyncio.Semaphore(AT_ONCE)
    async with reading(settings) as (http, sandbox):
        with counted("polling", "feeds", len(feeds)) as one_done:
            return await asyncio.gather(*(_row(feed, http, sandbox, places, one_done) for feed in feeds))


async def _row(
    feed: Feed, http: HttpClient, sandbox: Sandbox, places: asyncio.Semaphore, one_done: Callable[[], None]
) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(("status", "entries", "newest", "moved_to", "error"))
    async with places:
        try:
            answer, parsed = await _poll(feed, http, sandbox)
        except WirewatchError as error:
            row["error"] = str(error)
        else:
            dates = [entry.published for entry in parsed.entries if entry.published]
            newest = max(dates, default=None)
            moved_to = answer.permanent_redirect_to
            row |= {"status": answer.status, "entries": len(parsed.entries), "newest": newest, "moved_to": moved_to}
    one_done()
    return {"name": feed.name, **row, "url": feed.url}


async def _poll(feed: Feed, http: HttpClient, sandbox: Sandbox) -> tuple[HttpResponse, ParsedFeed]:
    from http import HTTPStatus

    from worker.model import FeedState
    from worker.poll.conditional import request_headers
    from worker.poll.parse import parse_feed
    from worker.run.indexes import news_of
    from worker.run.polling import FEED_BYTES
    from worker.run.reading import Reader

    headers, now = request_headers(FeedState(), feed.headers), datetime.now(UTC)
    answer = await http.get(feed.url, headers=headers, max_bytes=FEED_BYTES, accept_status={HTTPStatus.OK})
    kind = answer.headers.get("content-type", "")
    parsed = await sandbox.run(parse_feed, answer.body, url=answer.url, content_type=kind, now=now)
    if parsed.follow:
        parsed = await news_of(
            parsed,
            url=answer.url,
            http=http,
            reader=Reader(sandbox),
            extra=feed.headers,
            max_bytes=FEED_BYTES,
            now=now,
        )
    return answer, parsed


def _show_one(answer: HttpResponse, parsed: ParsedFeed, *, as_json: bool) -> None:
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
    show(table, as_json=False, empty="the feed has no entries now", below=("title", "url"))


def _show_several(rows: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_json([{**row, "newest": moment(row["newest"])} for row in rows])
        return
    table = [
        {
            "name": row["name"],
            "entries": row["entries"],
            "newest": row["newest"],
            "error": row["error"] or (f"moved to {row['moved_to']}" if row["moved_to"] else None),
        }
        for row in sorted(rows, key=lambda row: row["error"] is not None)
    ]
    show(table, as_json=False, empty="", below=("error",))
    failed = sum(1 for row in rows if row["error"])
    sys.stderr.write(f"{count(len(rows), 'feed')}, {failed} failed\n")


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
        "hub": parsed.hub,
        "ttl": parsed.ttl,
    }


def _newest(entries: Sequence[Entry]) -> list[Entry]:
    """The newest entries first, those without a date after them as the feed has them."""
    return sorted(entries, key=lambda entry: entry.published or LONG_AGO, reverse=True)[:NEWEST]
