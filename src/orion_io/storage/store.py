"""What every store promises: one transaction over all it keeps. Knows no database.

Inside `write()` everything happens or nothing does; two of them never overlap. Inside `read()` all answers
belong to one instant. Every change takes `now` (microseconds since the epoch, UTC) and ids from the caller: a
store reads no clock and draws no chance. A change to what the engine runs raises the generation in the same
transaction.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from orion_io.storage.agreement import Generation, Instances
from orion_io.storage.parts import Audit, Channels, Connectors, DeadLetters, Traces, Workflows
from orion_io.storage.raw import RawConnect
from orion_io.storage.trace_writer import TraceWriter


@dataclass(frozen=True)
class Connections:
    """Connections of a store's pools.

    Args:
        size: How many are open.
        idle: How many of them nobody uses.
    """

    size: int
    idle: int


class Transaction(Protocol):
    """Everything the store keeps, in one transaction. Not for use after its end, nor by two tasks at once."""

    @property
    def workflows(self) -> Workflows:
        """Versioned workflows."""
        ...

    @property
    def channels(self) -> Channels:
        """Versioned channels."""
        ...

    @property
    def connectors(self) -> Connectors:
        """Connectors."""
        ...

    @property
    def traces(self) -> Traces:
        """Records of executions."""
        ...

    @property
    def dead_letters(self) -> DeadLetters:
        """Asynchronous requests given up."""
        ...

    @property
    def audit(self) -> Audit:
        """The audit log."""
        ...

    @property
    def generation(self) -> Generation:
        """The count of changes to what the engine runs."""
        ...

    @property
    def instances(self) -> Instances:
        """The servers that use this store."""
        ...


class Store(Protocol):
    """A place where definitions, traces and audit entries are kept.

    Any of these may raise StorageUnavailable; whatever a transaction did is then undone.
    """

    async def open(self) -> None:
        """Connect. Applies no migration.

        Raises:
            StorageUnavailable: The database cannot be reached or read.
            StorageError: It was migrated by a newer version of this software.
        """
        ...

    async def close(self) -> None:
        """Let every connection go. Doing it twice is fine."""
        ...

    async def ping(self) -> None:
        """Ask the database for a sign of life.

        Raises:
            StorageUnavailable: There is none.
        """
        ...

    async def pending_migrations(self) -> list[tuple[str, str]]:
        """The migrations not applied yet, oldest first, as (revision, description). Applies nothing."""
        ...

    async def migrate(self) -> list[tuple[str, str]]:
        """Apply what is pending, all or nothing, and return it. Any number of processes may do it at once."""
        ...

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        """A consistent view; changes fail in it."""
        ...

    def write(self) -> AbstractAsyncContextManager[Transaction]:
        """The right to change; commits at the end, rolls back on any exception, cancellation included."""
        ...

    def connections(self) -> Connections:
        """How many connections there are now."""
        ...

    async def listen(self, heard: Callable[[], None]) -> None:
        """Tell `heard` at once, and whenever somebody raised the generation, until cancelled.

        Returns without a word where the database tells nobody: there one has to ask.

        Raises:
            StorageUnavailable: Nothing will be told any more.
        """
        ...

    def raw(self, *, durable: bool) -> RawConnect:
        """What opens connections for a thread that writes by itself; close them before the store.

        Args:
            durable: What is committed survives the loss of power, and not of the process alone.
        """
        ...

    def trace_writer(
        self,
        *,
        monotonic: Callable[[], float],
        capacity_rows: int,
        capacity_bytes: int,
        report: Callable[[int], None],
    ) -> TraceWriter:
        """Start a writer of traces in a thread of its own; close it before the store. See `TraceWriter`."""
        ...
