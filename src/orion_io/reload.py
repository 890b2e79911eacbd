"""From the store to the engine: what is active is read, compiled and installed whole, or the old stays in force.

Changes are made one after the other. Each is compiled from inside its own transaction, so that what is committed is
what will run: a change that brings a new fault is rolled back, and nobody ever saw it. What another instance committed
is in force, and comes first: what of it cannot run here is a fault, and no reason to refuse what is changed here.
"""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

import anyio

from orion_core import (
    ActiveChannel,
    CompiledWorkflow,
    Compiler,
    Connector,
    DefinitionProblems,
    Engine,
    Fault,
    Problem,
    Problems,
    Snapshot,
    SnapshotBuilder,
    at,
    check_references,
    check_routes,
    compile_connector,
    did_you_mean,
    workflow_ids_of,
)
from orion_core.definitions import ChannelDefinition
from orion_io.active import Reading, channel_of, read_active_channel, read_active_workflow, workflow_of
from orion_io.clock import Clock
from orion_io.secrets import Secrets
from orion_io.selection import EVERYTHING, Selection
from orion_io.storage import (
    ChannelRecord,
    ConnectorRecord,
    StorageUnavailable,
    Store,
    Transaction,
    WorkflowRecord,
)
from orion_io.tallies import Histogram

T = TypeVar("T")

logger = logging.getLogger(__name__)


class _NotKept(Exception):
    """Rolls a previewed change back."""


@dataclass(frozen=True)
class Installed:
    """What a reload put in force."""

    generation: int
    workflows: int
    channels: int
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class Compiled:
    """What may be installed: a snapshot, what of it cannot run, and the names of channels that are not run here."""

    snapshot: Snapshot
    faults: tuple[Fault, ...]
    left_out: tuple[str, ...]


@dataclass
class ReloadTally:
    """How reloads went, those by a change of what is active included.

    Attributes:
        done: How many put something in force.
        failed: How many did not, because something could not run or the store did not answer.
        seconds: How long they took.
        waited: How long they waited for the one before.
    """

    done: int = 0
    failed: int = 0
    seconds: Histogram = field(default_factory=Histogram)
    waited: Histogram = field(default_factory=Histogram)


