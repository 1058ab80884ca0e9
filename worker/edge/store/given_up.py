"""Entries whose page was given up, because it ended every worker that took it, newest first."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import redis
from redis.client import Pipeline

from worker.edge import keys

KEPT = 1_000


def put(pipe: Pipeline, entries: Sequence[Mapping[str, Any]], *, reason: str, tries: int) -> None:
    """Add the facts of entries (url, title, feed, ...) to the list, as part of a transaction."""
    at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    lines = [json.dumps({**entry, "tries": tries, "reason": reason, "at": at}) for entry in entries]
    pipe.lpush(keys.GIVEN_UP, *lines)
    pipe.ltrim(keys.GIVEN_UP, 0, KEPT - 1)


def newest(connection: redis.Redis, limit: int = 20) -> list[dict[str, Any]]:
    """The last entries given up, newest first."""
    return [json.loads(line) for line in connection.lrange(keys.GIVEN_UP, 0, limit - 1)]


def count(connection: redis.Redis) -> int:
    """How many are kept, at most `KEPT`."""
    return int(connection.llen(keys.GIVEN_UP))
