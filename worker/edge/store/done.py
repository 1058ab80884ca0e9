"""Which entries have become articles, in hashes small enough for Redis to keep them packed: about 30 bytes an entry.

Every day has hashes of its own, which go as a whole once the articles of that day do. How many they are is settled with
the first entry of the day, by how many articles came in the day before; a day with more than twice as many costs more
bytes and nothing else. Releases before had a key for each entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import redis
from redis.client import Pipeline

from worker.edge import keys

DAY = 86_400
"""Seconds."""

# Redis packs a hash of 512 fields or fewer (hash-max-listpack-entries).
_EACH = 200
_LEAST = 64

# KEYS: that of former releases, then the hashes. ARGV: the field. Answers the article, or nothing.
_FIND = """
for at = 2, #KEYS do
  local article = redis.call('HGET', KEYS[at], ARGV[1])
  if article then return article end
end
return redis.call('GET', KEYS[1])
"""


class DoneEntries:
    """Remembers which article an entry became."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection
        self._find = connection.register_script(_FIND)
        self._today = -1
        self._days: list[tuple[int, int]] = []

    def article_of(self, entry_id: str, now: datetime) -> str | None:
        """The id of the article that the entry became, None where it became none that is remembered."""
        found = self._find(keys=[keys.ENTRY + entry_id, *self._places(entry_id, now)], args=[_field(entry_id)])
        return None if found is None else str(found.decode())

    def watched(self, entry_id: str, now: datetime) -> Sequence[str]:
        """The keys that change when somebody else notes this entry now."""
        return self._places(entry_id, now)[0], keys.ENTRY + entry_id

    def note(self, pipe: Pipeline, entry_id: str, article_id: str, now: datetime, *, ttl: float) -> None:
        """Remember it for `ttl` seconds or up to a day more, as part of a transaction."""
        place = self._places(entry_id, now)[0]
        pipe.hset(place, _field(entry_id), article_id)
        pipe.expire(place, int(ttl) + DAY)

    def forget(self, pipe: Pipeline, entry_id: str, now: datetime) -> None:
        """Forget it, as part of a transaction."""
        pipe.delete(keys.ENTRY + entry_id)
        for place in self._places(entry_id, now):
            pipe.hdel(place, _field(entry_id))

    def _places(self, entry_id: str, now: datetime) -> list[str]:
        """The hashes it may stand in, that of today first."""
        today = int(now.timestamp() // DAY)
        if today != self._today:
            self._days, self._today = self._read_days(today), today
        number = int.from_bytes(_digest(entry_id)[:4], "big")
        return [f"{keys.DONE}{day}:{number % hashes}" for day, hashes in self._days]

    def _read_days(self, today: int) -> list[tuple[int, int]]:
        """The days that are remembered, today first, and how many hashes each has."""
        if not self._redis.hexists(keys.DONE_DAYS, str(today)):
            of_a_day = int(self._redis.zcount(keys.ARTICLES, (today - 1) * DAY, "+inf"))
            self._redis.hsetnx(keys.DONE_DAYS, str(today), str(max(_LEAST, of_a_day // _EACH)))
        found = {int(day): int(hashes) for day, hashes in self._redis.hgetall(keys.DONE_DAYS).items()}
        return [(today, found.pop(today)), *sorted(found.items(), reverse=True)]


def trim_days(connection: redis.Redis, now: datetime, *, ttl: float) -> None:
    """Forget the days of which nothing is remembered any more."""
    over = [day for day in connection.hkeys(keys.DONE_DAYS) if (int(day) + 2) * DAY + ttl < now.timestamp()]
    if over:
        connection.hdel(keys.DONE_DAYS, *over)


def _digest(entry_id: str) -> bytes:
    return sha256(entry_id.encode("utf-8", "surrogatepass")).digest()[:12]


def _field(entry_id: str) -> bytes:
    return _digest(entry_id)[4:]
