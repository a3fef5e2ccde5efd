-- Lists the live holds that reach into a range of minutes.
-- ARGV: from, to, longest segment
-- Reply: now, expired, how many holds, id and text of each
local reply = { now, purge() }
list_holds(reply, tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]))
return reply
