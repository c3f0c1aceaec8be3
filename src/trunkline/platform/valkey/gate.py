"""The shared counts in Valkey: what is in it, and the two scripts that read and write it.

- `trunkline:cps:{edge}:{trunk}` and `trunkline:pool:{edge}:{account}`: the times of the last calls that were admitted,
  as many as the limit; the limit-th last one tells whether the window is full.
- `trunkline:calls:{account}`: for each gateway how many calls it has, and until when that is believed. A gateway says
  its whole count each time: nothing is counted up and down, and what a dead gateway said lapses.

All times are the server's own, in whole microseconds, so that no gateway's clock matters. One Valkey, no cluster: a
script touches several keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ReadOnlyError, RedisError

from trunkline.kit.ids import AccountSid
from trunkline.kit.secret import Secret
from trunkline.platform.valkey.errors import ValkeyAway

LEASE_S: Final = 6.0
"""How long a gateway's word on its calls is believed."""

_ADMIT: Final = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local me, own, lease = ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])

local function full(key, limit)
  if limit < 0 then return false end
  if limit == 0 then return true end
  local nth = tonumber(redis.call('LINDEX', key, -limit) or 0)
  if nth > now then redis.call('DEL', key)
  elseif now - nth < 1000000 then return true end
  redis.call('RPUSH', key, string.format('%.0f', now))
  redis.call('LTRIM', key, -limit, -1)
  redis.call('PEXPIRE', key, 2000)
  return false
end

if full(KEYS[1], tonumber(ARGV[1])) then return 1 end
if full(KEYS[2], tonumber(ARGV[2])) then return 2 end
local most = tonumber(ARGV[3])
if most < 0 then return 0 end
local held, sum = redis.call('HGETALL', KEYS[3]), own
for i = 1, #held, 2 do
  if held[i] ~= me then
    local count, till = string.match(held[i + 1], '^(%d+) (%d+)$')
    till = tonumber(till)
    if till > now + lease then
      redis.call('HSET', KEYS[3], held[i], string.format('%d %.0f', count, now + lease))
    end
    if till > now then sum = sum + count else redis.call('HDEL', KEYS[3], held[i]) end
  end
end
if sum >= most then return 3 end
redis.call('HSET', KEYS[3], me, string.format('%d %.0f', own + 1, now + lease))
redis.call('PEXPIRE', KEYS[3], lease / 500)
return 0
"""
"""A time that lies ahead is of before the server's clock was set back: it closes no window, holds calls for a lease."""

_PUBLISH: Final = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local me, lease = ARGV[1], tonumber(ARGV[2])
for i, key in ipairs(KEYS) do
  local count = tonumber(ARGV[i + 2])
  if count == 0 then redis.call('HDEL', key, me)
  else
    redis.call('HSET', key, me, string.format('%d %.0f', count, now + lease))
    redis.call('PEXPIRE', key, lease / 500)
  end
end
return #KEYS
"""


class Verdict(IntEnum):
    """What the script answers."""

    ADMITTED = 0
    TRUNK_CPS = 1
    POOL_CPS = 2
    CONCURRENT = 3


@dataclass(frozen=True, slots=True)
class Question:
    """One new call; a limit of None is none."""

    trunk: str
    pool: str
    account: str
    cps: int | None
    pool_cps: int | None
    concurrent: int | None
    own_calls: int
    """Of the account at the gateway that asks, without this one."""


@final
class Gate:
    """One connection, on which questions are answered in the order in which they are asked.

    That order matters: each question says how many calls its gateway has, and the last word counts.
    """

    __slots__ = ("_admit", "_client", "_edge", "_gateway", "_publish")

    def __init__(self, url: Secret[str], edge: str, gateway: str) -> None:
        """`url` as `redis://`, `rediss://` or `unix://`, or the same as `valkey://` and `valkeys://`.

        `gateway` is a name that no other gateway has. Connects with the first question.
        """
        text = url.reveal()
        for ours, theirs in (("valkey://", "redis://"), ("valkeys://", "rediss://")):
            if text.startswith(ours):
                text = theirs + text.removeprefix(ours)
        self._client: Redis = Redis.from_url(text, single_connection_client=True, retry=Retry(NoBackoff(), 0))
        self._edge = edge
        self._gateway = gateway
        self._admit = self._client.register_script(_ADMIT)
        self._publish = self._client.register_script(_PUBLISH)

    async def admit(self, question: Question) -> Verdict:
        """Count a call in every window that has room for it. Raises ValkeyAway; the caller bounds the time."""
        keys = [
            f"trunkline:cps:{self._edge}:{question.trunk}",
            f"trunkline:pool:{self._edge}:{question.pool}",
            f"trunkline:calls:{question.account}",
        ]
        limits = (question.cps, question.pool_cps, question.concurrent)
        numbers = [-1 if limit is None else limit for limit in limits]
        try:
            answer = await self._admit(keys, [*numbers, self._gateway, question.own_calls, _lease()])
            return Verdict(answer)
        except (RedisError, OSError, ValueError) as fault:
            raise await self._away(fault) from fault

    async def publish(self, counts: Mapping[AccountSid, int]) -> None:
        """Say how many calls this gateway has, by account, for the next LEASE_S. Raises ValkeyAway."""
        keys = [f"trunkline:calls:{account}" for account in counts]
        try:
            await self._publish(keys, [self._gateway, _lease(), *counts.values()])
        except (RedisError, OSError) as fault:
            raise await self._away(fault) from fault

    async def prepare(self) -> None:
        """Connect, and leave the scripts there, which a restart forgets. Raises ValkeyAway."""
        try:
            await self._client.script_load(_ADMIT)
            await self._client.script_load(_PUBLISH)
        except (RedisError, OSError) as fault:
            raise ValkeyAway(type(fault).__name__) from fault

    async def _away(self, fault: Exception) -> ValkeyAway:
        """A server that is a replica now would stay one for ever on this connection: the name may lead elsewhere."""
        if isinstance(fault, ReadOnlyError) and self._client.connection is not None:
            await self._client.connection.disconnect(nowait=True)
        return ValkeyAway(type(fault).__name__)

    async def close(self) -> None:
        await self._client.aclose()


def _lease() -> int:
    return int(LEASE_S * 1_000_000)
