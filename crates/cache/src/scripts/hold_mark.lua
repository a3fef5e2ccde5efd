-- Marks segments as booked although they were never held, or no longer: the database has decided, nothing is asked.
-- ARGV: owner, new id, marker ms, segments
-- Reply: now, expired, expires
local owner, id, lasting, segments = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local expired = purge()

for _, each in ipairs(offers(owner)) do
  local hold = read(each)
  if hold and hold.segments == segments then
    erase(hold)
    unlist(owner, each)
  end
end

-- A repeat finds its own marker and renews it.
local resource, from, to = each_segment(segments)()
local mine = marker(resource, tonumber(from), tonumber(to))
local fresh = not mine or mine.segments ~= segments
if not fresh then
  id = mine.id
end

write({ id = id, state = 'c', expires = now + lasting, created = now, segments = segments, owner = owner })
tally('confirmed', fresh and 1 or 0)
return { now, expired, whole(now + lasting) }
