"""How destinations are doing: whether they take alerts, since when they fail, and which were switched off and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import redis
from redis.client import Pipeline

from worker.edge import keys
from worker.edge.store.events import emit
from worker.model import DestinationSpec

PAUSED, GONE = "paused", "gone"

# The wish of a receiver to be left alone (Retry-After) holds for all that goes there, but not for ever.
_LONGEST_HOLD = 3600.0

# Whoever resumes wants everything to be tried at once. What is being sent just now stays with whom it is.
_RESUME = """
redis.call('HDEL', KEYS[1], 'state', 'since', 'why', 'failing_since', 'hold')
for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  local delivery = ARGV[1] .. id .. ':' .. ARGV[2]
  if tonumber(redis.call('HGET', delivery, 'attempts') or '0') > 0 then
    redis.call('HSET', delivery, 'attempts', 0)
    if redis.call('HEXISTS', delivery, 'sending') == 0 then
      redis.call('HDEL', delivery, 'not_before')
      redis.call('ZADD', KEYS[2], ARGV[3], id)
    end
  end
end
"""

# Gives 0 where the message may go, and is noted as gone, else when there is room again.
_RESERVE = """
local now, most, span = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - span)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')
if redis.call('ZSCORE', KEYS[1], ARGV[4]) then return '0' end
if redis.call('ZCARD', KEYS[1]) < most then
  redis.call('ZADD', KEYS[1], now, ARGV[4])
  redis.call('PEXPIRE', KEYS[1], math.ceil(span * 1000))
  return '0'
end
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
return tostring(string.format('%.3f', tonumber(oldest) + span + 0.001))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationState:
    """How a destination is doing. `state` is "" while it takes alerts, else why none are sent: "paused" or "gone".

    `waiting` deliveries are still to be made. `failing_since` is the first failure after which nothing was taken,
    `error` the last one. `hold` is until when it asked to be left alone.
    """

    name: str
    state: str = ""
    since: datetime | None = None
    why: str = ""
    failing_since: datetime | None = None
    error: str = ""
    delivered_at: datetime | None = None
    hold: datetime | None = None
    waiting: int = 0


def note_taken(pipe: Pipeline, name: str, now: datetime) -> None:
    """Part of the end of an attempt: the destination took an alert."""
    pipe.hset(keys.DESTINATION + name, "delivered_at", now.timestamp())
    pipe.hdel(keys.DESTINATION + name, "failing_since", "error", "hold")


def note_refused(pipe: Pipeline, name: str, error: str, now: datetime, pause: float | None) -> None:
    """Part of the end of an attempt: the destination did not take an alert; `pause` is in seconds where it asked."""
    pipe.hsetnx(keys.DESTINATION + name, "failing_since", now.timestamp())
    pipe.hset(keys.DESTINATION + name, "error", error)
    if pause:
        pipe.hset(keys.DESTINATION + name, "hold", now.timestamp() + min(pause, _LONGEST_HOLD))


class Destinations:
    """The states of destinations in Redis."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection
        self._resume = connection.register_script(_RESUME)
        self._reserve = connection.register_script(_RESERVE)

    def configured(self, specs: Sequence[DestinationSpec], now: datetime) -> None:
        """Take note of what is configured: what was switched off is tried again when its address has changed."""
        names = {spec.name for spec in specs}
        for raw in self._redis.smembers(keys.DESTINATIONS):
            if raw.decode() not in names:
                self._redis.delete(keys.DESTINATION + raw.decode(), keys.SENT + raw.decode())
                self._redis.srem(keys.DESTINATIONS, raw)
        for spec in specs:
            key = keys.DESTINATION + spec.name
            former = self._redis.hget(key, "address")
            if former is not None and former.decode() != spec.address:
                self.resume(spec.name, now)
            self._redis.hset(key, "address", spec.address)
            self._redis.sadd(keys.DESTINATIONS, spec.name)

    def state(self, name: str) -> DestinationState:
        """One destination."""
        raw = self._redis.hgetall(keys.DESTINATION + name)
        facts = {key.decode(): value.decode() for key, value in raw.items()}
        return DestinationState(
            name=name,
            state=facts.get("state", ""),
            since=_moment(facts.get("since")),
            why=facts.get("why", ""),
            failing_since=_moment(facts.get("failing_since")),
            error=facts.get("error", ""),
            delivered_at=_moment(facts.get("delivered_at")),
            hold=_moment(facts.get("hold")),
            waiting=int(self._redis.zcard(keys.OUTBOX + name)),
        )

    def states(self) -> list[DestinationState]:
        """Every destination that is configured, by name."""
        return [self.state(name) for name in sorted(raw.decode() for raw in self._redis.smembers(keys.DESTINATIONS))]

    def switch_off(self, name: str, state: str, why: str, now: datetime, tell: Callable[[Pipeline, int], None]) -> bool:
        """Send it nothing more until somebody resumes it; False where it was off already.

        `tell` adds to the transaction what others are to know, given how many deliveries wait.
        """
        key = keys.DESTINATION + name
        with self._redis.pipeline() as pipe:
            pipe.watch(key)
            if pipe.hexists(key, "state"):
                return False
            waiting = int(pipe.zcard(keys.OUTBOX + name))
            pipe.multi()
            pipe.hset(key, mapping={"state": state, "since": now.timestamp(), "why": why})
            emit(pipe, "destination_off", destination=name, state=state, why=why)
            tell(pipe, waiting)
            try:
                pipe.execute()
            except redis.WatchError:
                return False
        return True

    def resume(self, name: str, now: datetime) -> None:
        """Send to it again; what waits after a failure is tried at once."""
        self._resume(keys=[keys.DESTINATION + name, keys.OUTBOX + name], args=[keys.DELIVERY, name, now.timestamp()])

    def reserve(self, name: str, alert_id: str, limit: tuple[int, float], now: datetime) -> datetime | None:
        """Count a message against the limit; when there is room again where there is none now."""
        most, seconds = limit
        free = self._reserve(keys=[keys.SENT + name], args=[now.timestamp(), most, seconds, alert_id])
        return datetime.fromtimestamp(float(free), UTC) if float(free) else None

    def give_back(self, name: str, alert_id: str) -> None:
        """The message did not go out."""
        self._redis.zrem(keys.SENT + name, alert_id)


def _moment(epoch: str | None) -> datetime | None:
    return datetime.fromtimestamp(float(epoch), UTC) if epoch else None
