-- Raises counters of one minute to at least these values, and never lowers one.
-- KEYS: bucket    ARGV: bucket ttl ms, then name and least value of each counter
-- Reply: how many were raised
local raised = 0
for i = 2, #ARGV, 2 do
  if tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '0') < tonumber(ARGV[i + 1]) then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
    raised = raised + 1
  end
end
if raised > 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
return { raised }
