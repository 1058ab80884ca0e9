"""One poll of one feed: ask, read, see what is new, and commit the first hand-over."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from urllib.parse import urlsplit

import structlog

from worker.clean.urls import registrable_domain
from worker.config.values import same_feed
from worker.edge.batches import Batches
from worker.edge.http import HttpClient, HttpResponse
from worker.edge.sandbox import Sandbox
from worker.edge.store.claims import Claim
from worker.edge.store.feeds import FeedStore
from worker.edge.store.handover import HandOver, QueueWork
from worker.edge.store.subscriptions import Push
from worker.errors import (
    FeedError,
    FetchError,
    FetchFailedError,
    HttpStatusError,
    PostponedError,
    StageTimeoutError,
)
from worker.model import Entry, Feed, FeedState, WorkItem
from worker.poll.conditional import is_partial, is_whole, request_headers
from worker.poll.due import Failed, Outcome, Parsed, PollPolicy, Unchanged, after_poll, after_push
from worker.poll.identity import keys, link_keys, new_entries, seen_key
from worker.poll.moved import address, doubled, follow, unmoved
from worker.poll.websub import Offer, found_by_poll, is_pushed, offered, pinged
from worker.ports import Clock
from worker.run.answers import Asked, Reading, parsed, refused, unchanged, work_items
from worker.run.indexes import news_of, without_validators
from worker.run.line import LOOK_AGAIN, OwnLine
from worker.run.reading import Reader

log = structlog.get_logger()

FEED_BYTES = 10_000_000
# How long a feed waits for the others of its host: hundreds may share one, and all of them hold a place meanwhile.
PATIENCE = 10.0
PARSE_SECONDS = 5.0
# One reader is left to feeds that are read in time, whatever others do.
READERS, FOR_SUSPECTS = 2, 1
PARSER_MODULES = ("worker.poll.parse", "feedparser")
# Once so many times the keys are kept that a document shows, the next one is read whole, which forgets the others.
MOST_KEPT = 2
# How the error of a feed begins whose reading had to be stopped: it is likely to have to be again.
_STOPPED = "reading the feed "
WORDS = {Unchanged: "unchanged", Parsed: "parsed", Failed: "failed"}


ANSWERS = frozenset({HTTPStatus.OK, HTTPStatus.IM_USED, HTTPStatus.NOT_MODIFIED})


class Poller:
    """Polls claimed feeds, and takes what hubs push of them.

    `queue_work` adds the jobs for new entries to a transaction; `note_hub` is told which hub a feed names, by its id.
    `line` tells our own outages from those of hosts, `is_polled` whether an address is that of a feed that is polled.
    """

    def __init__(
        self,
        *,
        http: HttpClient,
        parser: Sandbox,
        feeds: FeedStore,
        clock: Clock,
        queue_work: QueueWork,
        note_hub: Callable[[str, Offer | None], None],
        line: OwnLine,
        is_polled: Callable[[str], bool],
    ) -> None:
        self._http, self._feeds, self._clock = http, feeds, clock
        self._reader, self._reader_of_suspects = Reader(Batches(parser)), Reader(parser)
        self._queue_work, self._note_hub, self._line, self._is_polled = queue_work, note_hub, line, is_polled
        self._suspects = asyncio.Semaphore(FOR_SUSPECTS)

    async def poll(self, claim: Claim, feed: Feed, policy: PollPolicy) -> None:
        """Poll once; whatever is wrong with the feed costs only itself.

        PostponedError where its host has no time, or where it may be our line that is cut: then nothing is noted.
        """
        whole = is_whole(claim.state, now=self._clock.now())
        asked = await self._ask(claim, feed, whole=whole)
        before = found_by_poll(claim.state, new=len(asked.new), now=self._clock.now())
        policy = replace(policy, pushed=is_pushed(before, self._clock.now()))
        state = self._after(before, feed, asked, policy, whole=whole)
        work = work_items(asked.new, feed, state.title, self._clock.now(), baseline=claim.state.last_success is None)
        structlog.contextvars.bind_contextvars(traces=[item.trace for item in work])  # for what is told of this poll
        over = HandOver(
            claim=claim,
            state=state,
            work=work,
            shown=asked.shown,
            queue_work=self._queue_work,
            outcome=WORDS[type(asked.outcome)],
            partial=asked.partial,
            links=asked.links,
        )
        held = await self._feeds.hand_over(over)
        self._note(feed, claim.state, state, asked.outcome, work, held=held)

    async def take(self, claim: Claim, feed: Feed, push: Push) -> bool:
        """Take what a hub pushed like the answer to a poll; where that is no feed, the feed itself is asked soon.

        False where the lease had passed to another scheduler.
        """
        answer = HttpResponse(url=feed.url, status=200, headers={"content-type": push.content_type}, body=push.body)
        now = self._clock.now()
        new: Sequence[Entry] = ()
        shown: Sequence[int] = ()
        links: Mapping[int, Sequence[Entry]] = {}
        try:
            reading = await self._entries(claim, feed, answer, now)
        except (FeedError, StageTimeoutError):
            state = pinged(claim.state, now)
        else:
            new, shown, links = reading.new, reading.shown, reading.links
            dates = tuple(entry.published for entry in new if entry.published)
            state = after_push(claim.state, new=len(new), published=dates, now=now)
        work = work_items(new, feed, state.title, now, baseline=False)
        held = self._feeds.commit(
            claim,
            state,
            work=work,
            shown=shown,
            queue_work=self._queue_work,
            outcome="pushed",
            partial=True,
            links=links,
        )
        log.info("pushed", feed=feed.name, bytes=len(push.body), held=held, traces=[item.trace for item in work])
        return held

    def crashed(self, claim: Claim, policy: PollPolicy, error: Exception) -> None:
        """Note a poll that met a bug of ours as one that failed, so that it waits like every other and is seen."""
        outcome = Failed(error=f"reading the feed crashed ({type(error).__name__}); the scheduler's log tells where")
        state = after_poll(claim.state, outcome, policy, now=self._clock.now(), jitter=random.random())  # noqa: S311  spreads load
        self._feeds.commit(claim, state, work=(), shown=(), queue_work=self._queue_work, outcome=WORDS[Failed])

    def _after(self, state: FeedState, feed: Feed, asked: Asked, policy: PollPolicy, *, whole: bool) -> FeedState:
        now, outcome = self._clock.now(), asked.outcome
        dice = random.random()  # noqa: S311  spreads load
        if isinstance(outcome, Failed):
            if state.moved:
                # It is the new address that is gone, if any.
                outcome = replace(outcome, status=None)
            return after_poll(unmoved(state), outcome, policy, now=now, jitter=dice, whole=whole)
        known = isinstance(outcome, Unchanged) or outcome.total > outcome.new
        state = follow(state, feed.url, asked.moved_to, known=known, now=now)
        state = after_poll(state, outcome, policy, now=now, jitter=dice, whole=whole)
        if asked.known is not None:
            state = replace(state, body_hash=asked.body_hash, known=asked.known)
        target = same_feed(state.moved_to) if state.moved_to else feed.url
        return doubled(state, now=now) if target != feed.url and self._is_polled(target) else state

    async def _ask(self, claim: Claim, feed: Feed, *, whole: bool) -> Asked:
        host = urlsplit(feed.url).netloc
        try:
            answer = await self._http.get(
                address(feed.url, claim.state),
                headers=request_headers(claim.state, feed.headers, whole=whole),
                max_bytes=FEED_BYTES,
                accept_status=ANSWERS,
                patience=PATIENCE,
                held=claim.turn,
            )
            asked = await self._read(claim, feed, answer, whole=whole)
        except HttpStatusError as error:
            return Asked(outcome=refused(error))
        except (FetchError, FeedError) as error:
            self._look_at_line(claim.state, host, error)
            return Asked(outcome=Failed(error=str(error)))
        except StageTimeoutError as error:
            return Asked(outcome=Failed(error=f"{_STOPPED}{error}"))
        self._line.answered(host)
        return asked

    def _look_at_line(self, state: FeedState, host: str, error: FetchError | FeedError) -> None:
        """PostponedError while it may be our line, or whoever answers on it for everybody, that brought the error."""
        unreached = isinstance(error, FetchFailedError) and not error.reached
        is_away = self._line.is_away(host) if unreached else True
        if self._line.is_cut or not (is_away or state.failing_since):
            wait = min(LOOK_AGAIN, state.interval) if unreached else max(LOOK_AGAIN, state.interval)
            raise PostponedError(str(error), seconds=wait * random.uniform(1, 1.5))  # noqa: S311  spreads load

    async def _read(self, claim: Claim, feed: Feed, answer: HttpResponse, *, whole: bool) -> Asked:
        now, moved_to = self._clock.now(), answer.permanent_redirect_to
        if answer.status == HTTPStatus.NOT_MODIFIED:
            if whole:
                raise FeedError("the server says that nothing has changed (304) to a request that did not ask for that")
            return Asked(outcome=unchanged(answer, now), moved_to=moved_to)
        body_hash = sha256(answer.body).hexdigest()[:32]
        if body_hash == claim.state.body_hash:
            return Asked(outcome=unchanged(answer, now, whole=True), moved_to=moved_to)
        reading = await self._entries(claim, feed, answer, now, memory=claim.state.known)
        if reading.parsed and reading.parsed.follow:
            answer, body_hash = without_validators(answer), ""
        link, head = answer.headers.get("link", ""), reading.parsed
        if head:
            self._note_hub(claim.feed_id, offered(link, hub=head.hub, topic=head.self_url, url=answer.url))
        delta = is_partial(answer.status, answer.headers)
        return Asked(
            outcome=parsed(answer, reading, now),
            new=reading.new,
            shown=reading.shown,
            links=reading.links,
            moved_to=moved_to,
            partial=delta or not reading.whole,
            body_hash=body_hash,
            known=None if delta else reading.known,
        )

    async def _entries(
        self, claim: Claim, feed: Feed, answer: HttpResponse, now: datetime, *, memory: bytes = b""
    ) -> Reading:
        """The document's bytes to its new entries, of which those that `memory` tells are left out unread."""
        content_type = answer.headers.get("content-type", "")
        is_suspect = (claim.state.error or "").startswith(_STOPPED)
        reader = self._reader_of_suspects if is_suspect else self._reader
        async with self._suspects if is_suspect else nullcontext():
            found = await reader.read(answer.body, url=answer.url, content_type=content_type, memory=memory, now=now)
        if found.feed is None:
            return Reading(parsed=None, new=(), shown=(), total=found.total, whole=False, known=found.memory(new=0))
        document = found.feed
        if document.follow:
            document = await news_of(
                document,
                url=answer.url,
                http=self._http,
                reader=self._reader,
                extra=feed.headers,
                max_bytes=FEED_BYTES,
                now=now,
            )
        entries, links = document.entries, link_keys(document.entries, registrable_domain(feed.url))
        shown = sorted({seen_key(entry.key) for entry in entries})
        seen = await self._feeds.recognise(claim.feed_id, shown, list(links))
        through_others = {key for link in seen.links for entry in links[link] for key in keys(entry)}
        new = new_entries(document, seen.entries | through_others)
        told_new = {entry.key for entry in new}
        return Reading(
            parsed=document,
            new=new,
            shown=shown,
            links=links,
            total=max(found.total, len(entries)),
            updated=found.updated([entry for entry in entries if entry.key not in told_new]),
            whole=found.whole,
            known=found.memory(new=len(new)) if seen.kept <= MOST_KEPT * max(found.total, 20) else b"",
        )

    @staticmethod
    def _note(
        feed: Feed, before: FeedState, after: FeedState, outcome: Outcome, work: Sequence[WorkItem], *, held: bool
    ) -> None:
        facts = {"feed": feed.name, "result": WORDS[type(outcome)], "new": len(work)}
        if not held:
            log.warning("poll_superseded", **facts)
            return
        if isinstance(outcome, Failed):
            log.warning("poll_failed", **facts, error=outcome.error)
        elif work or after.updated > before.updated:
            log.info("polled", **facts, updated=after.updated - before.updated, traces=[item.trace for item in work])
        if after.gone:
            mend = f"its server says for ever; remove it: wirewatch feeds remove {feed.url}"
            log.warning("feed_gone", feed=feed.name, mend=mend)
        if after.moved and not before.moved:
            mend = "write the new address into the configuration"
            log.warning("feed_moved", feed=feed.name, to=after.moved_to, mend=mend)
