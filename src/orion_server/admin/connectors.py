"""`/api/v1/admin/connectors`: named ways to outside systems, and their secrets. Connects to nothing."""

from collections.abc import Sequence

from orion_core import DefinitionProblems, Problem, Problems
from orion_core.connector_definitions import ConnectorDefinition
from orion_io.storage import ConnectorRecord, NotFound, Transaction
from orion_server.admin import engine
from orion_server.admin.answering import data_answer, list_answer, page_of
from orion_server.admin.auditing import Act, carry_out
from orion_server.admin.connector_documents import EDITABLE, edited, merged, proper, record_of
from orion_server.admin.details import differences, whole
from orion_server.admin.endpoint import Asked
from orion_server.admin.lifecycle import report
from orion_server.admin.references import channels_naming, workflows_naming
from orion_server.admin.reports import BreakerReset, Breakers
from orion_server.admin.requests import as_object, without_nulls
from orion_server.admin.views import connector_view
from orion_server.exchange import Answer, Refusal, json_answer


async def create(asked: Asked) -> Answer:
    """Keep a new connector."""
    problems = Problems()
    document = without_nulls(proper(as_object(asked.document), problems), ConnectorDefinition)
    clock = asked.services.clock
    record = record_of(document, {}, problems, str(document.get("id") or clock.uuid()), clock.wall_us())

    async def mutate(tx: Transaction) -> tuple[ConnectorRecord, Sequence[Act]]:
        await tx.connectors.create(record)
        return record, (Act(record.id, whole(connector_view(record))),)

    return data_answer(connector_view(await carry_out(asked, mutate, live=True)), status=201)


async def validate(asked: Asked) -> Answer:
    """Say what is wrong with a document, and keep nothing; secrets that it masks are those stored under its id."""
    problems = Problems()
    try:
        document = without_nulls(proper(as_object(asked.document), problems), ConnectorDefinition)
        identifier = str(document.get("id") or asked.services.clock.uuid())
        async with asked.services.store.read() as tx:
            stored = await tx.connectors.get(identifier)
        record_of(document, stored.config if stored is not None else {}, problems, identifier, 0)
    except DefinitionProblems as refused:
        return json_answer(report(refused.problems, ()))
    return json_answer(report((), problems.warnings))


async def entries(asked: Asked) -> Answer:
    """Every connector by name, secrets masked."""
    page = page_of(asked.query)
    async with asked.services.store.read() as tx:
        rows = await tx.connectors.list(page)
    return list_answer([connector_view(record) for record in rows.rows], rows.total, page)


async def get(asked: Asked) -> Answer:
    """One connector, secrets masked."""
    async with asked.services.store.read() as tx:
        return data_answer(connector_view(await _found(tx, asked.id)))


async def update(asked: Asked) -> Answer:
    """Change members; a config is replaced whole, where it says `******` the stored secret stays."""
    problems = Problems()
    given = proper(as_object(asked.document), problems)

    async def mutate(tx: Transaction) -> tuple[tuple[ConnectorRecord, Sequence[Problem]], Sequence[Act]]:
        stored = await _found(tx, asked.id)
        now = asked.services.clock.wall_us()
        document = merged(stored, given, problems)
        wanted = record_of(document, stored.config, problems, asked.id, now)
        warnings = await consequences(asked, tx, stored, wanted)
        changes = {name: getattr(wanted, name) for name in EDITABLE}
        changed = await tx.connectors.update(asked.id, now=now, **changes)
        details = {"changes": differences(edited(stored), edited(changed))}
        return (changed, warnings), (Act(asked.id, details),)

    changed, warnings = await carry_out(asked, mutate, live=True)
    return data_answer(connector_view(changed), warnings)


async def delete(asked: Asked) -> Answer:
    """Remove a connector that nothing active needs."""

    async def mutate(tx: Transaction) -> tuple[None, Sequence[Act]]:
        stored = await _found(tx, asked.id)
        await _refuse_when_needed(asked, tx, stored.name, "deleted")
        await tx.connectors.delete(asked.id)
        return None, (Act(asked.id, {"last": whole(connector_view(stored))}),)

    await carry_out(asked, mutate, live=True)
    return Answer(204)


async def reload(asked: Asked) -> Answer:
    """Read every connector again, and everything that is compiled with them."""
    installed = await asked.services.reloader.reload()
    async with asked.services.store.read() as tx:
        count = len(await tx.connectors.enabled())
    await engine.recorded(asked, "all", {"connectors": count, "generation": installed.generation})
    return json_answer({"reloaded": True, "connectors_count": count})


async def breakers(asked: Asked) -> Answer:
    """The states of the circuit breakers there are: one for each channel and connector that was called."""
    breakers = asked.services.breakers
    return json_answer(Breakers(enabled=breakers.enabled, breakers=await breakers.states()))


async def reset_breaker(asked: Asked) -> Answer:
    """Close a circuit breaker."""
    key = asked.parameters["key"]
    if not await asked.services.breakers.reset(key):
        raise NotFound("circuit breaker", key)
    await engine.recorded(asked, key, None)
    return json_answer(BreakerReset(reset=True, key=key))


async def consequences(
    asked: Asked, tx: Transaction, stored: ConnectorRecord, wanted: ConnectorRecord
) -> Sequence[Problem]:
    """What something active knows by name keeps it; what a channel keeps its promises in is not switched off either.

    A task whose connector is switched off fails by itself, which may be just what is wanted: that is worth a warning.
    """
    if wanted.name != stored.name:
        await _refuse_when_needed(asked, tx, stored.name, "renamed")
    if wanted.enabled or not stored.enabled:
        return ()
    _refuse(stored.name, "disabled", await _channels_with(tx, stored.name))
    return [
        Problem("/enabled", f"{each} needs this connector") for each in await _workflows_with(asked, tx, stored.name)
    ]


async def _refuse_when_needed(asked: Asked, tx: Transaction, name: str, what: str) -> None:
    _refuse(name, what, [*await _workflows_with(asked, tx, name), *await _channels_with(tx, name)])


def _refuse(name: str, what: str, needed: Sequence[str]) -> None:
    if needed:
        text = f"Connector '{name}' cannot be {what}: {', '.join(needed)} needs it"
        raise Refusal(409, "CONFLICT", text, "in_use", [Problem("", f"{each} needs it") for each in needed])


async def _workflows_with(asked: Asked, tx: Transaction, name: str) -> list[str]:
    return [f"active workflow '{each}'" for each in await workflows_naming(asked.services, tx, "connector", name)]


async def _channels_with(tx: Transaction, name: str) -> list[str]:
    return [f"active channel '{each}'" for each in await channels_naming(tx, name)]


async def _found(tx: Transaction, identifier: str) -> ConnectorRecord:
    record = await tx.connectors.get(identifier)
    if record is None:
        raise NotFound("connector", identifier)
    return record
