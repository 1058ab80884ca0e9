"""What people asked not to be told of for a while: topics that are muted, stories that are acknowledged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import redis

from worker.edge import keys
from worker.model import Alert

TOPIC, STORY = "topic", "story"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """`kind` is "topic" or "story", `of` the topic's name or the story's id."""

    kind: str
    of: str
    until: datetime


class Mutes:
    """Mutes in Redis; each ends by itself."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection

    def add(self, mute: Mute) -> None:
        """Mute until then, in place of any end set before."""
        self._redis.hset(keys.MUTES, f"{mute.kind}:{mute.of}", mute.until.timestamp())

    def remove(self, kind: str, of: str) -> bool:
        """False where it was not muted."""
        return bool(self._redis.hdel(keys.MUTES, f"{kind}:{of}"))

    def active(self, now: datetime) -> list[Mute]:
        """Those that hold now, the first to end first; the others are forgotten."""
        found = []
        for name, raw in self._redis.hgetall(keys.MUTES).items():
            kind, _, of = name.decode().partition(":")
            found.append(Mute(kind=kind, of=of, until=datetime.fromtimestamp(float(raw), UTC)))
        over = [f"{mute.kind}:{mute.of}" for mute in found if mute.until <= now]
        if over:
            self._redis.hdel(keys.MUTES, *over)
        return sorted((mute for mute in found if mute.until > now), key=lambda mute: (mute.until, mute.kind, mute.of))

    def over(self, alert: Alert, now: datetime) -> Mute | None:
        """What keeps this alert from being told, the last to end; None where nothing does."""
        active = self.active(now)
        if not active:
            return None
        stories = {alert.story.id, *self._former(alert.story.id)} if any(m.kind == STORY for m in active) else set()
        silent = [m for m in active if (m.of in stories if m.kind == STORY else m.of == alert.topic)]
        return silent[-1] if silent else None

    def _former(self, story_id: str) -> Iterable[str]:
        """The stories that became part of this one: who acknowledged one of them has heard of it."""
        return (raw.decode() for raw in self._redis.smembers(keys.STORY_ABSORBED + story_id))
