-- Lists the live holds that reach into a range of minutes.
-- ARGV: from, to, longest segment
-- Reply: now, expired, holds
local expired = purge()
return { now, expired, list_holds(tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])) }
