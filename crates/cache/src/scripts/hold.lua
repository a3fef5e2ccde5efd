-- Grants each option, all of its segments or none, or says what blocks it.
-- ARGV: owner, ttl ms, longest life ms, most offers, 1 = the owner's other offers go, longest segment,
--       then per option: new id, segments
-- Reply: now, expired, then per option: 'g' id expires created | 'r' blocked segment (from 0), until, state | 'l' 0 0 0
local owner, ttl, life, most = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local renewing, longest = ARGV[5] == '1', tonumber(ARGV[6])

local expired = purge()
local mine, kept = {}, {}
for _, id in ipairs(offers(owner)) do
  local hold = read(id)
  if live(hold) then
    mine[#mine + 1] = hold
    if not renewing then
      kept[#kept + 1] = hold
    end
  end
end

local function same_as(list, segments)
  for _, hold in ipairs(list) do
    if hold.segments == segments then
      return hold
    end
  end
end

local function blocked(segments)
  local index = 0
  for resource, from, to in each_segment(segments) do
    local hold = blocker(owner, resource, tonumber(from), tonumber(to), longest)
    if hold then
      return { 'r', index, whole(hold.expires), hold.state }
    end
    index = index + 1
  end
end

local granted, released, refused = 0, 0, 0
local function grant(id, segments)
  local block = blocked(segments)
  if block then
    refused = refused + 1
    return block
  end
  -- Asked for again, by a repeated request or the next search: the same hold lives on.
  local hold = same_as(mine, segments)
  local counted = hold and same_as(kept, segments)
  if not counted and #kept >= most then
    if renewing then
      refused = refused + 1
      return { 'l', 0, 0, 0 }
    end
    -- One explicit wish more than allowed: the oldest offer makes room.
    erase(table.remove(kept, 1))
    released = released + 1
  end
  if hold then
    hold.expires = math.max(hold.expires, math.min(now + ttl, hold.created + life))
  else
    hold = { id = id, state = 'h', expires = now + ttl, created = now, segments = segments, owner = owner }
    mine[#mine + 1] = hold
    granted = granted + 1
  end
  if not counted then
    kept[#kept + 1] = hold
  end
  write(hold)
  return { 'g', hold.id, whole(hold.expires), whole(hold.created) }
end

local reply = { now, expired }
for i = 7, #ARGV, 2 do
  for _, field in ipairs(grant(ARGV[i], ARGV[i + 1])) do
    reply[#reply + 1] = field
  end
end

local ids, keep = {}, {}
for _, hold in ipairs(kept) do
  keep[hold.id] = true
end
-- By age, so that the first of an owner's list is always its oldest.
for _, hold in ipairs(mine) do
  if keep[hold.id] then
    ids[#ids + 1] = hold.id
  elseif renewing then
    erase(hold)
    released = released + 1
  end
end
list_offers(owner, ids)
tally('granted', granted)
tally('refused', refused)
tally('released', released)
reply[#reply + 1] = released
return reply
