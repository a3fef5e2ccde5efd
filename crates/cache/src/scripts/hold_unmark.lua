-- Takes booked markers off exactly these segments, after a cancellation; offers are not touched.
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
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', SPANS, from, from)) do
    local whose, id, till = parts(member)
    local hold = whose == resource and till == tonumber(to) and read(id)
    if hold and hold.state == 'c' then
      erase(hold)
      -- A sequence booked together may lose one of its appointments and keep the others.
      hold.segments = without(hold.segments, resource .. ':' .. from .. ':' .. to)
      if hold.segments ~= '' and live(hold) then
        write(hold)
      end
      freed = freed + 1
    end
  end
end
return { now, expired, freed }
