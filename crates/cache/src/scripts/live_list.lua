-- Lists the live calls. ARGV[3] most calls to describe
-- Reply: live calls, then of the latest ones: call, last seen ms, info
local reply = { redis.call('ZCARD', SEEN) }
local most = tonumber(ARGV[3])
-- Asked for none, a range to -1 would give all.
local latest = most > 0 and redis.call('ZREVRANGE', SEEN, 0, most - 1, 'WITHSCORES') or {}
for i = 1, #latest, 2 do
  reply[#reply + 1] = latest[i]
  reply[#reply + 1] = latest[i + 1]
  reply[#reply + 1] = redis.call('HGET', INFO, latest[i]) or ''
end
return reply
