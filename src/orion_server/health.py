"""`/health`, `/healthz`, `/readyz`: whether the process lives, is ready, and what is wrong. Changes nothing."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from orion_io.clock import Clock
from orion_io.reload import Reloader
from orion_io.storage import Store, StoreError
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
        timeout: Seconds the database may take to answer.
        consumption: Tells how Kafka is consumed; None where it is not.
    """

    store: Store
    reloader: Reloader
    clock: Clock
    started: float
    timeout: float
    consumption: Callable[[], str | None] = lambda: None
    ready: bool = False

    async def health(self) -> Answer:
        """Components and what they are; 503 when the database does not answer."""
        database = await self._database()
        faults, kafka = self.reloader.faults, self.consumption()
        status = "ok" if database == "ok" else "degraded"
        body: dict[str, object] = {
            "status": status,
            "version": VERSION,
            "uptime_seconds": int(self.clock.monotonic() - self.started),
            "workflows_loaded": self.reloader.engine.snapshot.workflows,
            "components": {"database": database, "engine": "ok", **({} if kafka is None else {"kafka": kafka})},
            "connectors": {"circuit_breakers": {}},
        }
        if faults:
            body["faults"] = [f"{fault.kind} '{fault.id}' version {fault.version}" for fault in faults]
        return json_answer(body, 200 if status == "ok" else 503)

    async def live(self) -> Answer:
        """The process runs; nothing else is asked, so that a slow database does not restart it."""
        return json_answer({"status": "ok"})

    async def readiness(self) -> Answer:
        """Whether requests should be sent here."""
        database = await self._database()
        ready = self.ready and database == "ok"
        components = {"database": database, "engine": "ok", "initialized": self.ready}
        body = {"status": "ready" if ready else "not_ready", "components": components}
        return json_answer(body, 200 if ready else 503)

    async def _database(self) -> str:
        try:
            async with asyncio.timeout(self.timeout):
                await self.store.ping()
        except (TimeoutError, StoreError):
            return "error"
        return "ok"
