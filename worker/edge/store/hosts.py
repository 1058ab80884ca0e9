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
from worker.edge.store.mailbox import Mailbox

PER_HOST = 2
"""Requests to one host at the same time, from all processes: a newspaper should not notice us."""

LEASE = 6.0
"""Seconds until the turn of a process that died is free; who lives renews it in time.

Less than a page waits for its turn (deploy/fetching.md), so that one whose worker died is not put back first.
"""

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
# turn(host, port, token, now, ask_dead) takes a turn if it may, and gives verdict, milliseconds and status.
TURN = f"""
local LEASE, MOST, LONGEST, KEPT, DEAD = {LEASE * 1000:.0f}, {PER_HOST}, {_LONGEST_INTERVAL * 1000:.0f}, \
  {_KEPT * 1000:.0f}, {_DEAD_LONGEST * 1000:.0f}
local HOST, TURNS = '{keys.HOST}', '{keys.HOST_TURNS}'
local function turn(host, port, token, now, ask_dead)
  local facts, turns = HOST .. host, TURNS .. host
  local known = redis.call('HMGET', facts, 'paused', 'dead' .. port, 'next', 'latency', 'status')
  local function ahead(moment, most)
    local left = moment and tonumber(moment) - now or 0
    return left <= most and left or 0
  end
  local latency = tonumber(known[4] or '0')
  local paused, dead, early = ahead(known[1], KEPT), ahead(known[2], DEAD), ahead(known[3], LONGEST)
  if dead > 0 and not ask_dead then return 'dead', dead, 0 end
  if paused > 0 then return 'paused', paused, tonumber(known[5] or '0') end
  if redis.call('EXISTS', turns) == 1 then
    redis.call('ZREMRANGEBYSCORE', turns, '-inf', now)
    redis.call('ZREMRANGEBYSCORE', turns, '(' .. (now + 2 * LEASE), '+inf')
    if redis.call('ZCARD', turns) >= MOST then return 'busy', latency, 0 end
  end
  if early > 0 then return 'early', early, 0 end
  redis.call('ZADD', turns, now + LEASE, token)
  redis.call('PEXPIRE', turns, LEASE)
  redis.call('HSET', facts, 'next', now + math.min(latency, LONGEST))
  redis.call('PEXPIRE', facts, KEPT)
  return 'go', 0, 0
end
"""

_BEGIN = (
    TURN
    + """
return {turn(ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5] == '1')}
"""
)

# Feeds that wait for this host are looked at again once it has room for them.
END = (
    TURN
    + f"""
local host, port, now = ARGV[1], ARGV[2], tonumber(ARGV[4])
local answered, latency, pause, status = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8]
local facts = HOST .. host
redis.call('ZREM', TURNS .. host, ARGV[3])
local known = redis.call('HMGET', facts, 'latency', 'paused', 'failures' .. port, 'next')
if answered == 'no' then
  local over = redis.call('HINCRBY', facts, 'failures' .. port, 1) - {_FAILURES}
  if over >= 0 then
    redis.call('HSET', facts, 'dead' .. port, now + math.min({_DEAD * 1000:.0f} * 2 ^ math.min(over, 30), DEAD))
  end
elseif answered ~= 'unknown' then
  if known[3] then redis.call('HDEL', facts, 'failures' .. port, 'dead' .. port) end
  local average = tonumber(known[1] or latency)
  if answered == 'wanted' or latency > average then
    average = average + (latency - average) * {_NEWEST}
    redis.call('HSET', facts, 'latency', math.floor(average + 0.5))
  end
  local former = tonumber(known[2] or '0')
  if pause > 0 and (now + pause > former or former > now + KEPT) then
    redis.call('HSET', facts, 'paused', now + pause, 'status', status)
  end
end
redis.call('PEXPIRE', facts, KEPT)
if redis.call('ZSCORE', '{keys.HOSTS_WAITING}', host) then
  local next = tonumber(known[4] or '0')
  if next > now + LONGEST then next = now end
  redis.call('ZADD', '{keys.HOSTS_WAITING}', 'XX', math.max(now, next) / 1000, host)
end
"""
)


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
    """The hosts in Redis. The time is that of this process: a lease is long against what clocks differ by.

    With a `mailbox` the end of a turn is told along with whatever is told next.
    """

    def __init__(self, connection: redis.Redis, mailbox: Mailbox | None = None) -> None:
        self._redis, self._mailbox = connection, mailbox
        self._begin = connection.register_script(_BEGIN)
        self._end = connection.register_script(END)

    def begin(self, host: str, port: int, token: str, now: datetime, *, ask_dead: bool) -> Standing:
        """Take a turn at `host`, known as `token`, if the verdict is GO; `ask_dead` asks a host that counts as dead.

        Hosts count as dead by their port, so that links to a port nobody listens on do not hide the others.
        """
        verdict, wait, status = self._begin(args=[host, port, token, _ms(now), int(ask_dead)])
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
        answered = {None: "unknown", False: "no", True: "wanted" if visit.wanted else "yes"}[visit.reached]
        pause = min(visit.pause, LONGEST_PAUSE)
        args: list[str | int] = [host, port, token, _ms(now), answered, _ms(visit.latency), _ms(pause), visit.status]
        if self._mailbox is not None:
            self._mailbox.post(self._end, args)
        else:
            self._end(args=args)


def _ms(moment: datetime | float) -> int:
    return round((moment.timestamp() if isinstance(moment, datetime) else moment) * 1000)
