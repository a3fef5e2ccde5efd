-- Gives one hold of its owner back, or, with an empty id, all of the owner's offers. Booked markers stay.
-- ARGV: owner, id
-- Reply: now, expired, released, and for one id: 'ok' | 'gone' | 'foreign' | 'booked'
local owner, id = ARGV[1], ARGV[2]
local expired = purge()
local released, verdict = 0, 'ok'

if id == '' then
  for _, each in ipairs(offers(owner)) do
    local hold = read(each)
    if hold then
      erase(hold)
      released = released + 1
    end
  end
  list_offers(owner, {})
else
  local hold = read(id)
  if not live(hold) then
    verdict = 'gone'
  elseif hold.owner ~= owner then
    verdict = 'foreign'
  elseif hold.state == 'c' then
    verdict = 'booked'
  else
    erase(hold)
    unlist(owner, id)
    released = 1
  end
end

tally('released', released)
return { now, expired, released, verdict }
