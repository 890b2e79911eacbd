"""Definitions in, what can run out, or every problem. Run once per change; knows no store and no request."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from orion_core.connector import WORDS, Connector
from orion_core.definitions import ChannelDefinition, WorkflowDefinition
from orion_core.functions.building import Building, Reference, compile_template
from orion_core.functions.catalogue import CATALOGUE, Catalogue
from orion_core.guard import Guard
from orion_core.guarding import compile_guard
from orion_core.logic import Operator, Rule
from orion_core.problems import Problem, Problems, at, did_you_mean
from orion_core.reading import read
from orion_core.routing import Route
from orion_core.snapshot import Channel, Share, Task, Workflow

Connectors = Mapping[str, Connector]  # those that may be used, by name


@dataclass(frozen=True)
class ActiveWorkflow:
    """A version that is in force, and its share of a hundred requests."""

    workflow_id: str
    version: int
    rollout_percentage: int
    definition: WorkflowDefinition


@dataclass(frozen=True)
class ActiveChannel:
    """A channel version that is in force."""

    channel_id: str
    version: int
    definition: ChannelDefinition


@dataclass(frozen=True)
class CompiledWorkflow:
    """A workflow that compiled, with what its tasks name."""

    workflow: Workflow
    references: tuple[Reference, ...]
    warnings: tuple[Problem, ...]


@dataclass(frozen=True)
class Fault:
    """Something active that cannot run, and why."""

    kind: str
    id: str
    version: int
    problems: tuple[Problem, ...]


@dataclass
class Compiler:
    """Compiles workflows and snapshots.

    Args:
        catalogue: The functions tasks may use.
        operators: JSONLogic operators beyond the built-in ones.
        http_timeout: Seconds an `http_call` may take that says nothing.
    """

    catalogue: Catalogue = field(default_factory=lambda: CATALOGUE)
    operators: Mapping[str, Operator] = field(default_factory=dict)
    http_timeout: float = 30.0

    def workflow(
        self,
        definition: WorkflowDefinition,
        workflow_id: str,
        version: int,
        problems: Problems,
    ) -> CompiledWorkflow | None:
        """Compile one workflow.

        Args:
            definition: What was read.
            workflow_id: Its id.
            version: Its version.
            problems: Receives everything wrong; warnings too.

        Returns:
            The compiled workflow, or None when there were errors.
        """
        errors, warnings = len(problems.errors), len(problems.warnings)
        references: list[Reference] = []
        condition = self._condition(definition.condition, problems, "/condition")
        key = None if definition.rollout_key is None else self._rule(definition.rollout_key, problems, "/rollout_key")
        tasks = [
            self._task(definition, index, workflow_id, problems, references) for index in range(len(definition.tasks))
        ]
        if len(problems.errors) > errors:
            return None
        compiled = Workflow(
            workflow_id, version, definition.priority, condition, key, tuple(task for task in tasks if task is not None)
        )
        return CompiledWorkflow(compiled, tuple(references), tuple(problems.warnings[warnings:]))

    def guard(
        self,
        definition: ChannelDefinition,
        channel_id: str,
        problems: Problems,
        scope: str = "",
        connectors: Connectors | None = None,
    ) -> Guard | None:
        """Compile what guards a channel; see `compile_guard`."""
        return compile_guard(definition.config, channel_id, self.operators, problems, scope, connectors)

    def _rule(self, logic: object, problems: Problems, pointer: str) -> Rule:
        return compile_template(logic, problems, pointer, self.operators)

    def _condition(self, logic: object, problems: Problems, pointer: str) -> Rule | None:
        """A condition; None when it always holds, so that the interpreter asks nothing."""
        rule = self._rule(True if logic is None else logic, problems, pointer)
        return None if rule.is_constant and rule.constant is True else rule

    def _task(
        self,
        workflow: WorkflowDefinition,
        index: int,
        workflow_id: str,
        problems: Problems,
        references: list[Reference],
    ) -> Task | None:
        definition = workflow.tasks[index]
        pointer = at("", "tasks", index)
        condition = self._condition(definition.condition, problems, at(pointer, "condition"))
        name = definition.function.name
        function = self.catalogue.get(name)
        if function is None:
            where = at(pointer, "function", "name")
            problems.error(where, f"Unknown function '{name}'", hint=did_you_mean(name, self.catalogue))
            return None
        given = read(definition.function.input, function.input, problems, at(pointer, "function", "input"))
        if given is None:
            return None
        named = len(references)
        building = Building(at(pointer, "function", "input"), problems, self.operators, references, self.http_timeout)
        go_on = definition.continue_on_error or workflow.continue_on_error
        made = function.build(given, building)
        connector = next((each.name for each in references[named:] if each.kind == "connector"), None)
        return Task(definition.id, workflow_id, condition, made, go_on, connector)


def scope_of(shares: Iterable[Share]) -> str:
    """Names the workflow versions a channel's answers come from: when they change, kept answers are none of theirs."""
    return " ".join(f"{share.workflow.id}/{share.workflow.version}" for share in shares)


