-- Notes the end of a call. ARGV[3] call
-- Reply: 1 = was live, 0 = was not
local call = ARGV[3]
local was = redis.call('ZREM', SEEN, call)
redis.call('HDEL', INFO, call)
redis.call('ZADD', ENDED, now, call)
keep()
return { was }
