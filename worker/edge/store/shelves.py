"""Where the live stories of a topic lie: in Redis, under the version of the topic, or in memory for a back-test."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from math import ceil

from redis.client import Pipeline

from worker.edge import kept, keys
from worker.edge.kept import WHOLE_REPORTS, Kept
from worker.edge.store.live import Changes
from worker.edge.store.records import Records
from worker.edge.store.upkeep import STORIES_KEPT
from worker.model import Story

# Beside the buckets, which have numbers: what the table's head says, and the version of the topic as it was written.
_HEAD, _VERSION = "head", "version"


def shown(story: Story) -> Story:
    """The story without what only grouping needs."""
    reports = tuple(replace(report, signature=()) for report in story.reports)
    return replace(story, terms=(), meaning="", reports=reports)


class RedisShelf:
    """Implements live.Shelf on a connection that watches the topic's version.

    All but the stories themselves is gone `window` seconds after the last change; those stay as long as people may want
    to read them.
    """

    def __init__(self, pipe: Pipeline, topic_id: str, *, window: float, records: Records) -> None:
        self._redis, self._ttl, self._records = pipe, ceil(window), records
        self._version_key = keys.TOPIC_VERSION + topic_id
        self._live_key = keys.TOPIC_STORIES + topic_id
        self._posted_key = keys.TOPIC_POSTED + topic_id
        self._figures_key = keys.TOPIC_FIGURES + topic_id
        self._waiting_key = keys.TOPIC_WAITING + topic_id
        self._version = 0

    def head(self) -> bytes | None:
        """See live.Shelf. A release before this one raises the topic's version and leaves that beside the head."""
        self._version = int(self._redis.get(self._version_key) or 0)
        head, version = self._redis.hmget(self._posted_key, _HEAD, _VERSION)
        return head if head and int(version) == self._version else None

    def buckets(self, numbers: Sequence[int]) -> Sequence[bytes | None]:
        """See live.Shelf."""
        found: list[bytes | None] = self._redis.hmget(self._posted_key, *numbers)
        return found

    def figures(self) -> bytes | None:
        """See live.Shelf."""
        data: bytes | None = self._redis.get(self._figures_key)
        return data

    def waiting(self) -> bytes:
        """See live.Shelf."""
        return self._redis.get(self._waiting_key) or b""

    def stories(self, ids: Sequence[str]) -> Sequence[Kept | None]:
        """See live.Shelf."""
        return self._records.read(self._redis, ids)

    def live_since(self, moment: datetime) -> Sequence[str]:
        """See live.Shelf."""
        return _names(self._redis.zrange(self._live_key, moment.timestamp(), "+inf", byscore=True))

    def ended_before(self, moment: datetime, limit: int) -> Sequence[str]:
        """See live.Shelf."""
        bound = f"({moment.timestamp()}"
        return _names(self._redis.zrange(self._live_key, "-inf", bound, byscore=True, offset=0, num=limit))

    def store(self, changes: Changes) -> None:
        """Add the changes to the transaction that was begun."""
        pipe = self._redis
        for story in changes.ended:
            pipe.set(keys.STORY + story.id, kept.pack(Kept(story=shown(story)), whole=True), xx=True, keepttl=True)
            pipe.zrem(self._live_key, story.id)
        for gone, into in changes.merged:
            pipe.delete(keys.STORY + gone.id)
            pipe.set(keys.STORY_MERGED + gone.id, into, ex=STORIES_KEPT)
            absorbed = keys.STORY_ABSORBED + into
            pipe.sadd(absorbed, gone.id)
            pipe.sunionstore(absorbed, [absorbed, keys.STORY_ABSORBED + gone.id])
            pipe.expire(absorbed, STORIES_KEPT)
            pipe.zrem(keys.STORIES, gone.id)
            pipe.zrem(self._live_key, gone.id)
        for one in changes.stories:
            seen = {one.story.id: one.story.last_seen.timestamp()}
            pipe.set(keys.STORY + one.story.id, kept.pack(one), ex=STORIES_KEPT)
            self._records.remember(one.story.reports[WHOLE_REPORTS:])
            pipe.zadd(keys.STORIES, seen)
            pipe.zadd(self._live_key, seen)
        self._store_table(pipe, changes)
        if changes.figures is not None:
            pipe.set(self._figures_key, changes.figures)
            pipe.delete(self._waiting_key)
        if changes.counted:
            pipe.append(self._waiting_key, changes.counted)
        pipe.incr(self._version_key)
        for key in (self._live_key, self._posted_key, self._figures_key, self._waiting_key):
            pipe.expire(key, self._ttl)

    def _store_table(self, pipe: Pipeline, changes: Changes) -> None:
        if changes.afresh:
            pipe.delete(self._posted_key)
        empty = [at for at, data in changes.buckets.items() if not data]
        if empty:
            pipe.hdel(self._posted_key, *empty)
        fields: dict[int | str, bytes | int] = {_HEAD: changes.head, _VERSION: self._version + 1}
        fields.update((at, data) for at, data in changes.buckets.items() if data)
        pipe.hset(self._posted_key, mapping=fields)


class MemoryShelf:
    """Implements live.Shelf for as long as this process runs; nobody else changes it, and ended stories are gone."""

    def __init__(self) -> None:
        self._head: bytes | None = None
        self._buckets: dict[int, bytes] = {}
        self._figures: bytes | None = None
        self._waiting = b""
        self._stories: dict[str, Kept] = {}
        self._ends: list[tuple[datetime, str]] = []

    def head(self) -> bytes | None:
        """See live.Shelf."""
        return self._head

    def buckets(self, numbers: Sequence[int]) -> Sequence[bytes | None]:
        """See live.Shelf."""
        return [self._buckets.get(number) for number in numbers]

    def figures(self) -> bytes | None:
        """See live.Shelf."""
        return self._figures

    def waiting(self) -> bytes:
        """See live.Shelf."""
        return self._waiting

    def stories(self, ids: Sequence[str]) -> Sequence[Kept | None]:
        """See live.Shelf."""
        return [self._stories.get(story_id) for story_id in ids]

    def live_since(self, moment: datetime) -> Sequence[str]:
        """See live.Shelf."""
        return [story_id for _, story_id in self._ends[bisect_left(self._ends, (moment, "")) :]]

    def ended_before(self, moment: datetime, limit: int) -> Sequence[str]:
        """See live.Shelf."""
        return [story_id for _, story_id in self._ends[: min(limit, bisect_left(self._ends, (moment, "")))]]

    def store(self, changes: Changes) -> None:
        """Take the changes over."""
        for story in (*changes.ended, *(gone for gone, _ in changes.merged)):
            self._drop(story.id)
        for one in changes.stories:
            self._drop(one.story.id)
            self._stories[one.story.id] = one
            insort(self._ends, (one.story.last_seen, one.story.id))
        if changes.afresh:
            self._buckets.clear()
        self._buckets.update(changes.buckets)
        if changes.figures is not None:
            self._figures, self._waiting = changes.figures, b""
        self._waiting += changes.counted
        self._head = changes.head

    def _drop(self, story_id: str) -> None:
        former = self._stories.pop(story_id, None)
        if former is not None:
            del self._ends[bisect_left(self._ends, (former.story.last_seen, story_id))]


def _names(raw: Iterable[bytes]) -> list[str]:
    return [name.decode() for name in raw]
