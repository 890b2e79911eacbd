"""Whether what a backup holds can be what is stored: each version, the versions of one id, and all that is active.

Changes nothing. Everything wrong goes to the problems, with its place in the backup.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from orion_core import ActiveChannel, Connector, Problem, Problems, at, check_references, check_routes, workflow_ids_of
from orion_core.compiler import shape_of
from orion_io.active import channel_of, workflow_of
from orion_io.storage import ChannelRecord, ConnectorRecord, WorkflowRecord
from orion_server.admin.connector_documents import check_document, edited
from orion_server.admin.requests import without_nulls
from orion_server.admin.services import Services
from orion_server.admin.versioned import R, Versioned

MOST_VERSIONS = 2**31 - 1
WHOLE = 100

# Where a version stands in the backup, by kind, id and version; what is only stored has no place there.
Places = Mapping[tuple[str, str, int], str]


def check_versions(services: Services, kind: Versioned[R], records: Sequence[R], problems: Problems) -> None:
    """Check what can be said of each version alone, and of the versions of one id together.

    An archived version that would not compile today is kept, with a warning: it runs no more, and its copy is checked
    before it may become active.
    """
    families: dict[str, list[tuple[str, R]]] = {}
    for index, record in enumerate(records):
        place = at("", f"{kind.kind}s", index)
        identifier = getattr(record, kind.id_name)
        families.setdefault(identifier, []).append((place, record))
        found = Problems()
        document = without_nulls({kind.id_name: identifier, **kind.edited(record)}, kind.definition)
        kind.inspect(services, document, record.version, found)
        if record.status == "archived":
            found.warnings, found.errors = [*found.errors, *found.warnings], []
        gather(found, place, problems)
        if not 1 <= record.version <= MOST_VERSIONS:
            problems.error(at(place, "version"), f"{record.version} is no version", expected=f"1 to {MOST_VERSIONS}")
    for family in families.values():
        _check_family(kind, family, problems)


def _check_family(kind: Versioned[R], family: Sequence[tuple[str, R]], problems: Problems) -> None:
    """One draft at most, and the highest version; of a channel, one active; of a workflow, shares of the whole."""
    highest = max(record.version for _, record in family)
    seen: set[int] = set()
    running = 0
    share = 0
    for place, record in family:
        if record.version in seen:
            problems.error(at(place, "version"), f"version {record.version} stands twice")
        seen.add(record.version)
        if record.status == "draft" and record.version != highest:
            problems.error(at(place, "status"), f"only the highest version, {highest}, may be a draft")
        if record.status == "active":
            running += 1
            share += getattr(record, "rollout_percentage", 0)
        if running > 1 and kind.kind == "channel" and record.status == "active":
            problems.error(at(place, "status"), "another version of this channel is active too")
        if share > WHOLE and record.status == "active":
            text = f"the shares of the active versions are {share} % together"
            problems.error(at(place, "rollout_percentage"), text, expected=f"at most {WHOLE} % together")


def check_connectors(
    services: Services,
    records: Sequence[ConnectorRecord],
    incomplete: Collection[str],
    places: Places,
    problems: Problems,
) -> dict[str, Connector]:
    """Check every connector.

    Args:
        services: Compile them.
        records: What will be stored, what the backup holds last.
        incomplete: The ids of those whose secrets are not known; what is wrong with them may be only that.
        places: Where they stand in the backup.
        problems: Takes what is wrong.

    Returns:
        Those that may be used, by name.
    """
    usable: dict[str, Connector] = {}
    seen: dict[str, set[str]] = {"id": set(), "name": set()}
    for record in records:
        place = places.get(("connector", record.id, 0))
        found = Problems()
        check_document({"id": record.id, **edited(record)}, found)
        if record.id in incomplete:
            found.warnings, found.errors = found.errors, []
        if record.enabled and not found:
            connector = services.reloader.compile_connector(record, found)
            if connector is not None:
                usable[record.name] = connector
        for member, values in seen.items():
            value = getattr(record, member)
            if value in values:
                found.error(at("", member), f"another connector has the {member} '{value}'")
            values.add(value)
        if place is not None:
            gather(found, place, problems)
    return usable


def check_active(
    services: Services,
    workflows: Iterable[WorkflowRecord],
    channels: Iterable[ChannelRecord],
    connectors: Mapping[str, Connector],
    places: Places,
    problems: Problems,
) -> None:
    """Check what is active against everything else that is there; what is missing is worth a warning.

    Missing connectors, channels and workflows are no errors: a store may well hold what waits for them.
    """
    running = [record for record in workflows if record.status == "active"]
    serving = [record for record in channels if record.status == "active"]
    names = {record.name for record in serving}
    for workflow in running:
        place = places.get(("workflow", workflow.workflow_id, workflow.version))
        definition = workflow_of(workflow, Problems())
        if place is None or definition is None:
            continue
        compiled = services.reloader.compiler.workflow(definition, workflow.workflow_id, workflow.version, Problems())
        found = Problems()
        check_references(compiled.references if compiled else (), connectors, names, found)
        _gather_doubts(found, place, problems)
    _check_channels(services, serving, {record.workflow_id for record in running}, connectors, places, problems)


def _check_channels(
    services: Services,
    serving: Sequence[ChannelRecord],
    running: set[str],
    connectors: Mapping[str, Connector],
    places: Places,
    problems: Problems,
) -> None:
    near: dict[object, list[ActiveChannel]] = {}
    known: list[tuple[str, ActiveChannel]] = []
    for record in serving:
        definition = channel_of(record, Problems())
        if definition is None:
            continue
        active = ActiveChannel(record.channel_id, record.version, definition)
        for key in _rivals(active):
            near.setdefault(key, []).append(active)
        place = places.get(("channel", record.channel_id, record.version))
        if place is not None:
            known.append((place, active))
            found = Problems()
            services.reloader.compiler.guard(definition, record.channel_id, found, connectors=connectors)
            gather(found, place, problems)
            for each in workflow_ids_of(definition):
                if each not in running:
                    problems.warn(place, f"workflow '{each}' has no active version; the channel answers 503")
    for place, active in known:
        found = Problems()
        check_routes(active, {each.channel_id: each for key in _rivals(active) for each in near[key]}.values(), found)
        gather(found, place, problems)


def _rivals(active: ActiveChannel) -> list[object]:
    """What two channels must share to be in each other's way."""
    shape = shape_of(active.definition)
    return [active.definition.name, *(() if shape is None else (shape,))]


def gather(found: Problems, place: str, problems: Problems) -> None:
    """Take over what was found in one definition, with its place in the backup."""
    problems.errors.extend(moved(place, problem) for problem in found.errors)
    problems.warnings.extend(moved(place, problem) for problem in found.warnings)


def moved(place: str, problem: Problem) -> Problem:
    """A problem of a definition as one of the document it stands in."""
    return Problem(place + problem.pointer, problem.message, problem.expected, problem.hint)


def _gather_doubts(found: Problems, place: str, problems: Problems) -> None:
    problems.warnings.extend(moved(place, problem) for problem in [*found.errors, *found.warnings])
