"""A wall clock that is set back must not make wirewatch wait until it has caught up.

Due times are kept as times of the wall clock, so that they mean the same on every machine and survive a restart. Every
scheduler notes the time it sees, under its machine's name. One that sees an earlier time than was noted moves every due
time back by the difference, in the same step that notes the new time: whichever scheduler is first does it, once. A
clock set forward only makes things due early, each once.
"""

from __future__ import annotations

import redis

from worker.edge import keys

# Clocks that are kept in step by NTP step by less; what little waits for longer than it should, waits.
TOLERANCE = 5.0
# Who read the clock just before it was set back may write by that time just after. So for some seconds after a step,
# what is due within some of the time before it is moved as well; leases and first pauses are shorter than that.
WATCHED = 60.0
LATE = 30.0

_SET_BACK = """
local clocks, machine, now = KEYS[1], ARGV[1], tonumber(ARGV[2])
local function told(name) return tonumber(redis.call('HGET', clocks, name) or '') end
local seen = told(machine) or 0
if seen == 0 and redis.call('HLEN', clocks) >= 1000 then redis.call('DEL', clocks) end
redis.call('HSET', clocks, machine, ARGV[2])
local step, first, last = seen - now, '-inf', '+inf'
local is_back = step > tonumber(ARGV[3])
if is_back then
  redis.call('HSET', clocks, machine .. ' step', step, machine .. ' before', seen)
else
  local before = told(machine .. ' before')
  if not before then return '0' end
  step = told(machine .. ' step')
  if now > before - step + tonumber(ARGV[7]) then
    redis.call('HDEL', clocks, machine .. ' step', machine .. ' before')
    return '0'
  end
  first, last = before, before + tonumber(ARGV[8])
end
local function is_meant(at) return is_back or (at >= first and at <= last) end
local function move(key)
  local members = redis.call('ZRANGEBYSCORE', key, first, last)
  for _, member in ipairs(members) do redis.call('ZINCRBY', key, -step, member) end
end
local function move_field(key, field)
  local at = tonumber(redis.call('HGET', key, field) or '')
  if at and is_meant(at) then redis.call('HINCRBYFLOAT', key, field, -step) end
end
move(KEYS[2])
move(KEYS[3])
move(KEYS[5])
for _, name in ipairs(redis.call('SMEMBERS', KEYS[4])) do
  local lane, piles = ARGV[4] .. name, ARGV[6] .. name
  move(lane)
  for _, alert in ipairs(redis.call('ZRANGE', lane, 0, -1)) do
    move_field(ARGV[5] .. alert .. ':' .. name, 'not_before')
  end
  for _, pile in ipairs(redis.call('HKEYS', piles)) do move_field(piles, pile) end
end
return is_back and tostring(step) or '0'
"""


class Clockwork:
    """Due feeds, deliveries and jobs put off, on a clock that may be set back."""

    def __init__(self, connection: redis.Redis, machine: str) -> None:
        self._machine = machine
        self._set_back = connection.register_script(_SET_BACK)

    def note(self, now: float) -> float:
        """Note the time (seconds since the epoch) this machine sees; by how much everything was moved back, or 0."""
        lanes = [keys.OUTBOX, keys.DELIVERY, keys.PILES_DUE]
        return float(
            self._set_back(
                keys=[keys.CLOCKS, keys.FEEDS_DUE, keys.LATER, keys.OUTBOXES, keys.HOSTS_WAITING],
                args=[self._machine, now, TOLERANCE, *lanes, WATCHED, LATE],
            )
        )
