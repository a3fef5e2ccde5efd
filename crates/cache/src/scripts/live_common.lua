-- Shared by the scripts about live calls of one company.
-- KEYS[1] seen   zset  score = last sign of life in ms, member = call id
-- KEYS[2] ended  zset  score = end in ms, member = call id; keeps late events from reviving a call
-- KEYS[3] info   hash  call id = first seen ms|branch|phase
-- ARGV[1] idle ms after which a call counts as over, ARGV[2] how long an end is remembered, ms
local SEEN, ENDED, INFO = KEYS[1], KEYS[2], KEYS[3]
local idle, remember = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)

for _, call in ipairs(redis.call('ZRANGEBYSCORE', SEEN, '-inf', now - idle)) do
  redis.call('ZREM', SEEN, call)
  redis.call('HDEL', INFO, call)
end
redis.call('ZREMRANGEBYSCORE', ENDED, '-inf', now - remember)

local function keep()
  for i = 1, 3 do
    redis.call('PEXPIRE', KEYS[i], math.max(idle, remember))
  end
end
