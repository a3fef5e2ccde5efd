-- Takes booked markers off exactly these segments, after a cancellation, and forgets the days they lie on; offers are not
-- touched. One step, because a marker set after it is of a booking that the days read after it may not show yet.
-- KEYS[1..5] holds, then value and lease of each day
-- ARGV: segments
-- Reply: now, expired, how many segments lost their marker
local expired = purge()
local freed = 0

local function without(segments, gone)
  local rest = {}
  for resource, from, to in each_segment(segments) do
    local text = resource .. ':' .. from .. ':' .. to
    if text ~= gone then
      rest[#rest + 1] = text
    end
  end
  return table.concat(rest, ';')
end

for resource, from, to in each_segment(ARGV[1]) do
  local hold = marker(resource, tonumber(from), tonumber(to))
  while hold do
    erase(hold)
    -- A sequence booked together may lose one of its appointments and keep the others.
    hold.segments = without(hold.segments, resource .. ':' .. from .. ':' .. to)
    if hold.segments ~= '' and live(hold) then
      write(hold)
    end
    freed = freed + 1
    hold = marker(resource, tonumber(from), tonumber(to))
  end
end
if #KEYS > 5 then
  redis.call('DEL', unpack(KEYS, 6))
end
return { now, expired, freed }
