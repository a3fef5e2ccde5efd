-- Shared by every script that touches holds: how a branch's holds are laid out and the steps they have in common.
-- KEYS[1] spans   zset  score = first minute, member = resource (33) .. hold id (32) .. end minute
-- KEYS[2] expiry  zset  score = expiry in ms, member = hold id
-- KEYS[3] detail  hash  h:<id> = state|expires|created|segments|owner    o:<owner> = ids of its live offers
--                       longest = minutes of the longest segment there was
-- KEYS[4] order   zset  score 0, member = resource (33) .. first minute (9) .. hold id (32) .. end minute
-- KEYS[5] count   hash  running totals
-- A segment reads resource:start:end; a resource is s or r followed by the id's 32 hex digits.
-- Spans answer what is held in a branch at some time, order what is held of one resource: the same segments twice,
-- so that a hold costs what its own resources have around that time, however many others the branch has.
local SPANS, EXPIRY, DETAIL, ORDER, COUNT = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local RESOURCE, MINUTE, ID = 33, 9, 32
-- Longer than any hold lives, so the keys of an idle branch go away by themselves and no live one goes early.
local KEEP, KEEP_COUNT = 7200000, 691200000
-- Expired entries removed per call: more than one call writes, so they never pile up, and few enough that nobody waits
-- for them. The rest counts for nothing and goes with the next calls.
local SWEEP = 64

local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)

local function whole(number)
  return string.format('%.0f', number)
end

local function tally(name, by)
  if by > 0 then
    redis.call('HINCRBY', COUNT, name, by)
    redis.call('PEXPIRE', COUNT, KEEP_COUNT)
  end
end

local function each_segment(text)
  return string.gmatch(text, '(%w+):(%d+):(%d+)')
end

local function parse(id, text)
  local state, expires, created, segments, owner = string.match(text, '^(%a)|(%d+)|(%d+)|([^|]*)|(.+)$')
  return { id = id, state = state, expires = tonumber(expires), created = tonumber(created), segments = segments, owner = owner }
end

-- Nil when there is no such hold, also when only part of the keys survived an eviction.
local function read(id)
  local text = redis.call('HGET', DETAIL, 'h:' .. id)
  return text and parse(id, text) or nil
end

local function live(hold)
  return hold and hold.expires > now
end

-- The same of a hold's text, without reading the rest of it: a busy branch lists thousands.
local function live_text(text)
  return tonumber(string.sub(text, 3, string.find(text, '|', 3, true) - 1)) > now
end

-- A minute as it sorts: its digits, all nine of them.
local function sortable(minute)
  return string.format('%09.0f', minute)
end

-- Minutes of the longest segment there was since the keys began, `most` when nobody knows.
local function longest_segment(most)
  return tonumber(redis.call('HGET', DETAIL, 'longest') or most)
end

local function write(hold)
  local longest = 0
  for resource, from, to in each_segment(hold.segments) do
    longest = math.max(longest, to - from)
    redis.call('ZADD', SPANS, from, resource .. hold.id .. to)
    redis.call('ZADD', ORDER, 0, resource .. sortable(from) .. hold.id .. to)
  end
  redis.call('ZADD', EXPIRY, whole(hold.expires), hold.id)
  local text = table.concat({ hold.state, whole(hold.expires), whole(hold.created), hold.segments, hold.owner }, '|')
  redis.call('HSET', DETAIL, 'h:' .. hold.id, text)
  if longest > longest_segment(0) then
    redis.call('HSET', DETAIL, 'longest', whole(longest))
  end
  for i = 1, 4 do
    redis.call('PEXPIRE', KEYS[i], KEEP)
  end
end

local function erase(hold)
  for resource, from, to in each_segment(hold.segments) do
    redis.call('ZREM', SPANS, resource .. hold.id .. to)
    redis.call('ZREM', ORDER, resource .. sortable(from) .. hold.id .. to)
  end
  redis.call('ZREM', EXPIRY, hold.id)
  redis.call('HDEL', DETAIL, 'h:' .. hold.id)
  -- With the last hold goes what only holds gave a meaning to.
  if redis.call('ZCARD', EXPIRY) == 0 then
    redis.call('HDEL', DETAIL, 'longest')
  end
