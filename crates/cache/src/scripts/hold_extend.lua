-- Renews all offers of an owner whose call is still alive, none beyond its longest life.
-- ARGV: owner, ttl ms, longest life ms
-- Reply: now, expired, live offers, earliest expiry among them (0 = none)
local owner, ttl, life = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local expired = purge()
local alive, earliest = 0, 0
for _, id in ipairs(offers(owner)) do
  local hold = read(id)
  if live(hold) then
    hold.expires = math.max(hold.expires, math.min(now + ttl, hold.created + life))
    write(hold)
    alive = alive + 1
    if earliest == 0 or hold.expires < earliest then
      earliest = hold.expires
    end
  end
end
return { now, expired, alive, whole(earliest) }