class Reloader:
    """Keeps the engine in step with the store.

    Args:
        store: Holds the definitions.
        engine: Runs them.
        compiler: Compiles them.
        clock: Tells the time of changes.
        secrets: Resolves what connectors refer to.
        installed: Told of each snapshot that came into force.
        selection: Which channels are run here, by their names.
        patience: Seconds a change waits for the one before it to be in force.

    Attributes:
        faults: What is active and cannot run.
        left_out: Names of active channels that are not run here.
        tally: How reloads went.
    """

    def __init__(
        self,
        store: Store,
        engine: Engine,
        compiler: Compiler,
        clock: Clock,
        secrets: Secrets,
        installed: Callable[[Snapshot], None],
        selection: Selection = EVERYTHING,
        patience: float = 10.0,
    ) -> None:
        self.engine = engine
        self.compiler = compiler
        self.faults: tuple[Fault, ...] = ()
        self.left_out: tuple[str, ...] = ()
        self.tally = ReloadTally()
        self._store = store
        self._clock = clock
        self._secrets = secrets
        self._followers = [installed]
        self._selection = selection
        self._patience = patience
        self._workflows = Reading(read_active_workflow)
        self._channels = Reading(read_active_channel)
        self._builder = SnapshotBuilder(compiler)
        self._lock = anyio.Lock()

    def follow(self, installed: Callable[[Snapshot], None]) -> None:
        """Tell this, too, of each snapshot that comes into force from here on."""
        self._followers.append(installed)

    async def start(self) -> Installed:
        """Install what is active. What cannot run is kept out and named in `faults`; the rest serves."""
        async with self._turn(), self._store.read() as tx:
            return self._install(await self._compile(tx))

    async def catch_up(self) -> Installed | None:
        """Install what is active if somebody else has changed it; None when nobody has.

        As with `start`, what cannot run is kept out, and the rest serves.
        """
        async with self._store.read() as tx:
            if await self._is_installed(tx):
                return None
        async with self._lock, self._store.read() as tx:  # where it may have been us, who had not installed it yet
            return await self._catch_up(tx)

    async def reload(self) -> Installed:
        """Read and install everything again.

        Raises:
            DefinitionProblems: Something that ran before cannot run any more; the old snapshot stays.
        """
        async with self._turn(), self._store.read() as tx:
            await self._catch_up(tx)
            compilation = await self._compile(tx)
            self._refuse_new_faults(compilation)
            return self._install(compilation)

    async def change(self, mutate: Callable[[Transaction], Awaitable[T]]) -> T:
        """Change what is active, and install the result.

        Args:
            mutate: Makes the change in the transaction it is given.

        Returns:
            What `mutate` returned, once the change is committed and in force.

        Raises:
            DefinitionProblems: Something could not run after the change; it was rolled back.
        """
        async with self._turn():
            async with self._store.write() as tx:
                await self._catch_up(tx)
                result = await mutate(tx)
                compilation = await self._compile(tx)
                self._refuse_new_faults(compilation)
            self._install(compilation)
            return result

    @asynccontextmanager
    async def _turn(self) -> AsyncGenerator[None]:
        """The right to put something in force; how that went is counted."""
        asked = self._clock.monotonic()
        try:
            async with self._alone():
                began = self._clock.monotonic()
                self.tally.waited.observe(began - asked)
                yield
                self.tally.done += 1
                self.tally.seconds.observe(self._clock.monotonic() - began)
        except (DefinitionProblems, StorageUnavailable):
            self.tally.failed += 1
            raise

    @asynccontextmanager
    async def _alone(self) -> AsyncGenerator[None]:
        """One change at a time. One that waits too long is refused, so that none pile up behind a slow one."""
        try:
            with anyio.fail_after(self._patience):
                await self._lock.acquire()
        except TimeoutError:
            raise StorageUnavailable(f"The change before this one has not ended in {self._patience:g} s") from None
        try:
            yield
        finally:
            self._lock.release()

    async def preview(self, mutate: Callable[[Transaction], Awaitable[T]]) -> T:
        """What `change` would return or raise; nothing is kept and nothing installed."""
        async with self._alone():
            with suppress(_NotKept):
                async with self._store.write() as tx:
                    await self._catch_up(tx)
                    result = await mutate(tx)
                    self._refuse_new_faults(await self._compile(tx))
                    raise _NotKept
            return result

    async def check_workflow(self, tx: Transaction, record: WorkflowRecord) -> Problems:
        """Everything that must hold before a workflow version may become active, and what is doubtful about it."""
        problems = Problems()
        compiled = self.compile_record(record, problems)
        if compiled is not None:
            connectors = await self.connectors(tx)
            channels = [channel.name for channel in await tx.channels.active()]
            check_references(compiled.references, connectors, channels, problems)
        return problems

    def compile_record(self, record: WorkflowRecord, problems: Problems) -> CompiledWorkflow | None:
        """Read and compile a stored workflow."""
        definition = workflow_of(record, problems)
        if definition is None:
            return None
        return self.compiler.workflow(definition, record.workflow_id, record.version, problems)

    async def check_channel(self, tx: Transaction, record: ChannelRecord) -> Problems:
        """Everything that must hold before a channel version may become active."""
        problems = Problems()
        definition = channel_of(record, problems)
        if definition is None:
            return problems
        self.compiler.guard(definition, record.channel_id, problems, connectors=await self.connectors(tx))
        await self._check_workflows(tx, definition, problems)
        others = self._channels.all(await tx.channels.active())
        check_routes(ActiveChannel(record.channel_id, record.version, definition), others, problems)
        return problems

    async def _check_workflows(self, tx: Transaction, definition: ChannelDefinition, problems: Problems) -> None:
        names = workflow_ids_of(definition)
        active = {workflow.workflow_id for workflow in await tx.workflows.active()}
        if not names:
            problems.error("/workflow_id", "the channel names no workflow")
        for index, name in enumerate(names):
            if name not in active:
                pointer = "/workflow_id" if definition.workflow_ids is None else at("", "workflow_ids", index)
                hint = did_you_mean(name, active) or "activate the workflow first"
                problems.error(pointer, f"workflow '{name}' has no active version", hint=hint)

    async def _is_installed(self, tx: Transaction) -> bool:
        """Whether what runs is what is stored; a database put back to an earlier state counts backwards."""
        return await tx.generation.current() == self.engine.snapshot.generation

    async def _catch_up(self, tx: Transaction) -> Installed | None:
        """Install what others committed; `tx` has changed nothing yet."""
        if await self._is_installed(tx):
            return None
        known = self.faults
        installed = self._install(await self._compile(tx))
        facts = {
            "generation": installed.generation, "workflows": installed.workflows, "channels": installed.channels,
        }  # fmt: skip
        logger.info("installed what another instance changed", extra={"fields": facts})
        report(fault for fault in installed.faults if fault not in known)
        return installed

    async def _compile(self, tx: Transaction) -> Compiled:
        faults: list[Fault] = []
        workflows = self._workflows.all(await tx.workflows.active(), faults)
        chosen, left_out = self._chosen(await tx.channels.active())
        channels = self._channels.all(chosen, faults)
        generation = await tx.generation.current()
        connectors = await self.connectors(tx, faults)
        compilation = self._builder.build(workflows, channels, generation, connectors)
        return Compiled(compilation.snapshot, (*faults, *compilation.faults), left_out)

    def _chosen(self, channels: Sequence[ChannelRecord]) -> tuple[list[ChannelRecord], tuple[str, ...]]:
        """The channels that are run here, and the names of the others."""
        chosen = [channel for channel in channels if self._selection.takes(channel.name)]
        return chosen, tuple(sorted({channel.name for channel in channels} - {channel.name for channel in chosen}))

    async def connectors(self, tx: Transaction, faults: list[Fault] | None = None) -> dict[str, Connector]:
        """The connectors that may be used, by name, with what they refer to; `faults` receives those that cannot be."""
        found = {}
        for record in await tx.connectors.enabled():
            problems = Problems()
            connector = self.compile_connector(record, problems)
            if connector is not None:
                found[record.name] = connector
            elif faults is not None:
                faults.append(Fault("connector", record.id, 0, tuple(problems.errors)))
        return found

    def compile_connector(self, record: ConnectorRecord, problems: Problems) -> Connector | None:
        """Resolve and compile a stored connector."""
        referred: set[str] = set()
        config = self._secrets.resolve(record.config, problems, "/config", referred)
        if problems:
            return None
        return compile_connector(record.name, record.connector_type, config, problems, referred=referred)  # type: ignore[arg-type] # an object stays one

    def _refuse_new_faults(self, compilation: Compiled) -> None:
        known = {(fault.kind, fault.id, fault.version) for fault in self.faults}
        new = [fault for fault in compilation.faults if (fault.kind, fault.id, fault.version) not in known]
        if new:
            raise DefinitionProblems(
                Problem(problem.pointer, f"{fault.kind} '{fault.id}' version {fault.version}: {problem.message}")
                for fault in new
                for problem in fault.problems
            )

    def _install(self, compilation: Compiled) -> Installed:
        self.faults = compilation.faults
        self.left_out = compilation.left_out
        snapshot = compilation.snapshot
        self.engine.install(snapshot, self._clock.monotonic())
        for follow in self._followers:
            follow(snapshot)
        return Installed(snapshot.generation, snapshot.workflows, len(snapshot.channels), compilation.faults)


def report(faults: Iterable[Fault]) -> None:
    """Tell the log what cannot run, and why."""
    for fault in faults:
        problems = "; ".join(f"{problem.pointer}: {problem.message}" for problem in fault.problems)
        logger.error("cannot run: %s '%s' version %s: %s", fault.kind, fault.id, fault.version, problems)
