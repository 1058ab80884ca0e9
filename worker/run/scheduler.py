"""The scheduler: publishes the configuration, polls what is due, wakes what is due, takes back lost jobs.

Any number may run over one Redis; feeds are leased, so two never poll the same feed at once.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
from collections.abc import Coroutine
from datetime import datetime, timedelta
from pathlib import Path

import redis
import structlog

from worker.config import ConfigFiles, Settings, load, to_published
from worker.config.watched import Stamp
from worker.edge import logs
from worker.edge.clock import SystemClock
from worker.edge.http import HttpClient
from worker.edge.http_hosts import SharedHosts
from worker.edge.redis_client import is_outage
from worker.edge.rq_engine.queue import DELIVER, QUEUES, JobQueue
from worker.edge.rq_engine.reaper import Reaper
from worker.edge.sandbox import Sandbox
from worker.edge.store.clockwork import Clockwork
from worker.edge.store.feeds import Claim, FeedStore
from worker.edge.store.hosts import HostTable
from worker.edge.store.later import Later
from worker.edge.store.outbox import Outbox
from worker.edge.store.published import Processes, Published
from worker.edge.store.upkeep import is_full, trim
from worker.errors import PostponedError, WirewatchError
from worker.model import Feed
from worker.poll.due import first_due
from worker.run import jobs
from worker.run.lists import FeedLists
from worker.run.live import secrets_of
from worker.run.polling import PARSE_SECONDS, PARSER_MODULES, Poller, policy_of
from worker.run.rhythm import Rhythm

log = structlog.get_logger()

IN_FLIGHT = 100
# A dead scheduler's feeds are taken over after this long; a living one renews in time.
LEASE = 12.0
RENEW_EVERY = 3.0
POLL_SECONDS = 75.0
POLL_AGAIN = 2.0
ROUND = 0.25
CONFIG_EVERY = 1.0
BEAT_EVERY = 5.0
TRIM_EVERY = 60.0
LISTS_EVERY = 60.0
DRAIN_SECONDS = 12.0
LONGEST_PAUSE = 5.0


class Scheduler:
    """One scheduler process. `config` is the file it watches, `settings` what it starts with."""

    def __init__(self, connection: redis.Redis, config: Path, settings: Settings) -> None:
        self._redis, self._config, self._settings = connection, config, settings
        self._clock = SystemClock()
        self._name = f"scheduler-{socket.gethostname()}-{os.getpid()}"
        self._published, self._processes = Published(connection), Processes(connection)
        self._feeds, self._outbox, self._queue = FeedStore(connection), Outbox(connection), JobQueue(connection)
        self._later = Later(connection)
        self._clockwork = Clockwork(connection, socket.gethostname())
        self._reaper = Reaper(connection, QUEUES, relaunch=jobs.after_loss)
        self._hosts = SharedHosts(HostTable(connection), self._clock)
        self._lists = FeedLists(connection, self._clock)
        self._sandbox = Sandbox(workers=1, seconds=PARSE_SECONDS, modules=PARSER_MODULES)
        self._by_id: dict[str, Feed] = {}
        self._polls: dict[asyncio.Task[None], Claim] = {}
        self._dropped: list[Claim] = []
        self._chores: set[asyncio.Task[None]] = set()
        self._is_full = False
        self._stop = asyncio.Event()
        self._files = ConfigFiles(config)
        self._read: Stamp | None = None
        self._http: HttpClient | None = None
        self._poller: Poller | None = None
        self._rhythm = Rhythm()

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT; polls under way are finished first."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        pause = ROUND
        live = False
        try:
            while not self._stop.is_set():
                try:
                    if not live:
                        self._go_live(self._settings)
                        live = True
                    await self._round()
                    pause = ROUND
                except redis.RedisError as error:
                    pause = min(pause * 2, LONGEST_PAUSE)
                    log.warning("redis_unavailable", error=str(error), retry_in_s=pause)
                await self._wait(pause)
        finally:
            await self._leave()

    async def _round(self) -> None:
        now = self._clock.now()
        self._note_time(now)
        if self._rhythm.is_time("beat", BEAT_EVERY):
            self._processes.beat(self._name, {"role": "scheduler", "pid": os.getpid(), "polls": len(self._polls)}, now)
        if self._rhythm.is_time("config", CONFIG_EVERY):
            self._watch_config()
        self._reaper.tick()
        self._wake_deliveries()
        self._later.wake(now, jobs.queue_again(self._queue))
        if self._rhythm.is_time("trim", TRIM_EVERY):
            trim(self._redis, now, articles_ttl=self._settings.articles_ttl)
        if self._rhythm.is_time("room", BEAT_EVERY):
            self._look_for_room()
        if self._rhythm.is_time("lists", LISTS_EVERY):
            self._spawn(self._refresh_lists())
        if self._rhythm.is_time("renew", RENEW_EVERY):
            for held in list(self._polls.values()):
                self._feeds.renew(held, now, lease=LEASE)
        self._release_dropped(now)
        room = IN_FLIGHT - len(self._polls)
        if room > 0 and not self._is_full:
            for claim in self._feeds.claim(now, lease=LEASE, limit=room):
                task = asyncio.create_task(self._poll(claim))
                self._polls[task] = claim
                task.add_done_callback(self._polls.pop)

    def _release_dropped(self, now: datetime) -> None:
        """What could not be noted while Redis was away is polled again, not at once: Redis may not be well yet."""
        while self._dropped:
            self._feeds.release(self._dropped[-1], now + timedelta(seconds=POLL_AGAIN))
            self._dropped.pop()

    def _note_time(self, now: datetime) -> None:
        if moved := self._clockwork.note(now.timestamp()):
            log.warning("clock_set_back", seconds=round(moved), goes_on="with every due time moved back as much")

    def _look_for_room(self) -> None:
        was_full, self._is_full = self._is_full, is_full(self._redis)
        if self._is_full and not was_full:
            log.error("redis_full", mend="raise maxmemory or keep articles for less time; nothing is polled until then")
        elif was_full and not self._is_full:
            log.info("redis_has_room")

    async def _poll(self, claim: Claim) -> None:
        try:
            await self._poll_or_release(claim)
        except redis.RedisError as error:
            # Where Redis does not come back in time, the lease ends by itself, and the feed is polled again.
            self._dropped.append(claim)
            log.warning("redis_unavailable", error=str(error), feed=claim.feed_id)

    async def _poll_or_release(self, claim: Claim) -> None:
        feed, poller = self._by_id.get(claim.feed_id), self._poller
        if feed is None or poller is None:
            # Another scheduler's file names this feed; it will claim it.
            self._feeds.release(claim, self._clock.now())
            return
        policy = policy_of(feed, self._settings)
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await poller.poll(claim, feed, policy)
        except PostponedError as error:
            self._feeds.release(claim, self._clock.now() + timedelta(seconds=error.seconds))
        except TimeoutError:
            # The time went by in redirects to busy hosts, which is no fault of the feed.
            self._feeds.release(claim, self._clock.now())
        except asyncio.CancelledError:
            self._feeds.release(claim, self._clock.now())
            raise
        except Exception as error:  # a job boundary: a bug met in one feed must not end the scheduler
            if isinstance(error, redis.RedisError) and is_outage(error):
                raise
            log.exception("poll_crashed", feed=feed.name)
            poller.crashed(claim, policy, error)

    def _wake_deliveries(self) -> None:
        # One call that waits is enough: whoever answers it delivers all that is due.
        if self._queue.depths()[DELIVER]["waiting"] or not self._outbox.ready(self._clock.now(), limit=1):
            return
        with self._redis.pipeline() as pipe:
            pipe.multi()
            jobs.queue_wake_up(self._queue, pipe)
            pipe.execute()

    def _watch_config(self) -> None:
        """Apply the file when it, or a list it names, has changed; refuse a broken one and go on with the last good."""
        if self._published.version() is None:
            # Redis came back without its data.
            self._go_live(self._settings)
        stamp = self._files.stamp()
        if stamp is None or stamp == self._read:
            return
        try:
            settings = load(self._config)
        except WirewatchError as error:
            self._published.refuse(str(error), self._clock.now())
            log.error("config_refused", error=str(error), goes_on="with the last good one")
        else:
            if settings.fingerprint == self._settings.fingerprint:
                self._published.put(to_published(settings), settings.fingerprint, self._clock.now())
            else:
                self._go_live(settings)
        # Last, so that a file met during an outage of Redis is read again after it.
        self._read = stamp

    def _go_live(self, settings: Settings) -> None:
        logs.hide(secrets_of(settings))
        self._queue.warm()
        former, self._settings = self._settings, settings
        try:
            added, removed = self._sync_feeds()
            self._published.put(to_published(settings), settings.fingerprint, self._clock.now())
        except redis.RedisError:
            # Not live: the next round finds the same change again.
            self._settings = former
            raise
        log.info("config_published", version=settings.fingerprint, feeds_added=added, feeds_removed=removed)
        old = self._http
        self._http = HttpClient(allow=settings.allow, user_agent=settings.user_agent, hosts=self._hosts)
        self._poller = Poller(
            http=self._http,
            parser=self._sandbox,
            feeds=self._feeds,
            clock=self._clock,
            queue_work=jobs.queue_ingest(self._queue),
        )
        if old is not None:
            self._spawn(_close_after(old, set(self._polls)))

    def _sync_feeds(self) -> tuple[int, int]:
        """Make the due set hold the feeds of the file and of the lists on the web; those of the file win."""
        settings, now = self._settings, self._clock.now()
        feeds = {feed.url: feed for feed in (*self._lists.feeds(settings.opml), *settings.feeds)}
        self._by_id = {feed.id: feed for feed in feeds.values()}
        return self._feeds.sync(
            tuple(feeds.values()),
            lambda feed: first_due(policy_of(feed, settings), now=now, jitter=random.random()),  # noqa: S311  spreads load
        )

    async def _refresh_lists(self) -> None:
        http = self._http
        try:
            if http is not None and await self._lists.refresh(self._settings.opml, http):
                added, removed = self._sync_feeds()
                log.info("feed_lists_changed", feeds_added=added, feeds_removed=removed)
        except redis.RedisError as error:
            log.warning("redis_unavailable", error=str(error))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        chore = asyncio.create_task(work)
        self._chores.add(chore)
        chore.add_done_callback(self._done)

    def _done(self, chore: asyncio.Task[None]) -> None:
        self._chores.discard(chore)
        if not chore.cancelled() and (error := chore.exception()) is not None:
            log.error("chore_crashed", exc_info=error)

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return

    async def _leave(self) -> None:
        if self._polls:
            await asyncio.wait(self._polls, timeout=DRAIN_SECONDS)
        for task in (*self._polls, *self._chores):
            task.cancel()
        await asyncio.gather(*self._polls, *self._chores, return_exceptions=True)
        if self._http is not None:
            await self._http.aclose()
        self._sandbox.close()
        try:
            self._processes.leave(self._name)
        except redis.RedisError as error:
            log.warning("redis_unavailable", error=str(error))


async def _close_after(http: HttpClient, polls: set[asyncio.Task[None]]) -> None:
    """Close a client once the polls that began with it have ended."""
    if polls:
        await asyncio.wait(polls)
    await http.aclose()
