"""`/api/v1/admin/connectors`: named ways to outside systems, and their secrets. Connects to nothing."""

from collections.abc import Mapping, Sequence

import msgspec

from orion_core import MASK, Problem, Problems, at, mask_text, unmask
from orion_core.connector_definitions import ConnectorDefinition, read_connector
from orion_core.definitions import config_as_object
from orion_io.storage import ConnectorRecord, NotFound, Transaction
from orion_server.admin import engine
from orion_server.admin.answering import data_answer, list_answer, page_of
from orion_server.admin.auditing import Act, carry_out
from orion_server.admin.details import differences, whole
from orion_server.admin.endpoint import Asked
from orion_server.admin.references import channels_naming, workflows_naming
from orion_server.admin.reports import BreakerReset, Breakers
from orion_server.admin.requests import as_object, canonical, put_over, without_nulls
from orion_server.admin.versioned import refuse
from orion_server.admin.views import connector_view
from orion_server.exchange import Answer, Refusal, json_answer

EDITABLE = ("name", "connector_type", "config", "enabled")
RESERVED = frozenset(("reload", "circuit-breakers"))


async def create(asked: Asked) -> Answer:
    """Keep a new connector."""
    problems = Problems()
    document = without_nulls(_proper(as_object(asked.document), problems), ConnectorDefinition)
    clock = asked.services.clock
    record = _record(document, {}, problems, str(document.get("id") or clock.uuid()), clock.wall_us())

    async def mutate(tx: Transaction) -> tuple[ConnectorRecord, Sequence[Act]]:
        await tx.connectors.create(record)
        return record, (Act(record.id, whole(connector_view(record))),)

    return data_answer(connector_view(await carry_out(asked, mutate, live=True)), status=201)


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
    given = _proper(as_object(asked.document), problems)

    async def mutate(tx: Transaction) -> tuple[tuple[ConnectorRecord, Sequence[Problem]], Sequence[Act]]:
        stored = await _found(tx, asked.id)
        now = asked.services.clock.wall_us()
        document = _merged(stored, given, problems)
        wanted = _record(document, stored.config, problems, asked.id, now)
        warnings = await _consequences(asked, tx, stored, wanted)
        changes = {name: getattr(wanted, name) for name in EDITABLE}
        changed = await tx.connectors.update(asked.id, now=now, **changes)
        details = {"changes": differences(_edited(stored), _edited(changed))}
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
    governor = asked.services.reloader.engine.governor
    return json_answer(Breakers(enabled=governor.guards_connectors, breakers=governor.breakers.states()))


async def reset_breaker(asked: Asked) -> Answer:
    """Close a circuit breaker."""
    key = asked.parameters["key"]
    if not asked.services.reloader.engine.governor.breakers.reset(key):
        raise NotFound("circuit breaker", key)
    await engine.recorded(asked, key, None)
    return json_answer(BreakerReset(reset=True, key=key))


def _proper(document: Mapping[str, object], problems: Problems) -> dict[str, object]:
    """The document under proper names; a config that came as JSON text is the object it spells."""
    read = config_as_object(document, problems, "")
    return canonical(read if isinstance(read, Mapping) else document, ConnectorDefinition)


def _record(
    document: Mapping[str, object], stored: Mapping[str, object], problems: Problems, identifier: str, now: int
) -> ConnectorRecord:
    """A connector made of a document, once everything in it is right.

    Raises:
        DefinitionProblems: Everything that is not.
    """
    whole_document = dict(document)
    if isinstance(document.get("config"), dict):
        whole_document["config"] = _typed(document, put_back(document["config"], stored))
        check_masks(whole_document["config"], problems, "/config")
    read_connector(whole_document, problems)
    if identifier in RESERVED:
        problems.error("/id", f"'{identifier}' is the name of an endpoint")
    refuse(problems)
    members = {name: whole_document[name] for name in EDITABLE if name in whole_document}
    if "config" not in members:
        members["config"] = _typed(document, {})
    return msgspec.convert({**members, "id": identifier, "created_at": now, "updated_at": now}, ConnectorRecord)


def _typed(document: Mapping[str, object], config: object) -> object:
    """The config with its type, which may be left out."""
    if not isinstance(config, dict) or "type" in config:
        return config
    return {"type": document.get("connector_type"), **config}


def _merged(stored: ConnectorRecord, given: Mapping[str, object], problems: Problems) -> dict[str, object]:
    """The stored document with what is given put over it."""
    if "id" in given and given["id"] != stored.id:
        problems.error("/id", f"'id' cannot be changed; it is '{stored.id}'")
    server = ("id", "created_at", "updated_at")
    changes = {name: value for name, value in given.items() if name not in server}
    return put_over(_edited(stored), changes, ConnectorDefinition)


def _edited(record: ConnectorRecord) -> dict[str, object]:
    return {name: getattr(record, name) for name in EDITABLE}


def put_back(given: object, stored: object) -> object:
    """The given config with stored secrets where it shows a mask, inside URLs too."""
    return unmask(_put_back_texts(given, stored), stored)


def _put_back_texts(given: object, stored: object) -> object:
    if isinstance(given, str) and isinstance(stored, str):
        return stored if given == mask_text(stored) else given
    if isinstance(given, dict):
        kept = stored if isinstance(stored, dict) else {}
        return {name: _put_back_texts(value, kept.get(name)) for name, value in given.items()}
    if isinstance(given, list) and isinstance(stored, list):
        pairs = zip(given, [*stored, *[None] * len(given)], strict=False)
        return [_put_back_texts(value, kept) for value, kept in pairs]
    return given


def check_masks(value: object, problems: Problems, pointer: str) -> None:
    """A mask that stands for nothing stored would become the secret itself."""
    if isinstance(value, dict):
        for name, member in value.items():
            check_masks(member, problems, at(pointer, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            check_masks(item, problems, at(pointer, index))
    elif isinstance(value, str) and (value == MASK or f"//{MASK}@" in value):
        problems.error(pointer, f"'{MASK}' stands for a stored secret, and none is stored here", expected="the secret")


async def _consequences(
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
