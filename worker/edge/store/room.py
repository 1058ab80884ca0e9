"""Making room before Redis is full: the oldest articles go, and nothing else.

Articles are by far the most of what is stored, and the only part that may be missed: they serve search and replay. What
was seen, the feeds' states, stories, alerts and queued work stay. So a day with more news than usual shortens how long
articles are kept, and polling goes on.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil

import redis

from worker.edge import keys
from worker.edge.store.events import count
from worker.edge.store.upkeep import drop_articles

CROWDED = 0.75
"""The share of what Redis may use above which articles go; polling ends at upkeep.FULL."""

SPARED = 3_600
"""Seconds for which an article stays in any case: what is told of it now can be looked at."""

# How many go at a time: a few hundred times as many in a second as come in.
MOST = 5_000
_AT_ONCE = 500
_LOOKED_AT = 20
# For so long `last_trimmed` tells of it.
_TOLD = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Trimmed:
    """Articles that went early: how many at `at`, and when the newest of them had been seen."""

    count: int
    at: datetime
    before: datetime


def make_room(connection: redis.Redis, now: datetime) -> Trimmed | None:
    """Delete the oldest articles where Redis is crowded, as many as it takes or MOST; None where none had to go."""
    memory = connection.info("memory")
    limit = int(memory.get("maxmemory", 0))
    excess = int(memory["used_memory"]) - CROWDED * limit
    if not limit or excess <= 0:
        return None
    oldest = connection.zrange(
        keys.ARTICLES, "-inf", now.timestamp() - SPARED, byscore=True, offset=0, num=MOST, withscores=True
    )
    size = _size_of(connection, [raw for raw, _ in oldest[:_LOOKED_AT]])
    chosen = oldest[: ceil(excess / size)]
    if not chosen:
        return None
    for start in range(0, len(chosen), _AT_ONCE):
        drop_articles(connection, [raw for raw, _ in chosen[start : start + _AT_ONCE]])
    trimmed = Trimmed(count=len(chosen), at=now, before=datetime.fromtimestamp(chosen[-1][1], UTC))
    # Where that was not enough this is refused, and status and log tell that Redis is full.
    with suppress(redis.exceptions.OutOfMemoryError, redis.exceptions.ExecAbortError):
        _note(connection, trimmed)
    return trimmed


def _note(connection: redis.Redis, trimmed: Trimmed) -> None:
    facts = {"count": trimmed.count, "at": trimmed.at.timestamp(), "before": trimmed.before.timestamp()}
    with connection.pipeline() as pipe:
        pipe.multi()
        pipe.hset(keys.TRIMMED, mapping=facts)
        pipe.expire(keys.TRIMMED, _TOLD)
        count(pipe, "wirewatch_articles_trimmed_total", trimmed.count)
        pipe.execute()


def last_trimmed(connection: redis.Redis) -> Trimmed | None:
    """What went last, None where nothing did within an hour."""
    facts = {name.decode(): float(value) for name, value in connection.hgetall(keys.TRIMMED).items()}
    if not facts:
        return None
    at, before = (datetime.fromtimestamp(facts[name], UTC) for name in ("at", "before"))
    return Trimmed(count=int(facts["count"]), at=at, before=before)


def _size_of(connection: redis.Redis, ids: list[bytes]) -> float:
    """Bytes that an article takes, by the mean of these; at least one."""
    with connection.pipeline(transaction=False) as pipe:
        for raw in ids:
            pipe.memory_usage(keys.ARTICLE + raw.decode())
        found = [int(size) for size in pipe.execute() if size]
    return sum(found) / len(found) if found else 1.0
