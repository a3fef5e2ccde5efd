-- Changes days that are still stored as they were read. A day without new bytes is forgotten, and whoever is loading it loses
-- the claim. The time it has left stays the same: new bytes are no newer than what they were made from.
-- KEYS: value and lease of each day    ARGV: per day: the stored value that was read, the new one
-- Reply: per day 1 = done, 0 = stored otherwise meanwhile
local reply = {}
for i = 1, #KEYS, 2 do
  local former, new = ARGV[i], ARGV[i + 1]
  if (redis.call('GET', KEYS[i]) or '') ~= former then
    reply[#reply + 1] = 0
  else
    if new == '' then
      redis.call('DEL', KEYS[i], KEYS[i + 1])
    else
      redis.call('SET', KEYS[i], new, 'KEEPTTL')
    end
    reply[#reply + 1] = 1
  end
end
return reply
