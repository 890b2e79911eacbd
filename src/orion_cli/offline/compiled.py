"""A folder's definitions, read and compiled by the core as a server would; what is wrong stays with its document.

Connectors need not be in the folder, nor their secrets on this machine: nothing is ever sent. One that is missing is
stood in for by one of the kind that the task asks for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orion_cli import failures
from orion_cli.applying.wanted import Wanted
from orion_cli.documents import Document
from orion_core import (
    ActiveChannel,
    ActiveWorkflow,
    CompiledWorkflow,
    Compiler,
    Connector,
    Problem,
    Problems,
    Snapshot,
    SnapshotBuilder,
    check_routes,
    compile_connector,
)
from orion_core.connector_definitions import read_connector
from orion_core.definitions import ChannelDefinition, read_channel, read_workflow

# A connector of each kind, to be asked in place of one that is not here; several where statements differ by database.
STAND_INS: Mapping[str, Sequence[tuple[str, Mapping[str, Any]]]] = {
    "http": (("http", {"url": "https://connector.invalid"}),),
    "kafka": (("kafka", {"brokers": ["connector.invalid:9092"], "topic": "topic"}),),
    "cache": (("cache", {"backend": "memory"}),),
    "storage": (("storage", {"provider": "s3", "bucket": "bucket"}),),
    "mongo": (("db", {"driver": "mongodb", "connection_string": "mongodb://connector.invalid/db"}),),
    "sql": (
        ("db", {"driver": "postgres", "connection_string": "postgres://connector.invalid/db"}),
        ("db", {"driver": "mysql", "connection_string": "mysql://connector.invalid/db"}),
        ("db", {"driver": "sqlite", "connection_string": "sqlite:connector.db"}),
    ),
}


@dataclass(frozen=True)
class Checked:
    """What the core says of one document."""

    document: Document
    kind: str
    identity: str
    errors: Sequence[Problem]
    warnings: Sequence[Problem]


@dataclass
class Compiled:
    """What could be compiled of a folder.

    Args:
        checked: A report for each document.
        workflows: By id.
        snapshot: Channels, workflows and connectors in force, as if all of the folder were.
    """

    checked: list[Checked] = field(default_factory=list)
    workflows: dict[str, CompiledWorkflow] = field(default_factory=dict)
    snapshot: Snapshot | None = None


def compile_folder(wanted: Iterable[Wanted], version: int = 1) -> Compiled:
    """Read and compile everything.

    Args:
        wanted: The definitions.
        version: The version they count as.
    """
    compiler = Compiler()
    compiled = Compiled()
    channels: list[ActiveChannel] = []
    active: list[ActiveWorkflow] = []
    connectors: dict[str, Connector] = {}
    for each in wanted:
        problems = Problems()
        if each.kind == "workflow":
            _workflow(each, compiler, problems, compiled, active, version)
        elif each.kind == "channel":
            channel = _channel(each, compiler, problems)
            if channel is not None:
                candidate = ActiveChannel(each.identity, version, channel)
                check_routes(candidate, channels, problems)
                channels.append(candidate)
        else:
            _connector(each, problems, connectors)
        compiled.checked.append(Checked(each.document, each.kind, each.identity, problems.errors, problems.warnings))
    _stand_in(compiled.workflows.values(), connectors)
    compiled.snapshot = SnapshotBuilder(compiler).build(active, channels, 1, connectors).snapshot
    return compiled


def _workflow(
    wanted: Wanted,
    compiler: Compiler,
    problems: Problems,
    compiled: Compiled,
    active: list[ActiveWorkflow],
    version: int,
) -> None:
    definition = read_workflow(own(wanted), problems)
    if definition is None:
        return
    made = compiler.workflow(definition, wanted.identity, version, problems)
    if made is not None and not problems:
        compiled.workflows[wanted.identity] = made
        active.append(ActiveWorkflow(wanted.identity, version, 100, definition))


def _channel(wanted: Wanted, compiler: Compiler, problems: Problems) -> ChannelDefinition | None:
    definition = read_channel(own(wanted), problems)
    if definition is not None:
        compiler.guard(definition, wanted.identity, problems)
    return None if problems else definition


def _connector(wanted: Wanted, problems: Problems, connectors: dict[str, Connector]) -> None:
    definition = read_connector(own(wanted), problems)
    if definition is None or problems:
        return
    # References to secrets are left as they stand; where that is no config, somebody stands in.
    connector = compile_connector(definition.name, definition.connector_type, definition.config, Problems())
    if connector is not None:
        connectors[definition.name] = connector


def problems_of(told: Sequence[Problem]) -> list[failures.Problem]:
    """The core's problems as the command line shows them."""
    return [failures.Problem(each.pointer, each.field, each.message, each.expected, each.hint) for each in told]


def own(wanted: Wanted) -> Mapping[str, Any]:
    """The document without what only a server decides."""
    decided = ("version", "status", "rollout_percentage", "created_at", "updated_at")
    value = wanted.document.value
    both = "config" in value and "config_json" in value  # an export of connectors has the same twice
    return {name: each for name, each in value.items() if name not in decided and not (both and name == "config_json")}


def _stand_in(workflows: Iterable[CompiledWorkflow], connectors: dict[str, Connector]) -> None:
    for workflow in workflows:
        for reference in workflow.references:
            possible = STAND_INS.get(reference.wants or "")
            if reference.kind == "connector" and reference.name not in connectors and possible:
                made = [stand_in(reference.name, *each) for each in possible]
                fitting = [each for each in made if reference.fits is None or reference.fits(each) is None]
                connectors[reference.name] = (fitting or made)[0]


def stand_in(name: str, kind: str, config: Mapping[str, Any]) -> Connector:
    """A connector under a name, leading nowhere."""
    connector = compile_connector(name, kind, config, Problems())
    if connector is None:
        raise AssertionError(f"the stand-in for {kind} connectors is none")
    return connector
