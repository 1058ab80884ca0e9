"""Lists of feeds on the web (OPML), re-read daily; the last good reading holds while a list cannot be had."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import redis
import structlog

from worker.config import OpmlSource, read_opml
from worker.config.opml import MOST_BYTES
from worker.edge import keys
from worker.errors import ConfigError, HttpStatusError, PostponedError, WirewatchError
from worker.model import Feed
from worker.ports import Clock

if TYPE_CHECKING:  # who only looks at the states loads no HTTP client
    from worker.edge.http import HttpClient

log = structlog.get_logger()

EVERY = timedelta(days=1)
AGAIN_AFTER_ERROR = timedelta(minutes=15)
# What no scheduler's file names any more is read by none.
FORGET_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListState:
    """What is known of a list on the web; times are seconds since the epoch. `feeds` is how many the last good had."""

    url: str
    due: float = 0.0
    read_at: float | None = None
    feeds: int = 0
    etag: str = ""
    last_modified: str = ""
    errors: int = 0
    error: str = ""
    failing_since: float | None = None


def list_states(connection: redis.Redis) -> list[ListState]:
    """Every list that was asked for, by its address."""
    found = connection.hgetall(keys.OPML_STATE)
    return [ListState(**{"url": url.decode(), **json.loads(raw)}) for url, raw in sorted(found.items())]


class FeedLists:
    """The feeds of web lists, kept in Redis as the text that was last read, with the time of the next reading."""

    def __init__(self, connection: redis.Redis, clock: Clock) -> None:
        self._redis, self._clock = connection, clock
        self._given: dict[str, bytes] = {}

    def feeds(self, sources: Sequence[OpmlSource]) -> tuple[Feed, ...]:
        """The feeds of the last good reading of each list."""
        found: list[Feed] = []
        self._given = {}
        for source in sources:
            text = self._redis.hget(keys.OPML, source.url) or b""
            self._given[source.url] = _mark(text)
            found += read_opml(text, source) if text else ()
        return tuple(found)

    async def refresh(self, sources: Sequence[OpmlSource], http: HttpClient) -> bool:
        """Read the lists that are due; True when one is another than `feeds` gave, whoever has read it."""
        now = self._clock.now()
        states = {state.url: state for state in list_states(self._redis)}
        wanted = {source.url for source in sources}
        for source in sources:
            state = states.get(source.url, ListState(url=source.url))
            if state.due <= now.timestamp():
                await self._read(source, state, http, now)
        for state in states.values():
            if state.url not in wanted and state.due < (now - FORGET_AFTER).timestamp():
                self._redis.hdel(keys.OPML_STATE, state.url)
                self._redis.hdel(keys.OPML, state.url)
        texts = {url: self._redis.hget(keys.OPML, url) or b"" for url in wanted}
        return any(_mark(text) != self._given.get(url, _mark(b"")) for url, text in texts.items())

    async def _read(self, source: OpmlSource, state: ListState, http: HttpClient, now: datetime) -> None:
        # Another scheduler asks no more while this one does.
        self._keep(replace(state, due=(now + AGAIN_AFTER_ERROR).timestamp()))
        try:
            answer = await http.get(
                source.url,
                headers=_conditions(state) if self._redis.hexists(keys.OPML, source.url) else {},
                max_bytes=MOST_BYTES,
                accept_status={HTTPStatus.OK, HTTPStatus.NOT_MODIFIED},
            )
            feeds = state.feeds
            if answer.status == HTTPStatus.OK:
                feeds = len(_feeds(answer.body, source))
                self._redis.hset(keys.OPML, source.url, answer.body)
                state = replace(
                    state,
                    etag=answer.headers.get("etag", ""),
                    last_modified=answer.headers.get("last-modified", ""),
                )
        except PostponedError as error:
            self._keep(replace(state, due=now.timestamp() + error.seconds))
            return
        except WirewatchError as error:
            self._keep(_failed(state, error, now))
            log.warning("feed_list_failed", url=source.url, error=str(error))
            return
        at = now.timestamp()
        due = (now + EVERY).timestamp()
        self._keep(replace(state, due=due, read_at=at, feeds=feeds, errors=0, error="", failing_since=None))
        log.info("feed_list_read", url=source.url, feeds=feeds, status=answer.status)

    def _keep(self, state: ListState) -> None:
        facts = {name: value for name, value in asdict(state).items() if name != "url"}
        self._redis.hset(keys.OPML_STATE, state.url, json.dumps(facts))


def _feeds(body: bytes, source: OpmlSource) -> tuple[Feed, ...]:
    """The feeds; a list that is empty all of a sudden is a mistake of its publisher, not a wish to read nothing."""
    found = read_opml(body, source)
    if not found:
        raise ConfigError("it lists no feeds")
    return found


def _conditions(state: ListState) -> dict[str, str]:
    given = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
    return {name: value for name, value in given.items() if value}


def _failed(state: ListState, error: WirewatchError, now: datetime) -> ListState:
    """Asked again ever more seldom, down to daily, and not before the server wants."""
    pause = min(AGAIN_AFTER_ERROR * 2 ** min(state.errors, 8), EVERY)
    asked = error.retry_after if isinstance(error, HttpStatusError) else None
    return replace(
        state,
        due=(now + max(pause, timedelta(seconds=min(asked or 0.0, EVERY.total_seconds())))).timestamp(),
        errors=state.errors + 1,
        error=str(error),
        failing_since=state.failing_since or now.timestamp(),
    )


def _mark(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()


def told(state: ListState) -> dict[str, Any]:
    """A list as people and scripts are shown it."""
    return {
        "url": state.url,
        "feeds": state.feeds,
        "read_at": _moment(state.read_at),
        "next_reading": _moment(state.due),
        "error": state.error or None,
        "failing_since": _moment(state.failing_since),
    }


def _moment(at: float | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)
