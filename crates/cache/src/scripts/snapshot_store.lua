-- Stores days, each only while the claim it was loaded under still stands: a day invalidated meanwhile has lost it.
-- KEYS[1] epoch of the branch, then value and lease of each day
-- ARGV: per day: token, epoch, ttl ms, bytes
-- Reply: per day 1 = stored, 0 = refused
local clock = redis.call('TIME')
local stamp = string.format('%013.0f', tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000))
local current = redis.call('GET', KEYS[1])
local reply = {}
for i = 2, #KEYS, 2 do
  local at = (i - 2) * 2
  local token, epoch, ttl, bytes = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
  local ours = redis.call('GET', KEYS[i + 1]) == token
  local claimed = ours and current == epoch
  if claimed then
    redis.call('SET', KEYS[i], stamp .. epoch .. bytes, 'PX', ttl)
  end
  -- A claim of a former epoch is of no use to anybody; left standing, everybody would wait for it to end.
  if ours then
    redis.call('DEL', KEYS[i + 1])
  end
  reply[#reply + 1] = claimed and 1 or 0
end
return reply