end

-- Ids of the owner's offers, oldest first; confirmed holds are no longer among them.
local function offers(owner)
  local ids = {}
  for id in string.gmatch(redis.call('HGET', DETAIL, 'o:' .. owner) or '', '%x+') do
    ids[#ids + 1] = id
  end
  return ids
end

local function list_offers(owner, ids)
  if #ids == 0 then
    redis.call('HDEL', DETAIL, 'o:' .. owner)
  else
    redis.call('HSET', DETAIL, 'o:' .. owner, table.concat(ids, ','))
  end
end

local function unlist(owner, gone)
  local rest = {}
  for _, id in ipairs(offers(owner)) do
    if id ~= gone then
      rest[#rest + 1] = id
    end
  end
  list_offers(owner, rest)
end

-- Removes what has expired; returns how many offers that were (markers end as planned and are not counted).
local function purge()
  local expired = 0
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', EXPIRY, '-inf', now, 'LIMIT', 0, SWEEP)) do
    local hold = read(id)
    if hold then
      erase(hold)
      if hold.state == 'h' then
        unlist(hold.owner, id)
        expired = expired + 1
      end
    else
      redis.call('ZREM', EXPIRY, id)
    end
  end
  tally('expired', expired)
  return expired
end

-- Spans that may reach into from..to: none is longer than the longest, so none that does starts earlier.
local function near(from, to, most)
  return redis.call('ZRANGEBYSCORE', SPANS, '(' .. whole(from - longest_segment(most)), '(' .. whole(to))
end

local function parts(member)
  return string.sub(member, RESOURCE + 1, RESOURCE + ID), tonumber(string.sub(member, RESOURCE + ID + 1))
end

-- The segments of one resource that start from..to, as entries of the order.
local function starting(resource, from, to)
  local first = sortable(math.max(from, 0))
  return redis.call('ZRANGEBYLEX', ORDER, '[' .. resource .. first, '(' .. resource .. sortable(to))
end

-- Hold id and end minute of an entry of the order.
local function entry(member)
  local id = RESOURCE + MINUTE + 1
  return string.sub(member, id, id + ID - 1), tonumber(string.sub(member, id + ID))
end

-- The live hold that keeps this owner from having the resource from..to, if any: another owner's, or a booked one.
local function blocker(owner, resource, from, to, most)
  for _, member in ipairs(starting(resource, from - longest_segment(most) + 1, to)) do
    local id, till = entry(member)
    local hold = till > from and read(id)
    if hold == nil then
      redis.call('ZREM', ORDER, member)
    elseif hold and live(hold) and (hold.state == 'c' or hold.owner ~= owner) then
      return hold
    end
  end
end

-- The booked marker on exactly this segment, and no other, if there is one.
local function marker(resource, from, to)
  for _, member in ipairs(starting(resource, from, from + 1)) do
    local id, till = entry(member)
    local hold = till == to and read(id)
    if hold and hold.state == 'c' then
      return hold
    end
  end
end

-- Appends the live holds that reach into from..to to a reply: how many, then id and text of each. As they are: every byte of
-- a string that is put together here is hashed, and a busy branch has thousands of holds.
local function list_holds(reply, from, to, most)
  local ids, fields, seen = {}, {}, {}
  for _, member in ipairs(near(from, to, most)) do
    local id, till = parts(member)
    if till > from and not seen[id] then
      seen[id] = true
      ids[#ids + 1] = id
      fields[#fields + 1] = 'h:' .. id
    end
  end
  local count = #reply + 1
  reply[count] = 0
  -- In portions: a call takes only so many arguments.
  for first = 1, #ids, 1000 do
    local last = math.min(first + 999, #ids)
    for index, text in ipairs(redis.call('HMGET', DETAIL, unpack(fields, first, last))) do
      if text and live_text(text) then
        reply[count] = reply[count] + 1
        reply[#reply + 1] = ids[first + index - 1]
        reply[#reply + 1] = text
      end
    end
  end
end
