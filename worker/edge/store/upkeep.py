"""Forgetting what is past its time, so that the indexes do not outgrow what they point at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import redis

from worker.edge import keys
from worker.edge.store import dead_pages
from worker.edge.store.done import trim_days
from worker.edge.store.links import trim_links
from worker.edge.store.outbox import ALERTS_KEPT

# At its limit Redis refuses every write, the one that takes a job off the queue included: whoever makes work has to
# stop while there is room to finish it. Well before that articles make room (room.CROWDED).
FULL = 0.8

# Stories stay readable this long after their last report, and so do pages that were given up.
STORIES_KEPT = 30 * 86_400
# Articles that go in one step.
_AT_ONCE = 500


def is_full(connection: redis.Redis) -> bool:
    """Whether so little memory is left of what Redis may use that no new work should be made."""
    memory = connection.info("memory")
    limit = int(memory.get("maxmemory", 0))
    return limit > 0 and int(memory["used_memory"]) > FULL * limit


def take_write(connection: redis.Redis) -> None:
    """Write something; raises what Redis says where it takes no writes (full, read-only, its disk full) or is away."""
    connection.set(keys.PROBE, 1, ex=60)


def drop_articles(connection: redis.Redis, ids: Sequence[bytes]) -> None:
    """Delete these articles."""
    # No transaction: a Redis at its limit refuses all of them, whatever they hold.
    with connection.pipeline(transaction=False) as pipe:
        pipe.unlink(*(keys.ARTICLE + raw.decode() for raw in ids))
        pipe.zrem(keys.ARTICLES, *ids)
        pipe.execute()


def trim(connection: redis.Redis, now: datetime, *, articles_ttl: float) -> None:
    """Drop articles past their time, and ids whose records have expired by themselves."""
    at = now.timestamp()
    while old := connection.zrange(keys.ARTICLES, "-inf", at - articles_ttl, byscore=True, offset=0, num=_AT_ONCE):
        drop_articles(connection, old)
    trim_days(connection, now, ttl=articles_ttl)
    pipe = connection.pipeline(transaction=False)
    pipe.zremrangebyscore(keys.STORIES, "-inf", at - STORIES_KEPT)
    pipe.zremrangebyscore(keys.ALERTS, "-inf", at - ALERTS_KEPT)
    pipe.zremrangebyscore(keys.DEAD, "-inf", at - ALERTS_KEPT)
    pipe.execute()
    trim_links(connection, now)
    dead_pages.trim(connection, now - timedelta(seconds=STORIES_KEPT))
