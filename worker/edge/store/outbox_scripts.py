"""What the outbox does in one step of Redis: tell what is due, begin an attempt in its turn, and let go of it."""

from __future__ import annotations

# KEYS: the set of destinations. ARGV: now, how many at most, and the prefixes of lanes and of destinations.
READY = """
local found = {}
for _, name in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local lane = ARGV[3] .. name
  if redis.call('ZCARD', lane) == 0 then
    redis.call('SREM', KEYS[1], name)
  else
    local desk = redis.call('HMGET', ARGV[4] .. name, 'state', 'hold')
    if not desk[1] and tonumber(desk[2] or '0') <= tonumber(ARGV[1]) then
      local due = redis.call('ZRANGEBYSCORE', lane, '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
      if #due > 0 then table.insert(found, {name, due}) end
    end
  end
end
return found
"""

# KEYS: delivery, lane, lines. In the first ARGV[7] lines the alert itself stands; the others are those of stories that
# were merged into its own, whose alerts were all decided before it. Who stands behind one that is collected may begin,
# to be collected with it.
BEGIN = """
local id, now, lane = ARGV[1], tonumber(ARGV[2]), KEYS[2]
if redis.call('HGET', KEYS[1], 'state') ~= 'pending' then
  redis.call('ZREM', lane, id)
  return 0
end
local free = tonumber(redis.call('HGET', KEYS[1], 'not_before') or '0')
if free > now then
  redis.call('ZADD', lane, 'XX', free, id)
  return 0
end
local behind = false
for i = 3, #KEYS do
  local own = i - 2 <= tonumber(ARGV[7])
  if not own or redis.call('LPOS', KEYS[i], id) then
    for _, ahead in ipairs(redis.call('LRANGE', KEYS[i], 0, -1)) do
      if ahead == id then break end
      local there = redis.call('HMGET', ARGV[5] .. ahead .. ':' .. ARGV[6], 'state', 'pile')
      if there[1] ~= 'pending' then
        redis.call('LREM', KEYS[i], 1, ahead)
      elseif there[2] then
        behind = there[2]
      else
        local at = tonumber(redis.call('ZSCORE', lane, ahead) or now + tonumber(ARGV[4]))
        redis.call('ZADD', lane, 'XX', math.max(at, now + 1), id)
        return 0
      end
    end
  end
end
redis.call('HSET', KEYS[1], 'not_before', ARGV[3], 'sending', 1)
redis.call('HDEL', KEYS[1], 'behind')
if behind then redis.call('HSET', KEYS[1], 'behind', behind) end
redis.call('ZADD', lane, 'XX', ARGV[3], id)
return 1
"""

# KEYS: lane, lines. The alert leaves; those behind it are due.
LEAVE = """
redis.call('ZREM', KEYS[1], ARGV[1])
for i = 2, #KEYS do
  redis.call('LREM', KEYS[i], 0, ARGV[1])
  local head = redis.call('LINDEX', KEYS[i], 0)
  if head then redis.call('ZADD', KEYS[1], 'XX', ARGV[2], head) end
end
"""
