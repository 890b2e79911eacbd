"""`POST …/connectors/{id}/test`: connect, ask, close, and say how long it took or why not. Keeps nothing."""

from orion_core import DefinitionProblems, Problems
from orion_core.protocol import Failed
from orion_io.storage import NotFound
from orion_server.admin.endpoint import Asked
from orion_server.admin.reports import ConnectorTest
from orion_server.exchange import Answer, json_answer

PATIENCE = 10.0  # seconds


async def try_out(asked: Asked) -> Answer:
    """Try a connector, enabled or not; that it does not work is an answer, not an error.

    Raises:
        DefinitionProblems: Its definition cannot be used: a secret it refers to is not there.
    """
    async with asked.services.store.read() as tx:
        record = await tx.connectors.get(asked.id)
    if record is None:
        raise NotFound("connector", asked.id)
    problems = Problems()
    connector = asked.services.reloader.compile_connector(record, problems)
    if connector is None:
        raise DefinitionProblems(problems.errors)
    clock = asked.services.clock
    started = clock.monotonic()
    outcome = await asked.services.driver.probe(connector, PATIENCE)
    took = round((clock.monotonic() - started) * 1000, 3)
    if isinstance(outcome, Failed):
        report = ConnectorTest(
            ok=False, latency_ms=took, reason=outcome.code, message=outcome.message, detail=outcome.detail
        )
    else:
        report = ConnectorTest(ok=True, latency_ms=took, facts=outcome.value)  # type: ignore[arg-type] # as `Probe` says
    return json_answer(report)
