"""What the due set does in one step of Redis: claim what is due, commit a poll, and follow the configuration.

A feed's due time stands in one sorted set. Where its host may not be asked yet, the feed is moved to a list of its
host, and its score tells so by lying `PARKED` seconds ahead; the host's own turn comes in another sorted set. So a host
with thousands of feeds costs those that look for what is due no more than one with two, and holds up nobody else.
"""

from __future__ import annotations

from dataclasses import dataclass

import redis
from redis.commands.core import Script

from worker.edge import keys
from worker.edge.store.hosts import TURN
from worker.edge.store.links_scripts import LINKS

PARKED = 1e11
"""Seconds; the year 5138, beyond any due time."""

# Feeds looked at in one step, so that Redis answers others meanwhile.
_MOST_LOOKS = 1_000
# Seconds after which a host whose requests are all under way is looked at again, should nobody tell of their end.
_BUSY = 1.0

_NAMES = f"""
local DUE, CLAIMS, RECORD = '{keys.FEEDS_DUE}', '{keys.FEED_CLAIMS}', '{keys.FEED_RECORD}'
local WAITING, HOSTS, PARKED = '{keys.FEEDS_WAITING}', '{keys.HOSTS_WAITING}', {PARKED:.0f}
local PAUSED = '{keys.FEEDS_PAUSED}'
local BY_HEALTH, HEALTHS = '{keys.FEEDS_BY_HEALTH}', {{[0] = 'new', 'ok', 'failing', 'gone'}}
local function length_at(record, at) return string.byte(record, at) + 256 * string.byte(record, at + 1) end
local function host_of(record)
  local own = length_at(record, 3)
  if own > 0 then return string.sub(record, 5, 4 + own) end
  return string.match(string.sub(record, 7, 6 + length_at(record, 5)), '^%a+://([^/:?#]+)') or ''
end
-- where the state begins
local function state_at(record)
  local at = 3
  for _ = 1, 3 do at = at + 2 + length_at(record, at) end
  return at
end
local function note_health(id, former, health)
  if former == health then return end
  if former and former ~= 1 then redis.call('SREM', BY_HEALTH .. HEALTHS[former], id) end
  if health ~= 1 then redis.call('SADD', BY_HEALTH .. HEALTHS[health], id) end
end
"""

# ARGV: now, lease (seconds), how many at most, token. Answers the claims, four values each, and when to look again.
CLAIM = (
    TURN
    + _NAMES
    + f"""
local now, lease, most, token = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local found, count = {{}}, 0
-- Claims the feed, or answers how many seconds it has to wait for its host. A pause is kept by all feeds of the host
-- that was asked for it, and held against none of them but the one that was told so.
local function try(id, due, waited, host, record)
  local verdict, wait = turn(host, '', token .. id, math.floor(now * 1000), true)
  if verdict == 'busy' then return {_BUSY} end
  if verdict ~= 'go' then return wait / 1000 end
  redis.call('ZADD', DUE, now + lease, id)
  redis.call('HSET', CLAIMS, id, token)
  for _, value in ipairs({{id, due, waited, record}}) do found[#found + 1] = value end
  count = count + 1
  return nil
end
local function serve(host)
  local waiting = WAITING .. host
  while count < most do
    local first = redis.call('ZRANGE', waiting, 0, 0, 'WITHSCORES')
    local id, due = first[1], first[2]
    if not id then redis.call('ZREM', HOSTS, host); return end
    local record, score = redis.call('GET', RECORD .. id), redis.call('ZSCORE', DUE, id)
    local is_waiting = record and score and score ~= 'inf' and tonumber(score) >= PARKED
    local wait = is_waiting and try(id, due, 1, host, record)
    if wait then redis.call('ZADD', HOSTS, now + wait, host); return end
    redis.call('ZREM', waiting, id)
  end
end
local function serve_hosts(room)
  for _, host in ipairs(redis.call('ZRANGEBYSCORE', HOSTS, '-inf', now, 'LIMIT', 0, room)) do serve(host) end
end
local function look(id, due)
  local record = redis.call('GET', RECORD .. id)
  if not record then redis.call('ZREM', DUE, id); return end
  if redis.call('SISMEMBER', PAUSED, id) == 1 then redis.call('ZADD', DUE, '+inf', id); return end
  local host = host_of(record)
  local known = redis.call('ZSCORE', HOSTS, host)
  local wait = known and 0 or try(id, due, 0, host, record)
  if not wait then return end
  redis.call('ZADD', WAITING .. host, due, id)
  redis.call('ZADD', DUE, string.format('%.6f', PARKED + due), id)
  if not known then redis.call('ZADD', HOSTS, now + wait, host) end
end
serve_hosts(math.ceil(most / 2))
local looks = 0
while count < most and looks < {_MOST_LOOKS} do
  local due = redis.call('ZRANGEBYSCORE', DUE, '-inf', now, 'WITHSCORES', 'LIMIT', 0, most - count)
  if #due == 0 then break end
  for i = 1, #due, 2 do look(due[i], due[i + 1]) end
  looks = looks + #due / 2
end
if count < most then serve_hosts(most - count) end
local function first(key) return tonumber(redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2] or PARKED) end
return {{found, string.format('%.6f', math.min(first(DUE), first(HOSTS)))}}
"""
)

