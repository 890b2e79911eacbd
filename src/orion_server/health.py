"""`/health`, `/healthz`, `/readyz`: whether the process lives, is ready, and what is wrong. Changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from orion_io.clock import Clock
from orion_io.reload import Reloader
from orion_io.storage import Store
from orion_server.components import OK, Component, states_of
from orion_server.exchange import Answer, json_answer
from orion_server.version import VERSION


@dataclass
class Health:
    """Answers the three questions.

    Args:
        store: Asked whether it answers.
        reloader: Knows what runs and what cannot.
        clock: Tells the time.
        started: Monotonic instant of the start, seconds.
        timeout: Seconds a component may take to answer.
        components: What the server consists of beside database and engine, by name.
        ready: Whether the start is complete, and the end has not begun.
    """

    store: Store
    reloader: Reloader
    clock: Clock
    started: float
    timeout: float
    components: Mapping[str, Component] = field(default_factory=dict)
    ready: bool = False

    async def health(self) -> Answer:
        """How every component is; 503 when one does not answer that nothing works without."""
        asked = {**self._essential(), **self.components}
        states = await states_of(asked, self.timeout)
        wrong = {name for name, state in states.items() if state != OK}
        governor = self.reloader.engine.governor
        body: dict[str, object] = {
            "status": "degraded" if wrong else OK,
            "version": VERSION,
            "uptime_seconds": int(self.clock.monotonic() - self.started),
            "workflows_loaded": self.reloader.engine.snapshot.workflows,
            "components": states,
            "connectors": {"circuit_breakers": governor.breakers.states()},
        }
        faults = self.reloader.faults
        if faults:
            body["faults"] = [f"{fault.kind} '{fault.id}' version {fault.version}" for fault in faults]
        return json_answer(body, 503 if any(asked[name].essential for name in wrong) else 200)

    async def live(self) -> Answer:
        """The process runs; nothing else is asked, so that a slow database does not restart it."""
        return json_answer({"status": OK})

    async def readiness(self) -> Answer:
        """Whether requests should be sent here."""
        states = await states_of(self._essential(), self.timeout)
        ready = self.ready and all(state == OK for state in states.values())
        body = {"status": "ready" if ready else "not_ready", "components": {**states, "initialized": self.ready}}
        return json_answer(body, 200 if ready else 503)

    def _essential(self) -> dict[str, Component]:
        return {"database": Component(self._database, essential=True), "engine": Component(lambda: OK, essential=True)}

    async def _database(self) -> str:
        await self.store.ping()
        return OK
