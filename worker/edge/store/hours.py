"""How many articles matched each topic in each hour, for as long as pages draw it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import redis
from redis.client import Pipeline

from worker.edge import keys

HOURS = 48
_HOUR = 3_600


def note_matches(pipe: Pipeline, topic_ids: Iterable[str], now: datetime) -> None:
    """Count an article for these topics, as part of a transaction."""
    key = keys.MATCHED + str(_hour(now))
    for topic_id in topic_ids:
        pipe.hincrby(key, topic_id, 1)
    pipe.expire(key, (HOURS + 1) * _HOUR)


def matches_by_hour(connection: redis.Redis, topic_ids: Sequence[str], now: datetime) -> Mapping[str, tuple[int, ...]]:
    """The counts of the last HOURS hours by topic, the hour under way last."""
    if not topic_ids:
        return {}
    last = _hour(now)
    pipe = connection.pipeline(transaction=False)
    for hour in range(last - HOURS + 1, last + 1):
        pipe.hmget(keys.MATCHED + str(hour), topic_ids)
    rows = pipe.execute()
    return {topic_id: tuple(int(row[place] or 0) for row in rows) for place, topic_id in enumerate(topic_ids)}


def _hour(moment: datetime) -> int:
    return int(moment.timestamp()) // _HOUR
