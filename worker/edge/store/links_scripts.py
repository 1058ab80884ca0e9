"""The links seen at sites, in sets of integers small enough for Redis to keep them as arrays: about 10 bytes each.

A period of 15 days has sets of its own; the last three are asked, and older ones are deleted whole, so a link is known
for 30 days or more after it was last shown. As links come in, the sets of a period are split one after the other
(linear hashing), so that each holds 100 to 400 of them however many there are. Redis keeps up to 512 integers as an
array (set-max-intset-entries).
"""

from __future__ import annotations

from worker.edge import keys

PERIOD = 15 * 86_400
"""Seconds."""

PERIODS = 3
PER_SET = 200

# is_known(link) and add_links(first, last), those of ARGV; `period` is the first of ARGV where the script has said so.
LINKS = f"""
local LINKS, PER_SET, PERIODS = '{keys.LINKS}', {PER_SET}, {PERIODS}
local counts = {{}}
local function count_of(period)
  counts[period] = counts[period] or tonumber(redis.call('GET', LINKS .. period) or '0')
  return counts[period]
end
local function hashed(link) return math.abs(tonumber(string.sub(link, -9))) end
local function power(sets)
  local found = 1
  while found * 2 <= sets do found = found * 2 end
  return found
end
local function set_of(period, link)
  local sets = 1 + math.floor(count_of(period) / PER_SET)
  local whole = power(sets)
  local at = hashed(link) % (2 * whole)
  if at >= sets then at = at - whole end
  return LINKS .. period .. ':' .. at
end
local function is_known(period, link)
  for back = 0, PERIODS - 1 do
    local then_ = period - back
    if count_of(then_) > 0 and redis.call('SISMEMBER', set_of(then_, link), link) == 1 then return true end
  end
  return false
end
-- The new set takes its share of one that is there.
local function split(period, new)
  local whole = power(new)
  local from, moved = LINKS .. period .. ':' .. (new - whole), {{}}
  for _, link in ipairs(redis.call('SMEMBERS', from)) do
    if hashed(link) % (2 * whole) == new then moved[#moved + 1] = link end
  end
  if #moved == 0 then return end
  redis.call('SREM', from, unpack(moved))
  redis.call('SADD', LINKS .. period .. ':' .. new, unpack(moved))
end
local function add_link(period, link)
  if redis.call('SADD', set_of(period, link), link) == 0 then return end
  counts[period] = counts[period] + 1
  if counts[period] % PER_SET == 0 then split(period, counts[period] / PER_SET) end
end
local function add_links(period, first, last)
  if last < first then return end
  count_of(period)
  for i = first, last do add_link(period, ARGV[i]) end
  redis.call('SET', LINKS .. period, counts[period])
end
"""
