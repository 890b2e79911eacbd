"""What is active in, a snapshot out, or what of it cannot run. Run once per change; knows no store and no request.

Nearly everything is as it was at the last change. What is the same object as then is not compiled again: a version, the
shares of a workflow, a channel with what guards it. A change costs what it changes, and a look at the rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from orion_core.compiler import (
    ActiveChannel,
    ActiveWorkflow,
    CompiledWorkflow,
    Compiler,
    Connectors,
    Fault,
    methods_of,
    routes_of,
    scope_of,
    stores_of,
    topic_of,
    workflow_ids_of,
)
from orion_core.definitions import WorkflowDefinition
from orion_core.problems import Problems
from orion_core.rollout import stack_shares
from orion_core.routing import Route, RouteTable, changed_table
from orion_core.snapshot import Channel, Share, Snapshot

Shares = tuple[Share, ...]


@dataclass(frozen=True)
class Compilation:
    """A snapshot, and what of it cannot run."""

    snapshot: Snapshot
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class Family:
    """The active versions of one workflow, newest first, and their shares; None where one of them cannot run."""

    versions: tuple[ActiveWorkflow, ...]
    shares: Shares | None
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class Made:
    """A channel that was compiled, and what went into it."""

    active: ActiveChannel
    families: tuple[Family | None, ...]
    stores: tuple[str | None, ...]
    channel: Channel
    routes: tuple[Route, ...]
    fault: Fault | None


class SnapshotBuilder:
    """Builds snapshots.

    Args:
        compiler: Compiles what is new.
    """

    def __init__(self, compiler: Compiler) -> None:
        self._compiler = compiler
        self._compiled: dict[tuple[str, int], tuple[WorkflowDefinition, CompiledWorkflow | Fault]] = {}
        self._families: dict[str, Family] = {}
        self._made: dict[str, Made] = {}
        self._routes = RouteTable(())

    def build(
        self,
        workflows: Sequence[ActiveWorkflow],
        channels: Sequence[ActiveChannel],
        generation: int,
        connectors: Connectors = MappingProxyType({}),
    ) -> Compilation:
        """Compile everything that is active.

        Args:
            workflows: Every active workflow version.
            channels: Every active channel.
            generation: The number of the snapshot.
            connectors: Those that may be used, by name.

        Returns:
            The snapshot and its faults. A channel with a fault is in the snapshot and answers 503.
        """
        self._families = self._together(workflows)
        self._forget()
        before, self._made = self._made, {each.channel_id: self._channel(each, connectors) for each in channels}
        self._routes = changed_table(self._routes, new_routes(self._made, before), new_routes(before, self._made))
        made = self._made.values()
        count = sum(len(family.shares) for family in self._families.values() if family.shares)
        by_name = {each.channel.name: each.channel for each in made}
        faults = [fault for family in self._families.values() for fault in family.faults]
        faults += [each.fault for each in made if each.fault is not None]
        return Compilation(Snapshot(generation, by_name, self._routes, count, dict(connectors)), tuple(faults))

    # --- workflows ----------------------------------------------------------------------------------------------------

    def _together(self, workflows: Sequence[ActiveWorkflow]) -> dict[str, Family]:
        """The workflows by id."""
        versions: dict[str, list[ActiveWorkflow]] = {}
        for workflow in workflows:
            versions.setdefault(workflow.workflow_id, []).append(workflow)
        return {each: self._family(each, versions[each]) for each in sorted(versions)}

    def _family(self, workflow_id: str, given: list[ActiveWorkflow]) -> Family:
        versions = tuple(sorted(given, key=lambda each: -each.version))
        known = self._families.get(workflow_id)
        if known is not None and is_same(known.versions, versions):
            return known
        shares: list[Share] = []
        faults: list[Fault] = []
        ranges = stack_shares([version.rollout_percentage for version in versions])
        for version, (first, end) in zip(versions, ranges, strict=True):
            compiled = self._compile(version)
            if isinstance(compiled, Fault):
                faults.append(compiled)
            else:
                shares.append(Share(compiled.workflow, first, end))
        return Family(versions, None if faults else tuple(shares), tuple(faults))

    def _compile(self, active: ActiveWorkflow) -> CompiledWorkflow | Fault:
        """A version, compiled once however its share changes; what is stored under its number may be put back."""
        key = (active.workflow_id, active.version)
        known = self._compiled.get(key)
        if known is not None and known[0] == active.definition:
            return known[1]
        problems = Problems()
        compiled = self._compiler.workflow(active.definition, active.workflow_id, active.version, problems)
        result = compiled or Fault("workflow", active.workflow_id, active.version, tuple(problems.errors))
        self._compiled[key] = (active.definition, result)
        return result

    def _forget(self) -> None:
        """Forget what is not active any more."""
        active = {(each.workflow_id, each.version) for family in self._families.values() for each in family.versions}
        if len(active) < len(self._compiled):
            self._compiled = {key: value for key, value in self._compiled.items() if key in active}

    # --- channels -----------------------------------------------------------------------------------------------------

    def _channel(self, active: ActiveChannel, connectors: Connectors) -> Made:
        families = tuple(self._families.get(name) for name in workflow_ids_of(active.definition))
        found = [connectors.get(name) for name in stores_of(active.definition)]
        stores = tuple(None if connector is None else connector.fingerprint for connector in found)
        known = self._made.get(active.channel_id)
        given = (active, *families)
        if known is not None and known.stores == stores and is_same((known.active, *known.families), given):
            return known
        return self._make(active, families, stores, connectors)

    def _make(
        self,
        active: ActiveChannel,
        families: tuple[Family | None, ...],
        stores: tuple[str | None, ...],
        connectors: Connectors,
    ) -> Made:
        definition = active.definition
        problems = Problems()
        chosen = [family for family in families if family is not None]
        ordered = sorted(
            (share for family in chosen for share in family.shares or ()), key=lambda share: share.workflow.priority
        )
        guard = self._compiler.guard(definition, active.channel_id, problems, scope_of(ordered), connectors)
        fault, reason = None, None
        if problems or any(family.shares is None for family in chosen):
            fault = Fault("channel", active.channel_id, active.version, tuple(problems.errors))
            reason = "invalid"
        elif not chosen or len(chosen) < len(families):
            reason = "inactive"
        channel = Channel(
            active.channel_id,
            active.version,
            definition.name,
            methods_of(definition),
            tuple(ordered),
            (definition.config.timeout_ms or 0) / 1000,
            guard,
            reason,
            definition.config.ordering == "fifo",
            topic_of(definition),
            definition.consumer_group,
            definition.priority,
        )
        return Made(active, families, stores, channel, routes_of(active, channel), fault)


def new_routes(made: Mapping[str, Made], others: Mapping[str, Made]) -> list[Route]:
    """The routes of channels that are not the same in `others`."""
    return [route for name, each in made.items() if others.get(name) is not each for route in each.routes]


def is_same(known: Sequence[object], given: Sequence[object]) -> bool:
    """Whether two sequences hold the same objects."""
    return len(known) == len(given) and all(one is other for one, other in zip(known, given, strict=True))
