"""Sitemap indexes are polled like feeds: what counts are the sitemaps that they name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from worker.edge.http import HttpClient, HttpResponse
from worker.errors import FeedError, FetchError, StageTimeoutError
from worker.model import FeedState, ParsedFeed
from worker.poll.conditional import request_headers
from worker.run.reading import Reader
from worker.secret import SecretStr

VALIDATORS = frozenset({"etag", "last-modified"})


async def news_of(
    index: ParsedFeed,
    *,
    url: str,
    http: HttpClient,
    reader: Reader,
    extra: Iterable[tuple[str, SecretStr]],
    max_bytes: int,
    now: datetime,
) -> ParsedFeed:
    """The entries of the sitemaps that the index at `url` names, asked for one after another.

    The operator's `extra` headers go to the index's own host only. Raises FeedError where none of them brings news,
    PostponedError where their host has no time.
    """
    feeds: list[ParsedFeed] = []
    why = ""
    for place in index.follow:
        own = extra if urlsplit(place).netloc == urlsplit(url).netloc else ()
        headers = request_headers(FeedState(), own)
        try:
            answer = await http.get(place, headers=headers, max_bytes=max_bytes, accept_status={HTTPStatus.OK})
            kind = answer.headers.get("content-type", "")
            found = await reader.read(answer.body, url=answer.url, content_type=kind, memory=b"", now=now)
        except (FeedError, FetchError, StageTimeoutError) as error:
            why = why or f"{place}: {error}"
            continue
        feeds += [found.feed] if found.feed else []
    if not feeds:
        raise FeedError(f"none of the sitemaps that this index names can be read ({why}); add the site's news sitemap")
    entries = tuple(entry for feed in feeds for entry in feed.entries)
    return replace(feeds[0], entries=entries, follow=index.follow)


def without_validators(answer: HttpResponse) -> HttpResponse:
    """The answer of an index, which stays as it is while its sitemaps change: so it has to come again every time."""
    kept = {name.lower(): value for name, value in answer.headers.items()}
    return replace(answer, headers={name: value for name, value in kept.items() if name not in VALIDATORS})
