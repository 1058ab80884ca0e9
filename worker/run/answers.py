"""What the answer to a poll says, as records for the decision when to poll next, and as work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus

from worker.edge.http import HttpResponse
from worker.errors import HttpStatusError
from worker.model import Entry, Feed, ParsedFeed, WorkItem, trace_of
from worker.poll.conditional import cache_lifetime, retry_after, validators
from worker.poll.due import Failed, Outcome, Parsed, Unchanged

# What a feed carries of an article's HTML; more than this is left to the page itself.
CONTENT_CHARACTERS = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a document brought: its `new` entries, the keys (`shown`) and `links` it showed, and what was read of it.

    `parsed` is None where nothing had to be read, `whole` says that all was, `known` is what to remember of it.
    """

    parsed: ParsedFeed | None
    new: Sequence[Entry]
    shown: Sequence[int]
    total: int
    links: Mapping[int, Sequence[Entry]] = field(default_factory=dict)
    updated: int = 0
    whole: bool = True
    known: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What became of a request. `moved_to` is where permanent redirects led; of a `partial` document not all was read.

    `body_hash` and `known` are what to remember of the document; None leaves what was remembered before.
    """

    outcome: Outcome
    new: Sequence[Entry] = ()
    shown: Sequence[int] = ()
    links: Mapping[int, Sequence[Entry]] = field(default_factory=dict)
    moved_to: str | None = None
    partial: bool = False
    body_hash: str | None = None
    known: bytes | None = None


def unchanged(answer: HttpResponse, now: datetime, *, whole: bool = False) -> Unchanged:
    """The outcome of a 304, or with `whole` of a body that is the one before, or has no other entries."""
    etag, last_modified = validators(answer.headers)
    return Unchanged(
        whole=whole,
        etag=etag,
        last_modified=last_modified,
        max_age=cache_lifetime(answer.headers),
        retry_after=retry_after(answer.headers, now=now),
    )


def parsed(answer: HttpResponse, reading: Reading, now: datetime) -> Parsed | Unchanged:
    """The outcome of a body, as far as it had to be read."""
    if reading.parsed is None:
        return unchanged(answer, now, whole=True)
    etag, last_modified = validators(answer.headers)
    return Parsed(
        new=len(reading.new),
        total=reading.total,
        updated=reading.updated,
        published=tuple(entry.published for entry in reading.new if entry.published),
        title=reading.parsed.title,
        etag=etag,
        last_modified=last_modified,
        ttl=reading.parsed.ttl,
        skip_hours=reading.parsed.skip_hours,
        skip_days=reading.parsed.skip_days,
        max_age=cache_lifetime(answer.headers),
        retry_after=retry_after(answer.headers, now=now),
    )


def refused(error: HttpStatusError) -> Failed:
    """The outcome of a status that is no answer."""
    words = str(error)
    if error.status == HTTPStatus.GONE:
        words += ": the feed is gone for good and not asked for again; remove it from the configuration"
    return Failed(error=words, status=error.status, retry_after=error.retry_after)


def work_items(new: Sequence[Entry], feed: Feed, title: str, now: datetime, *, baseline: bool) -> list[WorkItem]:
    """The work for new entries, each with an own trace; `title` is the feed's, `baseline` marks its first poll."""
    return [
        WorkItem(
            entry=replace(entry, content=entry.content[:CONTENT_CHARACTERS]),
            feed_url=feed.url,
            feed_name=feed.name,
            feed_title=title,
            tags=feed.tags,
            full_text=feed.full_text,
            enough_text=feed.enough_text,
            seen_at=now,
            trace=trace_of(feed.url, entry.key, now),
            baseline=baseline,
        )
        for entry in new
    ]
