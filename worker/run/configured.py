"""The configuration a scheduler goes by: its file is watched, what it says is published, its feeds are in the due set.

With a hundred thousand feeds reading the file takes seconds, as does telling Redis of them, so the one is done apart,
the other in steps, and what is under way goes on meanwhile.
"""

from __future__ import annotations

import asyncio
import random
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import redis
import structlog

from worker.config import ConfigFiles, Settings
from worker.config.watched import Stamp
from worker.edge.http import HttpClient
from worker.edge.store.feeds import FeedStore
from worker.edge.store.published import Published
from worker.model import Feed
from worker.poll.due import PollPolicy, first_due
from worker.ports import Clock
from worker.run.apart import Publication, Reading, publication, read_config
from worker.run.lists import FeedLists

log = structlog.get_logger()


class FeedIndex(Mapping[str, Feed]):
    """Feeds by id, in 16 bytes a feed where a dictionary of ids takes 170."""

    def __init__(self, feeds: Iterable[Feed] = ()) -> None:
        by_id = sorted((int(feed.id, 16), place, feed) for place, feed in enumerate(feeds))
        self._ids = array("Q", (number for number, _, _ in by_id))
        self._feeds = [feed for _, _, feed in by_id]

    def __getitem__(self, feed_id: str) -> Feed:
        number = int(feed_id, 16)
        place = bisect_left(self._ids, number)
        if place == len(self._ids) or self._ids[place] != number:
            raise KeyError(feed_id)
        return self._feeds[place]

    def __iter__(self) -> Iterator[str]:
        return (f"{number:016x}" for number in self._ids)

    def __len__(self) -> int:
        return len(self._feeds)

    def __contains__(self, feed_id: object) -> bool:
        return isinstance(feed_id, str) and self.get(feed_id) is not None


class Configured:
    """What is configured: `settings` at the start, from `reading` where they come from the file as it was then.

    `on_live` is called with each configuration that goes live.
    """

    def __init__(
        self,
        *,
        config: Path,
        settings: Settings,
        published: Published,
        store: FeedStore,
        lists: FeedLists,
        clock: Clock,
        on_live: Callable[[Settings], None],
        reading: Reading | None = None,
    ) -> None:
        self.settings, self.feeds, self._synced = settings, FeedIndex(), FeedIndex()
        self._files = reading.files if reading else ConfigFiles(config)
        self._publication = reading.publication if reading else None
        self._published, self._store, self._lists, self._clock = published, store, lists, clock
        self._on_live = on_live
        self._busy = asyncio.Lock()
        self.read: Stamp | None = reading.stamp if reading else None
        """When the file that was read last was written."""

    async def watch(self) -> None:
        """Apply the file when it, or a list it names, has changed; refuse a broken one and go on with the last good."""
        if self._busy.locked():
            return
        async with self._busy:
            if self._published.version() is None:
                # Redis came back without its data.
                self._synced = FeedIndex()
                await self._go_live(self.settings, self._told())
            if self._files.glance() in {None, self.read}:
                return
            reading = await asyncio.to_thread(read_config, self._files, self.feeds)
            await self._follow(reading)
            # Last, so that a file met during an outage of Redis is read again after it.
            self._files, self.read = reading.files, reading.stamp

    async def _follow(self, reading: Reading) -> None:
        if reading.settings is None or reading.publication is None:
            self._published.refuse(reading.error, self._clock.now())
            log.error("config_refused", error=reading.error, goes_on="with the last good one")
        elif reading.publication.version == self._told().version:
            self._publish(reading.publication)
        else:
            await self._go_live(reading.settings, reading.publication)

    def _told(self) -> Publication:
        """The publication of what is live."""
        if self._publication is None:
            self._publication = publication(self.settings)
        return self._publication

    async def go_live(self) -> None:
        """Make the configuration the scheduler starts with the one that is live."""
        async with self._busy:
            await self._go_live(self.settings, self._told())

    async def _go_live(self, settings: Settings, told: Publication) -> None:
        former, self.settings = self.settings, settings
        try:
            added, removed = await self._sync()
            self._publish(told)
        except redis.RedisError:
            # Not live: the next look finds the same change again.
            self.settings = former
            raise
        self._publication = told
        log.info("config_published", version=told.version, feeds_added=added, feeds_removed=removed)
        self._on_live(settings)

    def _publish(self, told: Publication) -> None:
        self._published.put(told.body, told.version, self._clock.now(), feeds=told.feeds)

    async def _sync(self) -> tuple[int, int]:
        """Make the due set hold the feeds of the file and of the lists on the web; those of the file win."""
        settings, now = self.settings, self._clock.now()
        by_url = {feed.url: feed for feed in (*self._lists.feeds(settings.opml), *settings.feeds)}
        feeds = tuple(by_url.values())
        former, self.feeds = self._synced, await asyncio.to_thread(FeedIndex, feeds)
        self._synced = FeedIndex()
        total_added = total_removed = 0
        for added, removed in self._store.syncing(
            feeds,
            lambda feed: first_due(policy_of(feed, settings), now=now, jitter=random.random()),  # noqa: S311  spreads load
            lambda feed: former.get(feed.id) == feed,
        ):
            total_added, total_removed = total_added + added, total_removed + removed
            await asyncio.sleep(0)
        self._synced = self.feeds
        return total_added, total_removed

    async def refresh_lists(self, http: HttpClient) -> None:
        """Read the lists on the web that are due, and follow those that have changed."""
        if await self._lists.refresh(self.settings.opml, http):
            async with self._busy:
                added, removed = await self._sync()
            log.info("feed_lists_changed", feeds_added=added, feeds_removed=removed)
            self._on_live(self.settings)


def policy_of(feed: Feed, settings: Settings, *, hot: bool = False) -> PollPolicy:
    """How often this feed may be polled; `hot` where a topic matched in it lately."""
    return PollPolicy(
        interval=feed.interval or settings.interval,
        min_interval=settings.min_interval,
        max_interval=settings.max_interval,
        courtesy=settings.courtesy,
        hot=hot,
        fixed=feed.interval is not None,
    )
