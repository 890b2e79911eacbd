"""Redis as the store that several processes share: from an action on it to commands. Knows no request.

A connection is made when it is first needed and kept; a connector that changed is another store, and the old one's
connections are closed when it is the one used least recently.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import anyio
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import AuthenticationError, RedisError

from orion_core.protocol import CacheAdd, CacheGet, CachePut, CacheStore, CacheSwap, Done, Failed
from orion_io.carrier import Carrier, Outcome
from orion_io.clock import Clock

RETRIES = 2  # of a command whose connection broke; what it writes may be written twice
# Compares and writes in one step: between two commands the key could run out and be claimed by somebody else.
SWAP = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[3] == '0' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1
"""
MISSING = 2  # tries of an add whose key runs out between its two commands

Identity = tuple[str, str, str, str, int]


class RedisCaches:
    """The connections to every Redis there is a connector for.

    Args:
        most: Stores that connections are kept to.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._clients: OrderedDict[Identity, Redis] = OrderedDict()

    @property
    def carriers(self) -> dict[type, Carrier]:
        """Who carries out which action."""
        return {
            CacheGet: self._carrier(self._get),
            CachePut: self._carrier(self._put),
            CacheAdd: self._carrier(self._add),
            CacheSwap: self._carrier(self._swap),
        }

    async def close(self) -> None:
        """Close every connection."""
        while self._clients:
            await _close(self._clients.popitem()[1])

    def _carrier(self, command: Callable[[Redis, Any], Awaitable[object]]) -> Carrier:
        async def carry(action: Any, clock: Clock) -> Outcome:
            outcome: Outcome = Failed("timeout", "The cache did not answer in time", True, "")
            with anyio.move_on_after(action.deadline - clock.monotonic()):
                try:
                    outcome = Done(await command(await self._client(action.store), action))
                except AuthenticationError as error:
                    outcome = Failed("unavailable", "The cache refused the connector", False, type(error).__name__)
                except (RedisError, OSError, ValueError) as error:  # ValueError: a URL that Redis cannot read
                    outcome = Failed("unavailable", "The cache could not be reached", True, type(error).__name__)
            return outcome

        return carry

    async def _client(self, store: CacheStore) -> Redis:
        identity = (store.name, store.url, store.username, store.password, store.connections)
        client = self._clients.get(identity)
        if client is not None:
            self._clients.move_to_end(identity)
            return client
        login = {name: value for name, value in (("username", store.username), ("password", store.password)) if value}
        pool = BlockingConnectionPool.from_url(
            store.url,
            max_connections=store.connections,
            timeout=None,  # the action's deadline
            retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), RETRIES),
            **login,
        )
        client = self._clients[identity] = Redis.from_pool(pool)
        if len(self._clients) > self._most:
            await _close(self._clients.popitem(last=False)[1])
        return client

    @staticmethod
    async def _get(client: Redis, action: CacheGet) -> object:
        return await client.get(action.key)

    @staticmethod
    async def _put(client: Redis, action: CachePut) -> None:
        await client.set(action.key, action.value, px=milliseconds(action.ttl))

    @staticmethod
    async def _add(client: Redis, action: CacheAdd) -> object:
        for _ in range(MISSING):
            if await client.set(action.key, action.value, px=milliseconds(action.ttl), nx=True):
                return None
            present = await client.get(action.key)
            if present is not None:
                return present
        raise RedisError("the key comes and goes")

    @staticmethod
    async def _swap(client: Redis, action: CacheSwap) -> None:
        ttl = 0 if action.value is None else milliseconds(action.ttl)
        await client.eval(SWAP, 1, action.key, action.expected, action.value or b"", str(ttl))


async def _close(client: Redis) -> None:
    with suppress(RedisError, OSError):
        await client.aclose()


def milliseconds(seconds: float) -> int:
    """A time to live as Redis takes it: whole, and never none."""
    return max(1, round(seconds * 1000))
