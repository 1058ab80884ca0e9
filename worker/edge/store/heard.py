"""In which languages each feed has reported, and when last: what tells silence from a quiet day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import redis
from redis.client import Pipeline

from worker.edge import keys
from worker.model import Article

FORGET_AFTER = timedelta(days=30)
_BETWEEN = "\x1f"


def note_language(pipe: Pipeline, article: Article, now: datetime) -> None:
    """Remember that this feed has reported in this language, as part of a transaction."""
    if article.language and article.feed:
        pipe.hset(keys.HEARD, f"{article.language}{_BETWEEN}{article.feed}", int(now.timestamp()))


def heard(connection: redis.Redis, now: datetime) -> Mapping[str, Mapping[str, datetime]]:
    """By language the names of its feeds with the moment of their last report; what is long ago is forgotten."""
    found: dict[str, dict[str, datetime]] = {}
    old = []
    for raw, at in connection.hgetall(keys.HEARD).items():
        moment = datetime.fromtimestamp(int(at), UTC)
        if now - moment > FORGET_AFTER:
            old.append(raw)
            continue
        language, _, feed = raw.decode().partition(_BETWEEN)
        found.setdefault(language, {})[feed] = moment
    if old:
        connection.hdel(keys.HEARD, *old)
    return found
