"""A cache in this process's memory: bounded, with times to live, one for each connector. Knows no request."""

from collections import OrderedDict
from math import inf

from orion_core import Connector
from orion_core.calls import CacheAdd, CacheDelete, CacheGet, CacheIncrement, CachePut, CacheSwap, Probe
from orion_io.clock import Clock
from orion_io.connectors.carrying import CallFailed

LARGEST_COUNTER = 2**63 - 1


class Entries:
    """What one connector keeps; it outlives changes of the connector's definition.

    Args:
        clock: Tells when an entry has run out.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        self._bytes = 0

    def get(self, key: str) -> bytes | None:
        """The value of a key that has not run out."""
        found = self._kept.get(key)
        if found is None:
            return None
        if found[1] <= self._clock.monotonic():
            self.remove(key)
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: str, value: bytes, ttl: float) -> None:
        """Keep a value for `ttl` seconds, 0.0 for ever."""
        self.remove(key)
        self._kept[key] = (value, self._clock.monotonic() + ttl if ttl else inf)
        self._bytes += len(key) + len(value)

    def until(self, key: str) -> float:
        """When a key that is there runs out."""
        return self._kept[key][1]

    def replace(self, key: str, value: bytes) -> None:
        """Another value for a key that is there; its time to live stays."""
        old, until = self._kept[key]
        self._kept[key] = (value, until)
        self._bytes += len(value) - len(old)

    def remove(self, key: str) -> bool:
        """Forget a key. Returns whether it was there."""
        found = self._kept.pop(key, None)
        if found is None:
            return False
        self._bytes -= len(key) + len(found[0])
        return True

    def shrink(self, most: int, most_bytes: int) -> None:
        """Forget what was used least recently until the rest is no more than allowed."""
        while self._kept and (len(self._kept) > most or self._bytes > most_bytes):
            self.remove(next(iter(self._kept)))

    def purge(self) -> None:
        """Forget what has run out."""
        now = self._clock.monotonic()
        for key in [key for key, (_, until) in self._kept.items() if until <= now]:
            self.remove(key)

    def __len__(self) -> int:
        return len(self._kept)


class MemoryCache:
    """The memory of one connector, by the bounds of its definition."""

    def __init__(self, connector: Connector, entries: Entries) -> None:
        self._config = connector.config
        self._entries = entries

    async def close(self) -> None:
        """Nothing is open."""

    def _room_for(self, key: str, value: bytes) -> None:
        if len(key) + len(value) > self._config.max_bytes:
            text = f"keeps no more than {self._config.max_bytes} bytes (max_bytes)"
            raise CallFailed("connector_refused", text, retryable=False, happened=False)

    def _write(self, key: str, value: bytes, ttl: float) -> None:
        self._room_for(key, value)
        self._entries.put(key, value, ttl)
        self._entries.shrink(self._config.max_entries, self._config.max_bytes)

    async def get(self, action: CacheGet) -> bytes | None:
        """Read a key."""
        return self._entries.get(action.key)

    async def put(self, action: CachePut) -> None:
        """Write a key."""
        self._write(action.key, action.value, action.ttl)

    async def add(self, action: CacheAdd) -> bytes | None:
        """Write a key that is not there, or say what is."""
        present = self._entries.get(action.key)
        if present is None:
            self._write(action.key, action.value, action.ttl)
        return present

    async def swap(self, action: CacheSwap) -> None:
        """Write or remove a key that still holds what is expected."""
        if self._entries.get(action.key) != action.expected:
            return
        if action.value is None:
            self._entries.remove(action.key)
        else:
            self._write(action.key, action.value, action.ttl)

    async def delete(self, action: CacheDelete) -> int:
        """Remove keys; returns how many there were."""
        return sum(self._entries.get(key) is not None and self._entries.remove(key) for key in action.keys)

    async def increment(self, action: CacheIncrement) -> int:
        """Add to a counter of 64 bits."""
        present = self._entries.get(action.key)
        try:
            value = int(present or b"0") + action.by
        except ValueError:
            value = LARGEST_COUNTER + 1
        if not -LARGEST_COUNTER - 1 <= value <= LARGEST_COUNTER:
            text = "holds no number of 64 bits under this key, or would no longer"
            raise CallFailed("connector_refused", text, retryable=False, happened=False)
        if present is None:
            self._write(action.key, str(value).encode(), action.ttl)
        else:
            self._entries.replace(action.key, str(value).encode())
        return value

    async def probe(self, action: Probe) -> dict[str, object]:
        """Say how much is kept."""
        return {"server": "memory", "entries": len(self._entries)}