# ARGV: now, lease, token, id. Answers the record, nil where it may not be claimed.
CLAIM_ONE = (
    _NAMES
    + """
local now, lease, id = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[4]
local due, record = tonumber(redis.call('ZSCORE', DUE, id) or '-1'), redis.call('GET', RECORD .. id)
if due < 0 or not record or redis.call('SISMEMBER', PAUSED, id) == 1 then return nil end
if redis.call('HEXISTS', CLAIMS, id) == 1 and due > now and due <= now + lease then return nil end
redis.call('ZADD', DUE, now + lease, id)
redis.call('HSET', CLAIMS, id, ARGV[3])
return record
"""
)

# ARGV: id, when it is due, the record that says so.
HASTEN = (
    _NAMES
    + """
if redis.call('HEXISTS', CLAIMS, ARGV[1]) == 1 or redis.call('GET', RECORD .. ARGV[1]) ~= ARGV[3] then return end
redis.call('ZADD', DUE, 'XX', 'LT', ARGV[2], ARGV[1])
"""
)

# ARGV: until when, then id and token of each claim.
RENEW = (
    _NAMES
    + """
for i = 2, #ARGV, 2 do
  if redis.call('HGET', CLAIMS, ARGV[i]) == ARGV[i + 1] then redis.call('ZADD', DUE, 'XX', ARGV[1], ARGV[i]) end
end
"""
)

# ARGV: id, token, when it is due, host.
RELEASE = (
    TURN
    + _NAMES
    + """
redis.call('ZREM', TURNS .. ARGV[4], ARGV[2] .. ARGV[1])
if redis.call('HGET', CLAIMS, ARGV[1]) ~= ARGV[2] then return end
redis.call('HDEL', CLAIMS, ARGV[1])
redis.call('ZADD', DUE, 'XX', ARGV[3], ARGV[1])
"""
)

# KEYS: seen keys. ARGV: id, token, due, host, health, state, seconds a removed feed is remembered, whether keys that
# are not shown may be forgotten, the period, how many keys are shown, the keys; how many links of work, how many other
# links, the links; then the commands of the queue, each after the number of its parts. Answers 1, or 0 where the claim
# has passed on; where links of work were taken meanwhile nothing is written, and the answer is a list of them.
COMMIT = (
    TURN
    + _NAMES
    + LINKS
    + """
local id, seen, record = ARGV[1], KEYS[1], redis.call('GET', RECORD .. ARGV[1])
if not record or redis.call('HGET', CLAIMS, id) ~= ARGV[2] then return 0 end
local health, keeps, period, at = tonumber(ARGV[5]), tonumber(ARGV[7]), tonumber(ARGV[9]), 11
local shown = tonumber(ARGV[10])
local links = at + shown
local of_work, others = tonumber(ARGV[links]), tonumber(ARGV[links + 1])
if of_work > 0 then
  local taken = {}
  for i = links + 2, links + 1 + of_work do
    if is_known(period, ARGV[i]) then taken[#taken + 1] = ARGV[i] end
  end
  if #taken > 0 then return taken end
end
local still_due = redis.call('ZSCORE', DUE, id)
local head = string.sub(record, 3, state_at(record) - 1)
redis.call('SET', RECORD .. id, string.char(2, health) .. head .. ARGV[6])
redis.call('HDEL', CLAIMS, id)
redis.call('ZREM', TURNS .. ARGV[4], ARGV[2] .. id)
if still_due then
  redis.call('ZADD', DUE, ARGV[3], id)
  note_health(id, string.byte(record, 2), health)
end
if shown > 0 then
  if ARGV[8] == '1' and redis.call('SCARD', seen) > 1.5 * shown + 16 then redis.call('DEL', seen) end
  for i = at, at + shown - 1, 1000 do redis.call('SADD', seen, unpack(ARGV, i, math.min(i + 999, at + shown - 1))) end
end
if not still_due then
  redis.call('EXPIRE', RECORD .. id, keeps)
  redis.call('EXPIRE', seen, keeps)
end
add_links(period, links + 2, links + 1 + of_work + others)
at = links + 2 + of_work + others
while ARGV[at] do
  local parts = tonumber(ARGV[at])
  redis.call(unpack(ARGV, at + 1, at + parts))
  at = at + parts + 1
end
return 1
"""
)

