-- Stores one entry, only while the claim it was loaded under still stands: deleting the entry takes the claim away.
-- KEYS: value, lease    ARGV: token, ttl ms, bytes
-- Reply: 1 = stored, 0 = refused
if redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return { 0 }
end
local clock = redis.call('TIME')
local stamp = string.format('%013.0f', tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000))
redis.call('SET', KEYS[1], stamp .. ARGV[3], 'PX', ARGV[2])
redis.call('DEL', KEYS[2])
return { 1 }
