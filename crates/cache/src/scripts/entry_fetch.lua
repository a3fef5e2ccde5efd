-- Reads one entry; when it is missing, claims loading it for the asker or says that somebody else has.
-- KEYS: value, lease    ARGV: token, lease ms
-- The second look finds the asker's own claim, when the answer to its first try got lost.
-- Reply: now, then 'v' value | 'm' claimed | 'b' claimed by somebody else
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local value = redis.call('GET', KEYS[1])
if value then
  return { now, 'v', value }
elseif redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) or redis.call('GET', KEYS[2]) == ARGV[1] then
  return { now, 'm' }
end
return { now, 'b' }
