"""One poll of one feed: ask, read, see what is new, and commit the first hand-over."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from http import HTTPStatus

import structlog
from redis.client import Pipeline

from worker.config import Settings
from worker.edge.http import HttpClient, HttpResponse
from worker.edge.store.feeds import Claim, FeedStore
from worker.errors import FeedError, FetchError, HttpStatusError, StageTimeoutError
from worker.model import Entry, Feed, WorkItem
from worker.poll.conditional import cache_lifetime, request_headers, retry_after
from worker.poll.due import Failed, Outcome, Parsed, PollPolicy, Unchanged, after_poll
from worker.poll.identity import keys, new_entries
from worker.poll.parse import parse_feed
from worker.ports import Cleaner, Clock

log = structlog.get_logger()

FEED_BYTES = 10_000_000
# How long a feed waits for the others of its host: hundreds may share one, and all of them hold a place meanwhile.
PATIENCE = 10.0
PARSE_SECONDS = 5.0
PARSER_MODULES = ("worker.poll.parse", "feedparser")
# What a feed carries of an article's HTML; more than this is left to the page itself.
CONTENT_CHARACTERS = 200_000
WORDS = {Unchanged: "unchanged", Parsed: "parsed", Failed: "failed"}


class Poller:
    """Polls claimed feeds. `queue_work` adds the jobs for new entries to a transaction."""

    def __init__(
        self,
        *,
        http: HttpClient,
        parser: Cleaner,
        feeds: FeedStore,
        clock: Clock,
        queue_work: Callable[[Pipeline, Sequence[WorkItem]], None],
    ) -> None:
        self._http, self._parser, self._feeds, self._clock = http, parser, feeds, clock
        self._queue_work = queue_work

    async def poll(self, claim: Claim, feed: Feed, policy: PollPolicy) -> None:
        """Poll once; whatever is wrong with the feed costs only itself. PostponedError where its host has no time."""
        outcome, new, shown = await self._ask(claim, feed)
        now = self._clock.now()
        state = after_poll(claim.state, outcome, policy, now=now, jitter=random.random())  # noqa: S311  spreads load
        work = self._work(new, feed, state.title, now, baseline=claim.state.last_success is None)
        held = self._feeds.commit(
            claim, state, work=work, shown=shown, queue_work=self._queue_work, outcome=WORDS[type(outcome)]
        )
        self._note(feed, outcome, work, held=held)

    def crashed(self, claim: Claim, policy: PollPolicy, error: Exception) -> None:
        """Note a poll that met a bug of ours as one that failed, so that it waits like every other and is seen."""
        outcome = Failed(error=f"reading the feed crashed ({type(error).__name__}); the scheduler's log tells where")
        state = after_poll(claim.state, outcome, policy, now=self._clock.now(), jitter=random.random())  # noqa: S311  spreads load
        self._feeds.commit(claim, state, work=(), shown=(), queue_work=self._queue_work, outcome=WORDS[Failed])

    async def _ask(self, claim: Claim, feed: Feed) -> tuple[Outcome, list[Entry], list[int]]:
        try:
            answer = await self._http.get(
                feed.url,
                headers=request_headers(claim.state, feed.headers),
                max_bytes=FEED_BYTES,
                accept_status={HTTPStatus.OK, HTTPStatus.NOT_MODIFIED},
                patience=PATIENCE,
            )
            return await self._read(claim, answer)
        except HttpStatusError as error:
            return Failed(error=str(error), status=error.status, retry_after=error.retry_after), [], []
        except (FetchError, FeedError) as error:
            return Failed(error=str(error)), [], []
        except StageTimeoutError as error:
            return Failed(error=f"reading the feed {error}"), [], []

    async def _read(self, claim: Claim, answer: HttpResponse) -> tuple[Outcome, list[Entry], list[int]]:
        body_hash = blake2b(answer.body, digest_size=16).hexdigest()
        if answer.status == HTTPStatus.NOT_MODIFIED or body_hash == claim.state.body_hash:
            return self._unchanged(answer), [], []
        now = self._clock.now()
        parsed = await self._parser.run(
            parse_feed, answer.body, url=answer.url, content_type=answer.headers.get("content-type", ""), now=now
        )
        shown = sorted({key for entry in parsed.entries for key in keys(entry)})
        new = new_entries(parsed, self._feeds.seen(claim.feed_id, shown))
        outcome = Parsed(
            new=len(new),
            total=len(parsed.entries),
            published=tuple(entry.published for entry in parsed.entries if entry.published),
            title=parsed.title,
            etag=answer.headers.get("etag"),
            last_modified=answer.headers.get("last-modified"),
            body_hash=body_hash,
            ttl=parsed.ttl,
            max_age=cache_lifetime(answer.headers),
            retry_after=retry_after(answer.headers, now=now),
        )
        return outcome, new, shown

    def _unchanged(self, answer: HttpResponse) -> Unchanged:
        return Unchanged(
            etag=answer.headers.get("etag"),
            last_modified=answer.headers.get("last-modified"),
            max_age=cache_lifetime(answer.headers),
            retry_after=retry_after(answer.headers, now=self._clock.now()),
        )

    @staticmethod
    def _work(new: Sequence[Entry], feed: Feed, title: str, now: datetime, *, baseline: bool) -> list[WorkItem]:
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
                trace=secrets.token_hex(8),
                baseline=baseline,
            )
            for entry in new
        ]

    @staticmethod
    def _note(feed: Feed, outcome: Outcome, work: Sequence[WorkItem], *, held: bool) -> None:
        facts = {"feed": feed.name, "result": WORDS[type(outcome)], "new": len(work)}
        if not held:
            log.warning("poll_superseded", **facts)
        elif isinstance(outcome, Failed):
            log.warning("poll_failed", **facts, error=outcome.error)
        elif work:
            log.info("polled", **facts, traces=[item.trace for item in work])


def policy_of(feed: Feed, settings: Settings) -> PollPolicy:
    """How often this feed may be polled."""
    return PollPolicy(
        interval=feed.interval or settings.interval,
        min_interval=settings.min_interval,
        max_interval=settings.max_interval,
        fixed=feed.interval is not None,
    )
