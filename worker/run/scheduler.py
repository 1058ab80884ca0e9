"""The scheduler: publishes the configuration, polls what is due, wakes what is due, takes back lost jobs.

Any number may run over one Redis; feeds are leased, so two never poll the same feed at once.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import redis
import structlog

from worker.config import Settings
from worker.edge import logs
from worker.edge.clock import SystemClock
from worker.edge.http import HttpClient
from worker.edge.http_hosts import SharedHosts
from worker.edge.outage import Outage
from worker.edge.redis_client import is_outage
from worker.edge.rq_engine.queue import DELIVER, QUEUES, JobQueue
from worker.edge.rq_engine.reaper import Reaper
from worker.edge.sandbox import Sandbox
from worker.edge.store.abandoned import take_back
from worker.edge.store.claims import Claim
from worker.edge.store.clockwork import Clockwork
from worker.edge.store.feeds import FeedStore
from worker.edge.store.hosts import HostTable
from worker.edge.store.hot import HotFeeds
from worker.edge.store.later import Later
from worker.edge.store.mailbox import Mailbox
from worker.edge.store.outbox import Outbox
from worker.edge.store.published import Processes, Published
from worker.edge.store.subscriptions import Subscriptions
from worker.errors import PostponedError
from worker.model import feed_id
from worker.run import jobs
from worker.run.apart import Reading
from worker.run.configured import Configured, policy_of
from worker.run.housekeeping import Housekeeping
from worker.run.line import OwnLine
from worker.run.lists import FeedLists
from worker.run.live import secrets_of
from worker.run.polling import PARSE_SECONDS, PARSER_MODULES, READERS, Poller
from worker.run.polls import IN_FLIGHT, POLL_AGAIN, Polls
from worker.run.rhythm import Rhythm
from worker.run.websub import HubWork

log = structlog.get_logger()

RENEW_EVERY = 3.0
POLL_SECONDS = 75.0
CHORES_EVERY = 0.5
FIRST_PAUSE = 0.25
CONFIG_EVERY = 1.0
HOT_EVERY = 2.0
# While our own line is cut, so few feeds find out whether it is back.
PROBES, PROBE_EVERY = 3, 5.0
BEAT_EVERY = 5.0
TRIM_EVERY = 60.0
JOIN_EVERY = 1.0
LISTS_EVERY = 60.0
HUBS_EVERY = 5.0
DRAIN_SECONDS = 12.0
LONGEST_PAUSE = 5.0
# A poll that is redirected may hold one and wait for another; lists come on top.
CONNECTIONS = IN_FLIGHT + 20


class Scheduler:
    """One scheduler process. `config` is the file it watches, `settings` what it starts with, if from `reading` it."""

    def __init__(
        self, connection: redis.Redis, config: Path, settings: Settings, reading: Reading | None = None
    ) -> None:
        self._redis = connection
        self._clock = SystemClock()
        self._name = f"scheduler-{socket.gethostname()}-{os.getpid()}"
        self._published, self._processes = Published(connection), Processes(connection)
        mailbox = Mailbox(connection)
        self._feeds, self._outbox = FeedStore(connection, mailbox), Outbox(connection)
        self._queue, self._later, self._heat = JobQueue(connection), Later(connection), HotFeeds(connection)
        self._hot: frozenset[str] = frozenset()
        self._line = OwnLine()
        self._clockwork = Clockwork(connection, socket.gethostname())
        self._reaper = Reaper(connection, QUEUES, relaunch=jobs.after_loss)
        self._hosts = SharedHosts(HostTable(connection, mailbox), self._clock)
        self._configured = Configured(
            config=config,
            settings=settings,
            published=self._published,
            store=self._feeds,
            lists=FeedLists(connection, self._clock),
            clock=self._clock,
            on_live=self._apply,
            reading=reading,
        )
        self._hub_work = HubWork(Subscriptions(connection), self._feeds, self._clock)
        self._sandbox = Sandbox(workers=READERS, seconds=PARSE_SECONDS, modules=PARSER_MODULES)
        self._polls = Polls(self._feeds, self._clock, self._poll)
        self._chores: set[asyncio.Task[None]] = set()
        self._house = Housekeeping(connection)
        self._stop = asyncio.Event()
        self._http: HttpClient | None = None
        self._poller: Poller | None = None
        self._rhythm = Rhythm()
        self._outage = Outage()

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT; polls under way are finished first."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        pause = FIRST_PAUSE
        live = False
        try:
            while not self._stop.is_set():
                try:
                    self._mind_room()
                    if not live:
                        self._queue.warm()
                        await self._configured.go_live()
                        live = True
                    self._round()
                    self._outage.over()
                    pause = FIRST_PAUSE
                except redis.RedisError as error:
                    pause = min(pause * 2, LONGEST_PAUSE)
                    self._outage.met(error)
                    await self._wait(pause)
                else:
                    await self._wait(min(self._polls.pause(), CHORES_EVERY))
        finally:
            await self._leave()

    def _end(self) -> None:
        self._stop.set()
        self._polls.room_again.set()

    def _mind_room(self) -> None:
        # Before anything that writes, which a full Redis refuses.
        if self._rhythm.is_time("room", BEAT_EVERY):
            self._house.look_for_room()
            self._spawn(self._house.make_room(self._clock.now()))

    def _round(self) -> None:
        if self._rhythm.is_time("chores", CHORES_EVERY):
            self._do_chores(self._clock.now())
        if self._house.is_full:
            return
        if not self._line.is_cut:
            self._polls.start_due()
        elif self._rhythm.is_time("probe", PROBE_EVERY):
            self._polls.start_due(at_most=PROBES)

    def _do_chores(self, now: datetime) -> None:
        self._note_time(now)
        if self._rhythm.is_time("beat", BEAT_EVERY):
            self._beat(now)
        if self._rhythm.is_time("config", CONFIG_EVERY):
            self._spawn(self._configured.watch())
        self._reaper.tick()
        self._wake_deliveries()
        self._later.wake(now, jobs.queue_again(self._queue))
        if self._rhythm.is_time("join", JOIN_EVERY):
            self._spawn(self._house.join_jobs())
        if self._rhythm.is_time("trim", TRIM_EVERY):
            self._spawn(self._house.tidy(now, articles_ttl=self._configured.settings.articles_ttl))
        if self._rhythm.is_time("lists", LISTS_EVERY):
            self._spawn(self._refresh_lists())
        if self._rhythm.is_time("renew", RENEW_EVERY):
            self._polls.renew()
        if self._rhythm.is_time("hot", HOT_EVERY):
            self._hot = self._heat.now(now)
        self._spawn(self._work_for_hubs(ask=self._rhythm.is_time("hubs", HUBS_EVERY)))

    def _beat(self, now: datetime) -> None:
        lags = self._polls.lags
        facts = {"role": "scheduler", "pid": os.getpid(), "polls": len(self._polls)}
        facts |= {"lag_p50": lags.percentile(0.5), "lag_p99": lags.percentile(0.99)}
        self._processes.beat(self._name, facts, now)
        take_back(self._redis, self._feeds, now)
        self._polls.tally.flush(self._redis)

    def _note_time(self, now: datetime) -> None:
        if moved := self._clockwork.note(now.timestamp()):
            log.warning("clock_set_back", seconds=round(moved), goes_on="with every due time moved back as much")

    async def _poll(self, claim: Claim) -> None:
        feed, poller = self._configured.feeds.get(claim.feed_id), self._poller
        if feed is None or poller is None:
            # Another scheduler's file names this feed; it will claim it.
            self._feeds.release(claim, self._clock.now() + timedelta(seconds=POLL_AGAIN))
            return
        policy = policy_of(feed, self._configured.settings, hot=claim.feed_id in self._hot)
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
        if self._queue.has_waiting(DELIVER) or not self._outbox.ready(self._clock.now(), limit=1):
            return
        with self._redis.pipeline() as pipe:
            pipe.multi()
            jobs.queue_wake_up(self._queue, pipe)
            pipe.execute()

    def _apply(self, settings: Settings) -> None:
        """Poll as a configuration says that is live now; polls under way end as they began."""
        logs.hide(secrets_of(settings))
        self._hub_work.look_again()
        old = self._http
        self._http = HttpClient(
            allow=settings.allow, user_agent=settings.user_agent, hosts=self._hosts, max_connections=CONNECTIONS
        )
        self._poller = Poller(
            http=self._http,
            parser=self._sandbox,
            feeds=self._feeds,
            clock=self._clock,
            queue_work=jobs.queue_ingest(self._queue),
            note_hub=self._hub_work.note,
            line=self._line,
            is_polled=lambda url: feed_id(url) in self._configured.feeds,
        )
        if old is not None:
            self._spawn(_close_after(old, self._polls.running))

    async def _refresh_lists(self) -> None:
        if self._http is not None:
            await self._configured.refresh_lists(self._http)

    async def _work_for_hubs(self, *, ask: bool) -> None:
        http, poller, settings = self._http, self._poller, self._configured.settings
        if http is None or poller is None or self._house.is_full:
            return
        await self._hub_work.read(poller, self._configured.feeds)
        if ask:
            await self._hub_work.ask(http, settings.public_url)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        chore = asyncio.create_task(work)
        self._chores.add(chore)
        chore.add_done_callback(self._done)

    def _done(self, chore: asyncio.Task[None]) -> None:
        self._chores.discard(chore)
        if chore.cancelled() or (error := chore.exception()) is None:
            return
        if isinstance(error, redis.RedisError):
            log.warning("redis_unavailable", error=str(error))
        else:
            log.error("chore_crashed", exc_info=error)

    async def _wait(self, seconds: float) -> None:
        """Until there is something to do: at the latest after `seconds`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._polls.room_again.wait()
        self._polls.room_again.clear()

    async def _leave(self) -> None:
        await self._polls.leave(DRAIN_SECONDS)
        for task in self._chores:
            task.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)
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
