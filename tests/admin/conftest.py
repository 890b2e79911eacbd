"""The admin API over a store of its own, and the door through which tests ask it."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from orion_core import Bounds, Compiler, Engine
from orion_core.calls import Probe
from orion_core.protocol import Failed
from orion_io.carrier import CARRIERS, Outcome
from orion_io.clock import Clock
from orion_io.driver import Driver
from orion_io.presence import Presence
from orion_io.recorder import Recorder
from orion_io.reload import Reloader
from orion_io.secrets import Secrets
from orion_io.storage import FileCopies, open_store
from orion_server.admin import AdminApi, Services
from orion_server.breakers import CircuitBreakers
from orion_server.exchange import Answer, Call
from tests.storages import storages

ROOT = "/api/v1/admin"


class NoTraces:
    """Takes every trace and keeps none."""

    def offer(self, trace: object, /) -> bool:
        return True


async def nobody_there(action: object, clock: Clock) -> Outcome:
    """No connector is called here: these tests make up connectors, and the addresses are other people's."""
    return Failed("connector_failed", "nobody is there", True, "")


@dataclass
class Admin:
    """Asks the API and reads its answers."""

    api: AdminApi
    services: Services
    woken: list[int]

    async def answer(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        path, _, query = path.partition("?")
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        if content and "content_type" not in headers:
            headers["content_type"] = "application/json"
        given = {name.replace("_", "-"): value for name, value in headers.items() if value}
        where = path if path.startswith("/api/") else ROOT + path
        return await self.api.answer(Call(method, where, query, given, content, "req", "tester", "192.0.2.1"))

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        answer = await self.answer(method, path, body, **headers)
        return answer.status, json.loads(answer.body) if answer.body else None

    async def data(self, method: str, path: str, body: object = None) -> Any:
        """The `data` of an answer that must be a success."""
        status, answer = await self.ask(method, path, body)
        assert status in (200, 201), answer
        return answer["data"]

    async def audited(self, query: str = "") -> list[tuple[str, str, str, str]]:
        """The audit log, oldest first, in short."""
        entries = await self.data("GET", f"/audit-logs?limit=1000{query}")
        return [
            (entry["action"], entry["resource_type"], entry["resource_id"], entry["outcome"])
            for entry in reversed(entries)
        ]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def admin() -> AsyncIterator[Admin]:
    async with another() as api:
        yield api


@asynccontextmanager
async def another(secrets: Mapping[str, str] = MappingProxyType({})) -> AsyncIterator[Admin]:
    """One more server, with a store of its own; `secrets` are its variables."""
    clock = Clock()
    store = open_store(storages.fresh())
    await store.open()
    await store.migrate()
    engine = Engine(Bounds())
    driver = Driver(
        engine,
        clock,
        Recorder(NoTraces(), "none", clock),
        lambda note, request: None,
        {**CARRIERS, Probe: nobody_there},
    )
    reloader = Reloader(store, engine, Compiler(), clock, Secrets(secrets), lambda snapshot: None)
    await reloader.start()
    woken: list[int] = []
    copies = FileCopies("sqlite::memory:", Path())
    started = clock.monotonic()
    presence = Presence(store, clock, identity="tested", version="0.0.0", generation=lambda: engine.snapshot.generation)
    breakers = CircuitBreakers(engine.governor, driver, clock)
    services = Services(
        store, reloader, driver, clock, copies, "0.0.0", started, presence, breakers, lambda: woken.append(1)
    )
    try:
        yield Admin(AdminApi(services), services, woken)
    finally:
        await store.close()
