-- Gives claims back whose load failed, so that the next asker need not wait for them to end.
-- KEYS: leases    ARGV: token of each
-- Reply: how many were still held
local given = 0
for i, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[i] then
    given = given + redis.call('DEL', key)
  end
end
return { given }
