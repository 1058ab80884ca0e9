"""What people do with feeds: find and add them, take over lists, pause them and have them asked now."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from threading import BoundedSemaphore
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from worker.config import (
    OpmlSource,
    Settings,
    add_feed,
    add_list,
    from_published,
    read_opml,
    remove_feed,
    write_opml,
)
from worker.config.values import feed_url, host, same_feed
from worker.edge.store.feeds import FeedStore
from worker.edge.store.pauses import Pauses
from worker.edge.store.published import Published
from worker.errors import ConfigError, FeedError, FetchError
from worker.model import Entry, Feed
from worker.poll.discover import FoundFeed
from worker.run.web.desk import Desk
from worker.run.web.forms import back, form, upload
from worker.run.web.ownfile import OwnFile
from worker.run.web.render import Renderer

if TYPE_CHECKING:
    from worker.edge.http import HttpClient
    from worker.edge.sandbox import Sandbox

# Addresses looked at at the same time, and seconds one may take in all.
AT_ONCE = 2
SECONDS = 45.0
# Feeds offered, and of how many of them the newest titles are shown.
OFFERED, READ, TITLES = 20, 4, 3
# More than these would drown what is written by hand; the list is kept as a file beside instead.
MOST_WRITTEN = 50
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_OF_A_LIST = "A feed that comes from a list (OPML) is taken out of the list; it can be paused here."
_FILE_NAME = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A feed that was found. `newest` are its latest entries, `entries` how many it holds, None where nobody looked."""

    feed: FoundFeed
    entries: int | None
    newest: tuple[Entry, ...]
    trouble: str
    is_there: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FindPage:
    """What an address leads to. `trouble` says why to nothing; with `can_wait` it may be added all the same."""

    url: str
    offers: tuple[Offer, ...]
    more: int
    trouble: str
    can_wait: bool
    locked: str


class FeedWork:
    """The endpoints."""

    def __init__(self, desk: Desk, renderer: Renderer, file: OwnFile) -> None:
        self._desk, self._page, self._file = desk, renderer.page, file
        self._feeds, self._pauses = FeedStore(desk.redis), Pauses(desk.redis)
        self._few_at_once = BoundedSemaphore(AT_ONCE)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/feeds/find", form(self.find), methods=["POST"]),
            Route("/feeds/add", form(self.add), methods=["POST"]),
            Route("/feeds/remove", form(self.remove), methods=["POST"]),
            Route("/feeds/import", upload(self.take_list), methods=["POST"]),
            Route("/feeds/feeds.opml", self.give_list),
            Route("/feeds/{feed_id}/pause", form(self.pause), methods=["POST"]),
            Route("/feeds/{feed_id}/resume", form(self.resume), methods=["POST"]),
            Route("/feeds/{feed_id}/poll", form(self.poll), methods=["POST"]),
        ]

    def find(self, _request: Request, fields: Mapping[str, str]) -> Response:
        """Look at an address and offer the feeds that it leads to."""
        url = _whole(fields.get("url", ""))
        page = FindPage(url=url, offers=(), more=0, trouble="", can_wait=False, locked=self._file.trouble())
        try:
            feed_url(url)
            with self._few_at_once:
                offers = asyncio.run(self._looked_at(url))
        except (ValueError, FeedError) as error:
            return self._found(page, str(error))
        except TimeoutError:
            return self._found(page, "the site takes too long to answer", can_wait=True)
        except FetchError as error:
            return self._found(page, str(error), can_wait=error.retry)
        return self._found(
            page, "" if offers else "it is no feed, announces none and has none at the usual places", offers
        )

    def _found(
        self, page: FindPage, trouble: str, offers: tuple[Offer, ...] = (), *, can_wait: bool = False
    ) -> Response:
        shown = FindPage(
            url=page.url,
            offers=offers[:OFFERED],
            more=max(0, len(offers) - OFFERED),
            trouble=trouble,
            can_wait=can_wait,
            locked=page.locked,
        )
        return self._page(
            "feeds_add.html", {"page": shown, "status": self._desk.status()}, status=422 if trouble else 200
        )

    async def _looked_at(self, url: str) -> tuple[Offer, ...]:
        # Only this page asks, and what it takes is slow to load.
        from worker.poll.discover import discover  # noqa: PLC0415  see above
        from worker.run.looking import reading  # noqa: PLC0415  see above

        settings = self._desk.settings or Settings(storage_dir=Path("data"))
        there = {same_feed(feed.url) for feed in self._feeds.view()}
        now = self._desk.clock.now()
        async with asyncio.timeout(SECONDS), reading(settings) as (http, sandbox):
            found = await discover(url, fetcher=http, parser=sandbox, now=now)
            looked = await asyncio.gather(*(_read(feed.url, http, sandbox, now) for feed in found[:READ]))
        details = [*looked, *[((), None, "")] * (len(found) - len(looked))]
        return tuple(
            Offer(feed=feed, newest=newest, entries=entries, trouble=trouble, is_there=same_feed(feed.url) in there)
            for feed, (newest, entries, trouble) in zip(found, details, strict=True)
        )

    def add(self, _request: Request, fields: Mapping[str, str]) -> Response:
        """Write a feed to the file."""
        url, name = fields.get("url", "").strip(), fields.get("name", "").strip()[:200] or None
        try:
            self._file.change(lambda text, folder: add_feed(text, url, name, folder=folder))
        except ConfigError as error:
            return self._refused(error.message)
        return RedirectResponse(f"/feeds?{urlencode({'added': name or url})}", 303)

    def remove(self, _request: Request, fields: Mapping[str, str]) -> Response:
        """Take a feed out of the file; those of lists are not written there one by one."""
        url = fields.get("url", "")
        try:
            self._file.change(lambda text, folder: remove_feed(text, url, folder=folder))
        except ConfigError as error:
            return self._refused(f"{error.message}. {_OF_A_LIST}")
        return RedirectResponse(f"/feeds?{urlencode({'removed': url})}", 303)

    def take_list(self, _request: Request, files: Mapping[str, tuple[str, bytes]]) -> Response:
        """Add the feeds of an OPML file; a long one is kept beside wirewatch.toml and named there."""
        name, data = files.get("list", ("", b""))
        known = {same_feed(feed.url) for feed in self._feeds.view()}
        try:
            listed = _listed(name, data)
            new = [feed for feed in listed if same_feed(feed.url) not in known]
            if len(new) > MOST_WRITTEN:
                self._keep(name, data)
            elif new:
                self._file.change(lambda text, folder: _with_feeds(text, new, folder))
        except ConfigError as error:
            return self._refused(error.message)
        return RedirectResponse(f"/feeds?{urlencode({'taken': len(new), 'known': len(listed) - len(new)})}", 303)

    def _keep(self, name: str, data: bytes) -> None:
        stem = _FILE_NAME.sub("-", Path(name).stem).strip("-.")[:60] or "feeds"
        self._file.text()  # before anything is written: whether it can be
        path = next(path for path in _names(self._file.folder, stem) if not path.exists())
        try:
            path.write_bytes(data)
        except OSError as error:
            raise ConfigError(f"{path.name} cannot be written beside wirewatch.toml ({error.strerror})") from error
        try:
            self._file.change(lambda text, folder: add_list(text, path.name, folder=folder))
        except ConfigError:
            path.unlink(missing_ok=True)
            raise

    def give_list(self, _request: Request) -> Response:
        """The configured feeds as OPML; those of lists on the web are not among them, and headers never are."""
        published = Published(self._desk.redis)
        body = published.body()
        feeds = from_published(body, published.feeds()).feeds if body else ()
        attachment = {"Content-Disposition": 'attachment; filename="feeds.opml"'}
        return Response(write_opml(feeds).encode(), media_type="text/x-opml", headers=attachment)

    def pause(self, request: Request, fields: Mapping[str, str]) -> Response:
        """Ask for a feed no more."""
        if not self._pauses.pause(request.path_params["feed_id"]):
            raise HTTPException(404)
        return back(fields)

    def resume(self, request: Request, fields: Mapping[str, str]) -> Response:
        """Ask for it again."""
        self._pauses.resume(request.path_params["feed_id"], self._desk.clock.now())
        return back(fields)

    def poll(self, request: Request, fields: Mapping[str, str]) -> Response:
        """Ask for it now, or as soon as its host may be asked."""
        now = self._desk.clock.now()
        self._feeds.hasten(request.path_params["feed_id"], lambda _state: now)
        return back(fields)

    def _refused(self, why: str) -> Response:
        return self._page("feeds_refused.html", {"why": why, "status": self._desk.status()}, status=422)


