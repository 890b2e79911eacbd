"""What servers that share a store know of each other: how much changed, and who is there. Knows no database."""

from collections.abc import Sequence
from typing import Protocol

from orion_io.storage.records import InstanceRecord


class Generation(Protocol):
    """Counts the changes to what the engine runs."""

    async def current(self) -> int:
        """The number of changes so far."""
        ...

    async def bump(self) -> int:
        """Count one more, for a change made outside the other members. Returns the new number."""
        ...


class Instances(Protocol):
    """The servers that use this store, as each of them says of itself."""

    async def beat(self, record: InstanceRecord) -> None:
        """Keep what an instance says, in place of what it said before."""
        ...

    async def list(self) -> Sequence[InstanceRecord]:
        """Every instance, the one that started first at the beginning."""
        ...

    async def remove(self, instance_id: str, seen_at: int | None = None) -> int:
        """Remove an instance; with `seen_at` only while it has said nothing since. Returns how many there were."""
        ...
