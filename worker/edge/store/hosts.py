"""How each host is to be treated, in one place for all processes: turns, pace, pauses, and who is dead.

A request begins with a turn and ends by giving it back. Turns are leases, so those of a process that died come back by
themselves. Everything about a host goes by itself once nobody asks it any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import redis

from worker.edge import keys

PER_HOST = 2
"""Requests to one host at the same time, from all processes: a newspaper should not notice us."""

LEASE = 10.0
"""Seconds until the turn of a process that died is free; who lives renews it in time."""

# The next request starts no sooner than the host needs for one (Scrapy's AutoThrottle, with one request at a time on
# average); so slow a host is asked this often all the same, in seconds.
_LONGEST_INTERVAL = 10.0
# The weight of the newest latency in the moving average.
_NEWEST = 0.3
# A server may ask for a pause of a year by mistake.
LONGEST_PAUSE = 6 * 3600.0
# After so many requests in a row that reached nothing, a host counts as dead: first for a minute, then twice as long
# after every further one, up to an hour.
_FAILURES = 3
_DEAD = 60.0
_DEAD_LONGEST = 3600.0
_KEPT = LONGEST_PAUSE

# Times are whole milliseconds, which Lua's numbers hold exactly. One further ahead than any can be was written before
# a clock was set back, and counts as past; turns may lie another lease ahead, as clocks differ.
_BEGIN = """
local now, lease = tonumber(ARGV[1]), tonumber(ARGV[3])
local function ahead(moment, most)
  local left = tonumber(moment or '0') - now
  return left <= tonumber(most) and left or 0
end
local facts = redis.call('HMGET', KEYS[1], 'paused', 'dead' .. ARGV[8], 'next', 'latency', 'status')
local paused, dead = ahead(facts[1], ARGV[7]), ahead(facts[2], ARGV[9])
local early, latency = ahead(facts[3], ARGV[6]), tonumber(facts[4] or '0')
if dead > 0 and ARGV[5] == '0' then return {'dead', dead, 0} end
if paused > 0 then return {'paused', paused, tonumber(facts[5] or '0')} end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '(' .. (now + 2 * lease), '+inf')
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[4]) then return {'busy', latency, 0} end
if early > 0 then return {'early', early, 0} end
redis.call('ZADD', KEYS[2], now + lease, ARGV[2])
redis.call('PEXPIRE', KEYS[2], lease)
redis.call('HSET', KEYS[1], 'next', now + math.min(latency, tonumber(ARGV[6])))
redis.call('PEXPIRE', KEYS[1], ARGV[7])
return {'go', 0, 0}
"""

_END = """
local now, answered, latency = tonumber(ARGV[1]), ARGV[3], tonumber(ARGV[4])
redis.call('ZREM', KEYS[2], ARGV[2])
if answered == 'no' then
  local over = redis.call('HINCRBY', KEYS[1], 'failures' .. ARGV[12], 1) - tonumber(ARGV[8])
  if over >= 0 then
    local pause = math.min(tonumber(ARGV[9]) * 2 ^ math.min(over, 30), tonumber(ARGV[10]))
    redis.call('HSET', KEYS[1], 'dead' .. ARGV[12], now + pause)
  end
elseif answered ~= 'unknown' then
  redis.call('HDEL', KEYS[1], 'failures' .. ARGV[12], 'dead' .. ARGV[12])
  local average = tonumber(redis.call('HGET', KEYS[1], 'latency') or latency)
  if answered == 'wanted' or latency > average then
    average = average + (latency - average) * tonumber(ARGV[7])
    redis.call('HSET', KEYS[1], 'latency', math.floor(average + 0.5))
  end
  local pause, known = now + tonumber(ARGV[5]), tonumber(redis.call('HGET', KEYS[1], 'paused') or '0')
  if pause > now and (pause > known or known > now + tonumber(ARGV[11])) then
    redis.call('HSET', KEYS[1], 'paused', pause, 'status', ARGV[6])
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[11])
"""


class Verdict(StrEnum):
    """Whether a request may start now, and if not, why."""

    GO = "go"
    EARLY = "early"  # too soon after the one before
    BUSY = "busy"  # as many as may be are under way
    PAUSED = "paused"  # the host asked for a pause
    DEAD = "dead"  # the host could not be reached lately


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What to do about a host. `seconds` is how long the verdict holds; for BUSY it is what one request takes.

    `status` is the HTTP status with which the host asked for its pause, 0 where there is none.
    """

    verdict: Verdict
    seconds: float = 0.0
    status: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What became of a request.

    `reached` tells whether the host answered at all, None where nothing can be said of it. `latency` is in seconds.
    An answer that was not `wanted` never makes us faster: errors are quick. `pause` is what the host asked for.
    """

    reached: bool | None
    wanted: bool = False
    latency: float = 0.0
    pause: float = 0.0
    status: int = 0


class HostTable:
    """The hosts in Redis. The time is that of this process: a lease is long against what clocks differ by."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection
        self._begin = connection.register_script(_BEGIN)
        self._end = connection.register_script(_END)

    def begin(self, host: str, port: int, token: str, now: datetime, *, ask_dead: bool) -> Standing:
        """Take a turn at `host`, known as `token`, if the verdict is GO; `ask_dead` asks a host that counts as dead.

        Hosts count as dead by their port, so that links to a port nobody listens on do not hide the others.
        """
        verdict, wait, status = self._begin(
            keys=_keys(host),
            args=[
                *(_ms(now), token, _ms(LEASE), PER_HOST, int(ask_dead)),
                *(_ms(_LONGEST_INTERVAL), _ms(_KEPT), port, _ms(_DEAD_LONGEST)),
            ],
        )
        return Standing(verdict=Verdict(verdict.decode()), seconds=wait / 1000, status=status)

    def renew(self, host: str, token: str, now: datetime) -> None:
        """Make a turn last from now on, also where Redis has forgotten it: its request is under way all the same."""
        with self._redis.pipeline() as pipe:
            pipe.zadd(keys.HOST_TURNS + host, {token: _ms(now) + _ms(LEASE)})
            pipe.pexpire(keys.HOST_TURNS + host, _ms(LEASE))
            pipe.execute()

    def end(self, host: str, port: int, token: str, now: datetime, visit: Visit) -> None:
        """Give the turn back, and remember how it went. Harmless where the lease had ended."""
        answered = {None: "unknown", False: "no", True: "wanted" if visit.wanted else "yes"}[visit.reached]
        pause = min(visit.pause, LONGEST_PAUSE)
        self._end(
            keys=_keys(host),
            args=[
                *(_ms(now), token, answered, _ms(visit.latency), _ms(pause), visit.status),
                *(_NEWEST, _FAILURES, _ms(_DEAD), _ms(_DEAD_LONGEST), _ms(_KEPT), port),
            ],
        )


def _keys(host: str) -> list[str]:
    return [keys.HOST + host, keys.HOST_TURNS + host]


def _ms(moment: datetime | float) -> int:
    return round((moment.timestamp() if isinstance(moment, datetime) else moment) * 1000)
