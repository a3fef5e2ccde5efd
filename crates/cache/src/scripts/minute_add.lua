-- Adds to the counters of one minute, once per message.
-- KEYS[1] bucket, KEYS[2] (optional) mark that the message was counted
-- ARGV: bucket ttl ms, mark ttl ms, then name and amount of each counter
-- Reply: 1 = counted, 0 = was counted before
if KEYS[2] and not redis.call('SET', KEYS[2], '1', 'NX', 'PX', ARGV[2]) then
  return { 0 }
end
for i = 3, #ARGV, 2 do
  redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1])
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return { 1 }