def workflow_ids_of(definition: ChannelDefinition) -> tuple[str, ...]:
    """The workflows a channel names."""
    if definition.workflow_ids is not None:
        return tuple(definition.workflow_ids)
    return () if definition.workflow_id is None else (definition.workflow_id,)


def stores_of(definition: ChannelDefinition) -> tuple[str, ...]:
    """The connectors a channel keeps its answers and keys in."""
    sections = (definition.config.cache, definition.config.deduplication)
    return tuple(section.connector for section in sections if section is not None and section.connector is not None)


def methods_of(definition: ChannelDefinition) -> frozenset[str]:
    """The methods a channel answers, empty for any; GET brings HEAD with it (RFC 9110 section 9.3.2)."""
    methods = {method.upper() for method in definition.methods or ()}
    return frozenset(methods | {"HEAD"} if "GET" in methods else methods)


def topic_of(definition: ChannelDefinition) -> str | None:
    """The topic a channel consumes, if any: `kafka` channels do, and asynchronous ones that name a topic."""
    consumes = definition.protocol == "kafka" or definition.channel_type == "async"
    return definition.topic if consumes else None


def routes_of(active: ActiveChannel, channel: Channel) -> tuple[Route, ...]:
    """The routes that lead to a channel."""
    definition = active.definition
    if definition.route_pattern is None or definition.protocol == "kafka" or definition.channel_type != "sync":
        return ()
    return (Route(definition.route_pattern, methods_of(definition), definition.priority, channel),)


def check_references(
    references: Iterable[Reference], connectors: Connectors, channels: Collection[str], problems: Problems
) -> None:
    """Add a problem for every connector or channel that a workflow's tasks name and nobody has, or not such a one."""
    known: Mapping[str, Collection[str]] = {"connector": connectors, "channel": channels}
    for reference in references:
        connector = connectors.get(reference.name) if reference.kind == "connector" else None
        if connector is not None and reference.wants is not None and connector.kind != reference.wants:
            text = f"Connector '{reference.name}' is not {WORDS[reference.wants]}"
            problems.error(reference.pointer, text)
        elif connector is not None and reference.fits is not None:
            wrong = reference.fits(connector)
            if wrong is not None:
                problems.error(*wrong)
        if reference.name not in known[reference.kind]:
            hint = did_you_mean(reference.name, known[reference.kind])
            words = "Connector" if reference.kind == "connector" else "Active channel"
            problems.error(reference.pointer, f"{words} '{reference.name}' not found", hint=hint)


def check_routes(candidate: ActiveChannel, others: Iterable[ActiveChannel], problems: Problems) -> None:
    """Add a problem when another active channel has the same name, or the same pattern for one of the methods."""
    mine = shape_of(candidate.definition)
    methods = methods_of(candidate.definition)
    for other in others:
        if other.channel_id == candidate.channel_id:
            continue
        if other.definition.name == candidate.definition.name:
            text = f"channel '{other.channel_id}' is active under the name '{other.definition.name}'"
            problems.error("/name", text)
        if mine is not None and shape_of(other.definition) == mine:
            _check_methods(methods, other, problems)


def _check_methods(methods: frozenset[str], other: ActiveChannel, problems: Problems) -> None:
    theirs = methods_of(other.definition)
    shared = (methods & theirs) - {"HEAD"}
    if shared or (not methods and not theirs):
        what = ", ".join(sorted(shared)) or "every method"
        text = f"channel '{other.channel_id}' answers {what} on '{other.definition.route_pattern}'"
        problems.error("/route_pattern", text)


def shape_of(definition: ChannelDefinition) -> tuple[str | None, ...] | None:
    """A pattern without its parameters' names, or None when the channel has no route."""
    if definition.route_pattern is None or definition.channel_type != "sync" or definition.protocol == "kafka":
        return None
    shape: tuple[str | None, ...] = Route(definition.route_pattern, (), 0, None).shape
    return shape