async def _read(
    url: str, http: HttpClient, sandbox: Sandbox, now: datetime
) -> tuple[tuple[Entry, ...], int | None, str]:
    """The newest entries of a feed, how many there are, and what is wrong with it."""
    from worker.poll.parse import parse_feed  # noqa: PLC0415  slow to load, and asked for seldom
    from worker.run.polling import FEED_BYTES  # noqa: PLC0415  same

    try:
        answer = await http.get(url, max_bytes=FEED_BYTES, accept_status={HTTPStatus.OK})
        kind = answer.headers.get("content-type", "")
        parsed = await sandbox.run(parse_feed, answer.body, url=answer.url, content_type=kind, now=now)
    except (FetchError, FeedError) as error:
        return (), None, str(error)
    newest = sorted(parsed.entries, key=lambda entry: entry.published or _LONG_AGO, reverse=True)
    return tuple(newest[:TITLES]), len(parsed.entries), ""


def _listed(name: str, data: bytes) -> tuple[Feed, ...]:
    listed = read_opml(data, OpmlSource(url=name))
    if not listed:
        raise ConfigError("the file lists no feeds; export it again from your reader")
    return listed


def _whole(typed: str) -> str:
    """An address without its scheme, as people type it, gets the usual one."""
    url = typed.strip()
    return url if "://" in url or not url else f"https://{url}"


def _with_feeds(text: str, feeds: Sequence[Feed], folder: Path) -> str:
    for feed in feeds:
        name = None if feed.name == host(feed.url) else feed.name
        text = add_feed(text, feed.url, name, tags=feed.tags, folder=folder)
    return text


def _names(folder: Path, stem: str) -> Iterator[Path]:
    """Where a list could be kept: under its own name, else with a number behind it."""
    yield folder / f"{stem}.opml"
    yield from (folder / f"{stem}-{number}.opml" for number in range(2, 1_000))
