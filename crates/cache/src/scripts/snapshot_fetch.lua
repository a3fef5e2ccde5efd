-- Reads many days of a branch and its live holds at one instant, and claims the missing days for the asker.
-- KEYS[1..5] holds, KEYS[6] epoch of the branch, then value and lease of each day
-- ARGV: from, to, longest segment, token, lease ms, new epoch, epoch ms
-- Reply: now, expired, epoch, how many holds, id and text of each, one letter per day (v value, m claimed, b claimed by somebody else), the values
local expired = purge()
-- A value counts only under the epoch it was loaded in: one delete of the epoch outdates every day at once.
local epoch = redis.call('GET', KEYS[6])
if not epoch then
  epoch = ARGV[6]
  redis.call('SET', KEYS[6], epoch, 'PX', ARGV[7])
end

local names = {}
for i = 7, #KEYS, 2 do
  names[#names + 1] = KEYS[i]
end
local days, found = {}, {}
for day, value in ipairs(#names > 0 and redis.call('MGET', unpack(names)) or {}) do
  local lease = KEYS[6 + day * 2]
  if value and string.sub(value, 14, 13 + #epoch) == epoch then
    days[day] = 'v'
    found[#found + 1] = value
  -- The second look finds the asker's own claim, when the answer to its first try got lost.
  elseif redis.call('SET', lease, ARGV[4], 'NX', 'PX', ARGV[5]) or redis.call('GET', lease) == ARGV[4] then
    days[day] = 'm'
  else
    days[day] = 'b'
  end
end

local reply = { now, expired, epoch }
list_holds(reply, tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]))
reply[#reply + 1] = table.concat(days)
for _, value in ipairs(found) do
  reply[#reply + 1] = value
end
return reply
