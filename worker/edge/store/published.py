"""The configuration that is live everywhere, and the signs of life of the processes.

The scheduler publishes; workers and the web read it from here, so they need only the Redis URL. Secrets are part of it:
whoever can read this Redis can send as you, as with any work queue.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import redis

from worker.edge import keys

STALE_AFTER = 30.0


class Published:
    """The published configuration."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection

    def put(self, body: str, version: str, now: datetime, *, feeds: bytes = b"") -> bool:
        """Publish, the `feeds` where only schedulers look; False when this version was live already."""
        if self.version() == version:
            self._redis.hdel(keys.CONFIG, "refused", "refused_at")
            return False
        pipe = self._redis.pipeline()
        pipe.hset(
            keys.CONFIG, mapping={"body": body, "feeds": feeds, "version": version, "published_at": now.isoformat()}
        )
        pipe.hdel(keys.CONFIG, "refused", "refused_at")
        pipe.execute()
        return True

    def refuse(self, why: str, now: datetime) -> None:
        """Note that a newer file was refused and the last good one goes on."""
        self._redis.hset(keys.CONFIG, mapping={"refused": why, "refused_at": now.isoformat()})

    def version(self) -> str | None:
        raw = self._redis.hget(keys.CONFIG, "version")
        return raw.decode() if raw else None

    def body(self) -> str | None:
        raw = self._redis.hget(keys.CONFIG, "body")
        return raw.decode() if raw else None

    def feeds(self) -> bytes | None:
        raw: bytes | None = self._redis.hget(keys.CONFIG, "feeds")
        return raw

    def refused(self) -> str | None:
        """Why the newest file is not live, if so."""
        raw = self._redis.hget(keys.CONFIG, "refused")
        return raw.decode() if raw else None


class Processes:
    """Who is alive."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection

    def beat(self, name: str, facts: Mapping[str, Any], now: datetime) -> None:
        """Say that process `name` is alive; a name that stays silent for `STALE_AFTER` seconds is not."""
        self._redis.hset(keys.PROCESSES, name, json.dumps({**facts, "at": now.timestamp()}))

    def leave(self, name: str) -> None:
        self._redis.hdel(keys.PROCESSES, name)

    def alive(self, now: datetime) -> dict[str, dict[str, Any]]:
        """Processes that gave a sign of life lately; the others are forgotten."""
        found = {name.decode(): json.loads(raw) for name, raw in self._redis.hgetall(keys.PROCESSES).items()}
        limit = now.timestamp() - STALE_AFTER
        gone = [name for name, facts in found.items() if facts["at"] < limit]
        if gone:
            self._redis.hdel(keys.PROCESSES, *gone)
        return {name: facts for name, facts in sorted(found.items()) if facts["at"] >= limit}


def set_web_url(connection: redis.Redis, url: str, *, owner: str, is_public: bool, now: datetime) -> None:
    """Tell the deliverers where the dashboard is, so that alerts can link to their story.

    Of several the first stays while the process that named it, its `owner`, lives; a public one goes before others.
    """
    raw = connection.hmget(keys.CONFIG, "web_url_of", "web_url_is_public")
    former, was_public = (value.decode() if value else "" for value in raw)
    lives = former not in {"", owner} and former in Processes(connection).alive(now)
    if not lives or is_public > bool(was_public):
        facts = {"web_url": url, "web_url_of": owner, "web_url_is_public": "1" if is_public else ""}
        connection.hset(keys.CONFIG, mapping=facts)


def web_url(connection: redis.Redis) -> str | None:
    """Where the dashboard is, if one has started."""
    raw = connection.hget(keys.CONFIG, "web_url")
    return raw.decode() if raw else None
