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

_SET_BACK = """
local seen = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
local now = tonumber(ARGV[2])
if seen == 0 and redis.call('HLEN', KEYS[1]) >= 1000 then redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
local back = seen - now
if back <= tonumber(ARGV[3]) then return '0' end
local function move(key)
  for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do redis.call('ZINCRBY', key, -back, member) end
end
move(KEYS[2])
move(KEYS[3])
for _, name in ipairs(redis.call('SMEMBERS', KEYS[4])) do
  local lane, piles = ARGV[4] .. name, ARGV[6] .. name
  move(lane)
  for _, alert in ipairs(redis.call('ZRANGE', lane, 0, -1)) do
    local key = ARGV[5] .. alert .. ':' .. name
    if redis.call('HEXISTS', key, 'not_before') == 1 then redis.call('HINCRBYFLOAT', key, 'not_before', -back) end
  end
  for _, pile in ipairs(redis.call('HKEYS', piles)) do redis.call('HINCRBYFLOAT', piles, pile, -back) end
end
return tostring(back)
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
                keys=[keys.CLOCKS, keys.FEEDS_DUE, keys.LATER, keys.OUTBOXES],
                args=[self._machine, now, TOLERANCE, *lanes],
            )
        )
