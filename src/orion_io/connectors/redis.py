"""Caches in Redis: the store that several processes share, and what functions read and write. Knows no request."""

from contextlib import suppress
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError, ResponseError

from orion_core import Connector
from orion_core.calls import CacheAdd, CacheDelete, CacheGet, CacheIncrement, CachePut, CacheSwap, Probe
from orion_io.connectors.carrying import CallFailed

DEFAULT_CONNECTIONS = 50  # of a connector that does not say
RETRIES = 2  # of a command whose connection broke; each of them may be written twice
# Compares and writes in one step: between two commands the key could run out and be claimed by somebody else.
SWAP = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[3] == '0' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1
"""
MISSING = 2  # tries of an add whose key runs out between its two commands
# A counter that is new gets its time to live with its first value, never without.
INCREMENT = """
local value = redis.call('INCRBY', KEYS[1], ARGV[1])
if ARGV[2] ~= '0' and redis.call('PTTL', KEYS[1]) == -1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return value
"""


class RedisCache:
    """The connections to one Redis."""

    def __init__(self, connector: Connector) -> None:
        config = connector.config
        auth = config.auth or {}
        login = {name: auth[name] for name in ("username", "password") if auth.get(name)}
        try:
            self._client, self._once = (self._connect(config, retries, login) for retries in (RETRIES, 0))
        except ValueError as error:
            detail = type(error).__name__
            raise CallFailed("connector_refused", "has a URL that Redis cannot read", retryable=False, detail=detail,
                             happened=False) from None  # fmt: skip

    def _connect(self, config: Any, retries: int, login: dict[str, str]) -> Redis:
        pool = BlockingConnectionPool.from_url(
            config.url.strip(),
            max_connections=config.max_connections or DEFAULT_CONNECTIONS,
            timeout=None,  # the action's deadline
            retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), retries),
            **login,
        )
        return Redis.from_pool(pool)

    async def close(self) -> None:
        """Close every connection."""
        for client in (self._client, self._once):
            with suppress(RedisError, OSError):
                await client.aclose()

    async def get(self, action: CacheGet) -> bytes | None:
        """Read a key."""
        return await self._client.get(action.key)  # type: ignore[return-value] # texts are not decoded

    async def put(self, action: CachePut) -> None:
        """Write a key."""
        await self._client.set(action.key, action.value, px=milliseconds(action.ttl) if action.ttl else None)

    async def add(self, action: CacheAdd) -> bytes | None:
        """Write a key that is not there, or say what is."""
        for _ in range(MISSING):
            if await self._client.set(action.key, action.value, px=milliseconds(action.ttl), nx=True):
                return None
            present = await self._client.get(action.key)
            if present is not None:
                return present  # type: ignore[return-value] # as above
        raise RedisError("the key comes and goes")

    async def swap(self, action: CacheSwap) -> None:
        """Write or remove a key that still holds what is expected."""
        ttl = 0 if action.value is None else milliseconds(action.ttl)
        await self._client.eval(SWAP, 1, action.key, action.expected, action.value or b"", str(ttl))

    async def delete(self, action: CacheDelete) -> int:
        """Remove keys; returns how many there were."""
        return int(await self._client.delete(*action.keys))

    async def increment(self, action: CacheIncrement) -> int:
        """Add to a counter; a connection that breaks is not tried again, for it may have been counted."""
        ttl = milliseconds(action.ttl) if action.ttl else 0
        return int(await self._once.eval(INCREMENT, 1, action.key, str(action.by), str(ttl)))

    async def probe(self, action: Probe) -> dict[str, object]:
        """Ask who is there."""
        facts = await self._once.info("server")
        return {"server": "redis", "version": str(facts.get("redis_version", ""))}


def explain(error: Exception) -> CallFailed | None:
    """What the client's exceptions mean."""
    detail = f"{type(error).__name__}: {error}"
    if isinstance(error, AuthenticationError | NoPermissionError):
        text = "refused the connector"
        return CallFailed("connector_refused", text, retryable=False, detail=detail, happened=False)
    if isinstance(error, ResponseError):
        return CallFailed("connector_refused", "refused the command", retryable=False, detail=detail, happened=False)
    if isinstance(error, RedisError | OSError):
        return CallFailed("connector_failed", "could not be reached", retryable=True, detail=detail)
    return None


def milliseconds(seconds: float) -> int:
    """A time to live as Redis takes it: whole, and never none."""
    return max(1, round(seconds * 1000))
