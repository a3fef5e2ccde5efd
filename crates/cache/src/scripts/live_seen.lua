-- Notes a sign of life. ARGV[3] call, ARGV[4] branch or '', ARGV[5] phase or ''
-- Reply: 1 = live, 0 = has already ended
local call, branch, phase = ARGV[3], ARGV[4], ARGV[5]
if redis.call('ZSCORE', ENDED, call) then
  return { 0 }
end
local first, known_branch, known_phase = string.match(redis.call('HGET', INFO, call) or '', '^(%d+)|([^|]*)|(.*)$')
if branch == '' then
  branch = known_branch or ''
end
if phase == '' then
  phase = known_phase or ''
end
redis.call('ZADD', SEEN, now, call)
redis.call('HSET', INFO, call, (first or string.format('%.0f', now)) .. '|' .. branch .. '|' .. phase)
keep()
return { 1 }
