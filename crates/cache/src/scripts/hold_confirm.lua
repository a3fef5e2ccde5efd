-- Turns one hold of its owner into a marker for the appointment just booked. Doing it twice changes nothing.
-- ARGV: owner, id, marker ms
-- Reply: now, expired, 'ok' | 'gone' | 'foreign', expires
local owner, id, marker = ARGV[1], ARGV[2], tonumber(ARGV[3])
local expired = purge()
local hold = read(id)
if not live(hold) then
  return { now, expired, 'gone', 0 }
end
if hold.owner ~= owner then
  return { now, expired, 'foreign', 0 }
end
if hold.state == 'h' then
  unlist(owner, id)
  hold.state, hold.expires = 'c', now + marker
  write(hold)
  tally('confirmed', 1)
end
return { now, expired, 'ok', whole(hold.expires) }
