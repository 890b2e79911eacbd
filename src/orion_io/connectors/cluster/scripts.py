"""What is counted in Redis, in Redis's own language and by its own clock: a script is one step that nobody divides.

The scripts are the counterparts of `orion_core.governance.rate_limit` and `.breaker`. They need Redis 5 or newer, where
what a script wrote is replicated, and not the script.
"""

from hashlib import sha1

CLOCK = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
"""

# A bucket is a hash of its tokens and of the instant at which it held them. It is forgotten when it would be full.
TAKE = (
    CLOCK
    + """
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local held = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = burst
if held[1] then tokens = math.min(burst, tonumber(held[1]) + math.max(0, now - tonumber(held[2])) * rate) end
local wait = 0
if tokens >= 1 then tokens = tokens - 1 else wait = (1 - tokens) / rate end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.17g', tokens), 'at', string.format('%.17g', now))
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.ceil((burst - tokens) / rate * 1000) + 1))
return {string.format('%.17g', wait), string.format('%.17g', tokens)}
"""
)

# All breakers that are not closed without a failure stand in one hash: state, era, failures, and the instant at which
# the pause, or the probe's time, is over. The era is the instant of the last change, which is never the same twice.
BREAKER = (
    CLOCK
    + """
local function read(name)
  local text = redis.call('HGET', KEYS[1], name)
  if not text then return 'closed', '0', 0, 0 end
  local state, era, failures, till = string.match(text, '^(%S+) (%S+) (%S+) (%S+)$')
  return state, era, tonumber(failures), tonumber(till)
end
local function write(name, state, era, failures, till)
  if state == 'closed' and failures == 0 then redis.call('HDEL', KEYS[1], name) return end
  redis.call('HSET', KEYS[1], name, string.format('%s %s %d %.17g', state, era, failures, till))
end
local function word(state, era, failures, till, admitted, turned)
  local wait = 0
  if state == 'open' then wait = math.max(0, till - now) end
  return {state, era, failures, string.format('%.17g', wait), admitted and 1 or 0, turned and 1 or 0}
end
local moment = time[1] .. '.' .. time[2]
local state, era, failures, till = read(ARGV[1])
"""
)

# Closed, a call passes. When a pause is over, one call is the probe; as it may die with its server, the next one is the
# probe when another pause is over.
ASK = (
    BREAKER
    + """
if state == 'closed' then return word(state, era, failures, till, true, false) end
if now < till then return word(state, era, failures, till, false, false) end
local turned = state == 'open'
state, era, till = 'half_open', moment, now + tonumber(ARGV[2])
write(ARGV[1], state, era, failures, till)
return word(state, era, failures, till, true, turned)
"""
)

TELL = (
    BREAKER
    + """
local heard, finish, threshold, pause = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
if heard ~= era then return word(state, era, failures, till, false, false) end
local before = state
if finish == 'succeeded' then state, failures, till = 'closed', 0, 0
elseif finish == 'abandoned' then if state == 'half_open' then state, till = 'open', now end
else
  failures = failures + 1
  if state ~= 'closed' or failures >= threshold then state, till = 'open', now + pause end
end
local turned = state ~= before
if turned then era = moment end
write(ARGV[1], state, era, failures, till)
return word(state, era, failures, till, false, turned)
"""
)


def digest(script: str) -> str:
    """The name by which Redis knows a script."""
    return sha1(script.encode(), usedforsecurity=False).hexdigest()
