-- Marks segments as booked although they were never held, or no longer: the database has decided, nothing is asked.
-- ARGV: owner, new id, marker ms, segments
-- Reply: now, expired, expires
local owner, id, marker, segments = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local expired = purge()

for _, each in ipairs(offers(owner)) do
  local hold = read(each)
  if hold and hold.segments == segments then
    erase(hold)
    unlist(owner, each)
  end
end

-- A repeat finds its own marker and renews it.
local fresh = true
local resource, from, to = each_segment(segments)()
for _, member in ipairs(redis.call('ZRANGEBYSCORE', SPANS, from, from)) do
  local whose, other, till = parts(member)
  local hold = whose == resource and till == tonumber(to) and read(other)
  if hold and hold.state == 'c' and hold.segments == segments then
    id, fresh = other, false
  end
end

write({ id = id, state = 'c', expires = now + marker, created = now, segments = segments, owner = owner })
tally('confirmed', fresh and 1 or 0)
return { now, expired, whole(now + marker) }
