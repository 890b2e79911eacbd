"""The connection to the Redis where the servers of a cluster remember together: its operations, one for each action."""

from contextlib import suppress

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from orion_core import Connector
from orion_core.calls import (
    BreakerAsk,
    BreakerList,
    BreakerReset,
    BreakerTell,
    BreakerWord,
    CacheAdd,
    CacheGet,
    CachePut,
    CacheSwap,
    RateTake,
    Taken,
)
from orion_io.clock import Clock
from orion_io.connectors.cluster.batches import Batches
from orion_io.connectors.cluster.scripts import ASK, TAKE, TELL, digest
from orion_io.connectors.redis import SWAP, milliseconds

BREAKERS = "orion:breakers"
TRIES = 1  # more, of a batch whose connection broke: it may have been idle, or the server restarted
MISSING = 2  # tries of an add whose key runs out between its two commands

_SWAP, _TAKE, _ASK, _TELL = (digest(script) for script in (SWAP, TAKE, ASK, TELL))


class ClusterStore:
    """The connection, made when it is first used.

    Args:
        connector: How the store is reached.
        clock: Tells when to ask a store again that was away.
    """

    def __init__(self, connector: Connector, clock: Clock) -> None:
        config = connector.config
        self._prefix = config.key_prefix
        self._client = Redis.from_url(
            config.url,
            socket_timeout=config.timeout,
            socket_connect_timeout=config.timeout,
            retry=Retry(NoBackoff(), TRIES),
        )
        self._batches = Batches(self._client, clock)

    async def close(self) -> None:
        """Close the connection."""
        await self._batches.close()
        with suppress(RedisError, OSError):
            await self._client.aclose()

    # --- keys and answers ---------------------------------------------------------------------------------------------

    async def get(self, action: CacheGet) -> bytes | None:
        """Read a key."""
        found: bytes | None = await self._batches.command("GET", self._prefix + action.key)
        return found

    async def put(self, action: CachePut) -> None:
        """Write a key."""
        await self._batches.command("SET", self._prefix + action.key, action.value, "PX", milliseconds(action.ttl))

    async def add(self, action: CacheAdd) -> bytes | None:
        """Write a key that is not there, or say what is."""
        key = self._prefix + action.key
        for _ in range(MISSING):
            if await self._batches.command("SET", key, action.value, "PX", milliseconds(action.ttl), "NX"):
                return None
            present = await self.get(CacheGet(action.connector, action.deadline, action.key))
            if present is not None:
                return present
        raise RedisError("the key comes and goes")

    async def swap(self, action: CacheSwap) -> None:
        """Write or remove a key that still holds what is expected."""
        ttl = 0 if action.value is None else milliseconds(action.ttl)
        key = self._prefix + action.key
        await self._batches.script(SWAP, _SWAP, key, action.expected, action.value or b"", str(ttl))

    # --- rate limits --------------------------------------------------------------------------------------------------

    async def take(self, action: RateTake) -> Taken:
        """Take a token. One that was taken by a connection that broke is gone: too few pass then, never too many."""
        given = (repr(action.rate), action.burst)
        wait, left = await self._batches.script(TAKE, _TAKE, self._prefix + action.key, *given)
        return Taken(float(wait), float(left))

    # --- breakers -----------------------------------------------------------------------------------------------------

    async def ask(self, action: BreakerAsk) -> BreakerWord:
        """Ask a breaker for a call."""
        key = self._prefix + BREAKERS
        return word(await self._batches.script(ASK, _ASK, key, action.key, repr(action.pause)))

    async def tell(self, action: BreakerTell) -> BreakerWord:
        """Tell a breaker what became of a call."""
        key = self._prefix + BREAKERS
        given = (action.key, action.era, action.end, action.threshold, repr(action.pause))
        return word(await self._batches.script(TELL, _TELL, key, *given))

    async def breakers(self, action: BreakerList) -> dict[str, str]:
        """The states of the breakers that are not as if they had never been asked."""
        found = await self._batches.command("HGETALL", self._prefix + BREAKERS)
        return {key.decode(): text.split()[0].decode() for key, text in found.items()}

    async def reset(self, action: BreakerReset) -> bool:
        """Close a breaker."""
        return bool(await self._batches.command("HDEL", self._prefix + BREAKERS, action.key))


def word(reply: list[object]) -> BreakerWord:
    """What a script said of a breaker."""
    state, era, failures, wait, admitted, turned = reply
    return BreakerWord(
        state.decode(), era.decode(), int(failures), float(wait), bool(admitted), bool(turned)  # type: ignore[attr-defined,call-overload,arg-type]
    )  # fmt: skip
