-- Reads days of a branch as they are stored, claiming nothing.
-- KEYS[1] epoch of the branch, then the value of each day
-- Reply: epoch, then the stored value of each day; what is missing is empty
local reply = {}
for i, value in ipairs(redis.call('MGET', unpack(KEYS))) do
  reply[i] = value or ''
end
return reply
