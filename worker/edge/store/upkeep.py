"""Forgetting what is past its time, so that the indexes do not outgrow what they point at."""

from __future__ import annotations

from datetime import datetime, timedelta

import redis

from worker.edge import keys
from worker.edge.store import dead_pages
from worker.edge.store.links import trim_links
from worker.edge.store.outbox import ALERTS_KEPT

# At its limit Redis refuses every write, the one that takes a job off the queue included: whoever makes work has to
# stop while there is room to finish it. Well before that articles make room (room.CROWDED).
FULL = 0.8

# Stories stay readable this long after their last report, and so do pages that were given up.
STORIES_KEPT = 30 * 86_400


def is_full(connection: redis.Redis) -> bool:
    """Whether so little memory is left of what Redis may use that no new work should be made."""
    memory = connection.info("memory")
    limit = int(memory.get("maxmemory", 0))
    return limit > 0 and int(memory["used_memory"]) > FULL * limit


def take_write(connection: redis.Redis) -> None:
    """Write something; raises what Redis says where it takes no writes (full, read-only, its disk full) or is away."""
    connection.set(keys.PROBE, 1, ex=60)


def trim(connection: redis.Redis, now: datetime, *, articles_ttl: float) -> None:
    """Drop ids whose records have expired by themselves."""
    at = now.timestamp()
    pipe = connection.pipeline(transaction=False)
    pipe.zremrangebyscore(keys.ARTICLES, "-inf", at - articles_ttl)
    pipe.zremrangebyscore(keys.STORIES, "-inf", at - STORIES_KEPT)
    pipe.zremrangebyscore(keys.ALERTS, "-inf", at - ALERTS_KEPT)
    pipe.zremrangebyscore(keys.DEAD, "-inf", at - ALERTS_KEPT)
    pipe.execute()
    trim_links(connection, now)
    dead_pages.trim(connection, now - timedelta(seconds=STORIES_KEPT))
