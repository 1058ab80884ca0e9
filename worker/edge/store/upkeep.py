"""Forgetting what is past its time, so that the indexes do not outgrow what they point at."""

from __future__ import annotations

from datetime import datetime

import redis

from worker.edge import keys
from worker.edge.store.outbox import ALERTS_KEPT

# Stories stay readable this long after their last report.
STORIES_KEPT = 30 * 86_400


def trim(connection: redis.Redis, now: datetime, *, articles_ttl: float) -> None:
    """Drop ids whose records have expired by themselves."""
    at = now.timestamp()
    pipe = connection.pipeline(transaction=False)
    pipe.zremrangebyscore(keys.ARTICLES, "-inf", at - articles_ttl)
    pipe.zremrangebyscore(keys.STORIES, "-inf", at - STORIES_KEPT)
    pipe.zremrangebyscore(keys.ALERTS, "-inf", at - ALERTS_KEPT)
    pipe.execute()
