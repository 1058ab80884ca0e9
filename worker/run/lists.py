"""Lists of feeds on the web (OPML), re-read daily; the last good reading holds while a list cannot be had."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from http import HTTPStatus

import redis
import structlog

from worker.config import OpmlSource, read_opml
from worker.config.opml import MOST_BYTES
from worker.edge import keys
from worker.edge.http import HttpClient
from worker.errors import WirewatchError
from worker.model import Feed
from worker.ports import Clock

log = structlog.get_logger()

EVERY = timedelta(days=1)
AGAIN_AFTER_ERROR = timedelta(minutes=15)


class FeedLists:
    """The feeds of web lists, kept in Redis as the text that was last read, with the time of the next reading."""

    def __init__(self, connection: redis.Redis, clock: Clock) -> None:
        self._redis, self._clock = connection, clock

    def feeds(self, sources: Sequence[OpmlSource]) -> tuple[Feed, ...]:
        """The feeds of the last good reading of each list."""
        return tuple(feed for source in sources for feed in self._known(source))

    def _known(self, source: OpmlSource) -> tuple[Feed, ...]:
        text = self._redis.hget(keys.OPML, source.url)
        return read_opml(text, source) if text else ()

    async def refresh(self, sources: Sequence[OpmlSource], http: HttpClient) -> bool:
        """Read the lists that are due; True when one has changed."""
        now = self._clock.now()
        due = [source for source in sources if self._is_due(source, now)]
        return any([await self._read(source, http, now) for source in due])

    def _is_due(self, source: OpmlSource, now: datetime) -> bool:
        raw = self._redis.hget(keys.OPML_DUE, source.url)
        return raw is None or datetime.fromisoformat(raw.decode()) <= now

    async def _read(self, source: OpmlSource, http: HttpClient, now: datetime) -> bool:
        try:
            answer = await http.get(source.url, max_bytes=MOST_BYTES, accept_status={HTTPStatus.OK})
            found = read_opml(answer.body, source)
        except WirewatchError as error:
            log.warning("feed_list_failed", url=source.url, error=str(error))
            self._set_due(source, now + AGAIN_AFTER_ERROR)
            return False
        changed = found != self._known(source)
        self._redis.hset(keys.OPML, source.url, answer.body)
        self._set_due(source, now + EVERY)
        log.info("feed_list_read", url=source.url, feeds=len(found), changed=changed)
        return changed

    def _set_due(self, source: OpmlSource, at: datetime) -> None:
        self._redis.hset(keys.OPML_DUE, source.url, at.isoformat())