# ARGV: of every feed its id, when it is first due, and the head of its record. Answers how many are new.
FOLLOW = (
    _NAMES
    + f"""
local added = 0
for i = 1, #ARGV, 3 do
  local id, due, head = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local key, score = RECORD .. id, redis.call('ZSCORE', DUE, id)
  local record = redis.call('GET', key)
  local health = record and string.byte(record, 2) or 0
  if not record then
    local former = '{keys.FEED}' .. id
    local state = redis.call('HGET', former, 'state')
    if state then health = 1 end
    record = string.char(2, health) .. head .. (state or '')
    redis.call('SET', key, record)
    redis.call('DEL', former)
  elseif string.sub(record, 3, state_at(record) - 1) ~= head then
    redis.call('SET', key, string.sub(record, 1, 2) .. head .. string.sub(record, state_at(record)))
  end
  if not score then
    redis.call('PERSIST', key)
    redis.call('PERSIST', '{keys.SEEN}' .. id)
    redis.call('ZADD', DUE, due, id)
    added = added + 1
  elseif tonumber(score) >= PARKED and score ~= 'inf' and not redis.call('ZSCORE', WAITING .. host_of(record), id) then
    redis.call('ZADD', DUE, due, id)
  end
  note_health(id, score and health or nil, health)
end
return added
"""
)

# ARGV: seconds a removed feed is remembered, then ids.
FORGET = (
    _NAMES
    + f"""
for i = 2, #ARGV do
  local id = ARGV[i]
  redis.call('ZREM', DUE, id)
  redis.call('SREM', PAUSED, id)
  for health = 0, 3 do redis.call('SREM', BY_HEALTH .. HEALTHS[health], id) end
  redis.call('EXPIRE', RECORD .. id, ARGV[1])
  redis.call('EXPIRE', '{keys.SEEN}' .. id, ARGV[1])
end
"""
)

# KEYS: seen keys. ARGV: the period, how many entry keys, the keys, the links. Answers how many keys are kept, and one
# number for every key and link: 1 where it is known.
RECOGNISE = (
    LINKS
    + """
local period, keys, found = tonumber(ARGV[1]), tonumber(ARGV[2]), {redis.call('SCARD', KEYS[1])}
for i = 3, keys + 2 do found[#found + 1] = redis.call('SISMEMBER', KEYS[1], ARGV[i]) end
for i = keys + 3, #ARGV do found[#found + 1] = is_known(period, ARGV[i]) and 1 or 0 end
return found
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripts:
    """The scripts of one connection."""

    claim: Script
    claim_one: Script
    hasten: Script
    renew: Script
    release: Script
    commit: Script
    follow: Script
    forget: Script
    recognise: Script


def register(connection: redis.Redis) -> Scripts:
    """Make the scripts known to `connection`; nothing is sent yet."""
    script = connection.register_script
    return Scripts(
        claim=script(CLAIM),
        claim_one=script(CLAIM_ONE),
        hasten=script(HASTEN),
        renew=script(RENEW),
        release=script(RELEASE),
        commit=script(COMMIT),
        follow=script(FOLLOW),
        forget=script(FORGET),
        recognise=script(RECOGNISE),
    )
