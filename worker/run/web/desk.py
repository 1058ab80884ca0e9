"""What every page rests on: the configuration that is live, what is silent, and how the whole is doing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import redis

from worker.config import Settings
from worker.edge.rq_engine.queue import JobQueue
from worker.edge.store import dead_pages
from worker.edge.store.destinations import Destinations, DestinationState
from worker.edge.store.mutes import STORY, TOPIC, Mute, Mutes
from worker.edge.store.newsdesk import Newsdesk
from worker.edge.store.outbox import Outbox
from worker.edge.store.pauses import count_by_state
from worker.edge.store.published import Published
from worker.model import Story, Topic
from worker.ports import Clock
from worker.run.alive import processes
from worker.run.live import LiveSettings
from worker.run.web.remembered import Remembered


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How the whole is doing. `jobs` are those waiting, running and failed over all queues.

    `dead` deliveries and `dead_pages` were given up; destinations that are `off` get nothing until they are resumed.
    `refused` says why the newest configuration is not live.
    """

    feeds: Mapping[str, int]
    jobs: Mapping[str, int]
    undelivered: int
    dead: int
    dead_pages: int
    off: tuple[DestinationState, ...]
    muted: tuple[Mute, ...]
    processes: tuple[str, ...]
    configured: bool
    refused: str | None
    topics: tuple[str, ...]

    @property
    def troubles(self) -> int:
        """How much of the machinery needs a person."""
        return self.jobs["failed"] + self.dead + self.dead_pages + len(self.off)


class Desk:
    """Reads from Redis what pages have in common; redis.RedisError passes through."""

    def __init__(self, connection: redis.Redis, *, clock: Clock) -> None:
        self.redis = connection
        self.clock = clock
        self._outbox = Outbox(connection)
        self._destinations = Destinations(connection)
        self._mutes = Mutes(connection)
        self._newsdesk = Newsdesk(connection)
        self._queue = JobQueue(connection)
        self._published = Published(connection)
        self._settings: Settings | None = None
        self._live = LiveSettings(connection, self._apply)
        self._health = Remembered(lambda: count_by_state(connection))

    def _apply(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def settings(self) -> Settings | None:
        """The configuration that is live, None where none is published yet."""
        self._live.refresh()
        return self._settings

    @property
    def topics(self) -> Mapping[str, Topic]:
        """The topics by name."""
        settings = self.settings
        return {topic.name: topic for topic in settings.topics} if settings else {}

    @property
    def names(self) -> Mapping[str, str]:
        """How people write what queries call @name."""
        settings = self.settings
        return {entity.name: entity.aliases[0] for entity in settings.entities if entity.aliases} if settings else {}

    def muted(self) -> tuple[Mute, ...]:
        """What is silent now."""
        return tuple(self._mutes.active(self.clock.now()))

    def status(self) -> Status:
        """How the whole is doing; the health of feeds may be some seconds old."""
        settings = self.settings
        jobs: Counter[str] = Counter()
        for depth in self._queue.depths().values():
            jobs.update(depth)
        return Status(
            feeds=self._health.get(),
            jobs=jobs,
            undelivered=self._outbox.depth(),
            dead=self._newsdesk.dead_letters(),
            dead_pages=dead_pages.count(self.redis),
            off=tuple(one for one in self._destinations.states() if one.state),
            muted=self.muted(),
            processes=tuple(process.name for process in processes(self.redis, self.clock.now())),
            configured=settings is not None,
            refused=self._published.refused(),
            topics=tuple(topic.name for topic in settings.topics) if settings else (),
        )


def silence(story: Story, muted: tuple[Mute, ...]) -> Mute | None:
    """What keeps a story from being told, the last to end; its own acknowledgement where it has one."""
    own = [mute for mute in muted if mute.kind == STORY and mute.of == story.id]
    topic = [mute for mute in muted if mute.kind == TOPIC and mute.of == story.topic]
    return next(iter(reversed(own or topic)), None)
