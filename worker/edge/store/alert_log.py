"""The alerts in the order in which they were committed, which is not always that of the times they carry; and by topic.

Whoever follows the log misses none: what is committed later stands later.
"""

from __future__ import annotations

from datetime import datetime

import redis
from redis.client import Pipeline

from worker.edge import codec, keys
from worker.model import Alert, short_id

# Alerts that a listener who was away can catch up on.
LOGGED = 10_000
# Where a log begins.
BEGINNING = "0-0"
_AT_ONCE = 1_000


def log_alert(pipe: Pipeline, alert: Alert, now: datetime, *, kept: int) -> None:
    """Part of hand-over 2; a topic's list forgets what is older than `kept` seconds."""
    pipe.xadd(keys.ALERT_LOG, {"alert": alert.id}, maxlen=LOGGED, approximate=True)
    own = keys.TOPIC_ALERTS + short_id("topic", alert.topic)
    pipe.zadd(own, {alert.id: alert.created.timestamp()})
    pipe.zremrangebyscore(own, "-inf", now.timestamp() - kept)
    pipe.expire(own, kept)


class AlertLog:
    """Follows the log; a position is the id of its entry in the stream."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection

    def end(self) -> str:
        """Behind the newest alert."""
        newest = self._redis.xrevrange(keys.ALERT_LOG, count=1)
        return newest[0][0].decode() if newest else BEGINNING

    def behind(self, alert_id: str) -> str:
        """Behind this alert; the beginning of the log where it is not in it (any more), so that nothing is missed."""
        highest = "+"
        while found := self._redis.xrevrange(keys.ALERT_LOG, max=highest, count=_AT_ONCE):
            for position, fields in found:
                if fields[b"alert"].decode() == alert_id:
                    return str(position.decode())
            highest = f"({found[-1][0].decode()}"
        return BEGINNING

    def after(self, position: str, limit: int) -> tuple[str, list[Alert]]:
        """Up to `limit` alerts behind a position, and the position behind them."""
        found = self._redis.xrange(keys.ALERT_LOG, min=f"({position}", count=limit)
        if not found:
            return position, []
        records = self._redis.mget([keys.ALERT + fields[b"alert"].decode() for _, fields in found])
        return found[-1][0].decode(), [codec.load(Alert, data) for data in records if data]

    def wait(self, position: str, *, block_ms: int) -> str:
        """Wait up to `block_ms` for an alert behind a position; gives the position behind the newest one.

        Behind "" nothing is waited for.
        """
        if not position:
            return self.end()
        found = self._redis.xread({keys.ALERT_LOG: position}, block=block_ms, count=1)
        return self.end() if found else position
