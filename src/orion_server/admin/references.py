"""Who names whom: the active definitions that need a connector or a channel. Changes nothing."""

from orion_core import Problems, stores_of
from orion_io.active import channel_of, workflow_of
from orion_io.storage import Transaction
from orion_server.admin.services import Services


async def workflows_naming(services: Services, tx: Transaction, kind: str, name: str) -> list[str]:
    """The ids of active workflows with a task that names it.

    Args:
        services: Holds the compiler, which knows what a task names.
        tx: Where to look.
        kind: "connector" or "channel".
        name: What is named.
    """
    found: list[str] = []
    for record in await tx.workflows.active():
        definition = workflow_of(record, Problems())
        if definition is None:
            continue
        compiler = services.reloader.compiler
        compiled = compiler.workflow(definition, record.workflow_id, record.version, Problems())
        references = () if compiled is None else compiled.references
        if any(reference.kind == kind and reference.name == name for reference in references):
            found.append(record.workflow_id)
    return sorted(set(found))


async def channels_naming(tx: Transaction, connector: str) -> list[str]:
    """The names of active channels whose cache or deduplication uses a connector."""
    found: list[str] = []
    for record in await tx.channels.active():
        definition = channel_of(record, Problems())
        if definition is not None and connector in stores_of(definition):
            found.append(record.name)
    return sorted(found)
