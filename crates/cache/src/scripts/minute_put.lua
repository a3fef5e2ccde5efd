-- Stores one writer's histogram of a minute; writing it again replaces it.
-- KEYS: histograms of the minute    ARGV: ttl ms, field, bytes
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return { 1 }
