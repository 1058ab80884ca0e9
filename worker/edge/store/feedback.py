"""What people say of alerts: whether one was right. Kept as long as the alerts are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import redis

from worker.edge import keys
from worker.edge.store.outbox import ALERTS_KEPT

RIGHT, WRONG = "right", "wrong"
VOTES = (RIGHT, WRONG)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """`said` is one of VOTES."""

    alert_id: str
    topic: str
    said: str
    at: datetime


class Feedback:
    """The latest word on each alert."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection

    def say(self, vote: Vote) -> None:
        """In place of what was said of the alert before; what is too old to be of use is forgotten."""
        line = json.dumps({"topic": vote.topic, "said": vote.said, "at": vote.at.isoformat()})
        with self._redis.pipeline() as pipe:
            pipe.hset(keys.FEEDBACK, vote.alert_id, line)
            pipe.zadd(keys.FEEDBACK_TIMES, {vote.alert_id: vote.at.timestamp()})
            pipe.zrange(keys.FEEDBACK_TIMES, "-inf", vote.at.timestamp() - ALERTS_KEPT, byscore=True)
            *_, old = pipe.execute()
        if old:
            self._redis.hdel(keys.FEEDBACK, *old)
            self._redis.zrem(keys.FEEDBACK_TIMES, *old)

    def take_back(self, alert_id: str) -> None:
        """As if nothing had been said."""
        self._redis.hdel(keys.FEEDBACK, alert_id)
        self._redis.zrem(keys.FEEDBACK_TIMES, alert_id)

    def of(self, alert_ids: Sequence[str]) -> dict[str, str]:
        """What was said of each of these alerts; those of which nothing was are left out."""
        found = self._redis.hmget(keys.FEEDBACK, alert_ids) if alert_ids else []
        return {one: json.loads(line)["said"] for one, line in zip(alert_ids, found, strict=True) if line}

    def all(self) -> list[Vote]:
        """Everything, the oldest first."""
        votes = []
        for raw, line in self._redis.hgetall(keys.FEEDBACK).items():
            facts = json.loads(line)
            at = datetime.fromisoformat(facts["at"]).astimezone(UTC)
            votes.append(Vote(alert_id=raw.decode(), topic=facts["topic"], said=facts["said"], at=at))
        return sorted(votes, key=lambda vote: (vote.at, vote.alert_id))
