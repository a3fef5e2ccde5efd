-- Takes one of at most `most` turns within any window of that length: a log of the turns still inside it.
-- KEYS: turns    ARGV: most, window ms, unique name of this turn
-- Reply: 1 = allowed | 0 = refused, turns left, ms until the next turn is free
local most, window, turn = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local taken = redis.call('ZCARD', KEYS[1])
-- Taken already: the answer to the first try got lost.
local allowed = redis.call('ZSCORE', KEYS[1], turn) and true or false
if not allowed and taken < most then
  redis.call('ZADD', KEYS[1], now, turn)
  redis.call('PEXPIRE', KEYS[1], window)
  taken = taken + 1
  allowed = true
end
local wait = 0
if taken >= most then
  local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
  wait = oldest and tonumber(oldest) + window - now or window
end
return { allowed and 1 or 0, math.max(most - taken, 0), wait }
