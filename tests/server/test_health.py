"""Health: components asked together, none of them waited for too long, and what each means for the whole."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from orion_core import Bounds, BreakerTerms, CorsPolicy, Engine, Fault, Governor, MemoryBounds
from orion_io.clock import Clock
from orion_io.storage import StorageUnavailable
from orion_server.components import Component
from orion_server.health import Health

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def answers() -> None:
    return None


async def fails() -> None:
    raise StorageUnavailable("The storage is busy")


async def hangs() -> None:
    await asyncio.sleep(60)


async def busy() -> str:
    return "full"


def breaks() -> str:
    raise KeyError("secret")


def health(ping: Callable[[], Awaitable[None]] = answers, **components: Component) -> Health:
    governor = Governor(MemoryBounds(), CorsPolicy(["*"]), BreakerTerms(True, 1, 30.0))
    reloader: Any = SimpleNamespace(engine=Engine(Bounds(), governor), faults=())
    store: Any = SimpleNamespace(ping=ping)
    return Health(store, reloader, Clock(), 0.0, 0.05, components, ready=True)


CASES: list[tuple[str, Any, dict[str, Component], int, str, dict[str, str]]] = [
    ("all well", answers, {"queue": Component(lambda: "ok")}, 200, "ok", {"queue": "ok"}),
    ("no database", fails, {}, 503, "degraded", {"database": "error"}),
    ("a silent database", hangs, {"queue": Component(lambda: "ok")}, 503, "degraded", {"database": "error", "queue": "ok"}),
    ("something that can be done without", answers, {"kafka": Component(busy)}, 200, "degraded", {"kafka": "full"}),
    ("something that cannot", answers, {"redis": Component(busy, essential=True)}, 503, "degraded", {"redis": "full"}),
    ("a broken one", answers, {"kafka": Component(breaks)}, 200, "degraded", {"kafka": "error"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("description", "ping", "components", "status", "word", "states"), CASES, ids=[row[0] for row in CASES]
)
async def test_health(
    description: str, ping: Any, components: dict[str, Component], status: int, word: str, states: dict[str, str]
) -> None:
    asked = health(ping, **components)
    answer = await asked.health()
    body = json.loads(answer.body)
    assert (answer.status, body["status"]) == (status, word)
    assert states.items() <= body["components"].items()
    assert body["components"]["engine"] == "ok"
    assert "secret" not in answer.body.decode()
    ready = await asked.readiness()
    assert ready.status == (200 if ping is answers else 503)
    assert set(json.loads(ready.body)["components"]) == {"database", "engine", "initialized"}


async def test_components_are_asked_at_the_same_time() -> None:
    asked = health(hangs, a=Component(lambda: hangs()), b=Component(lambda: hangs()))  # type: ignore[arg-type, return-value] # never answers
    began = asyncio.get_running_loop().time()
    body = json.loads((await asked.health()).body)
    assert asyncio.get_running_loop().time() - began < 0.14
    assert {body["components"][name] for name in ("database", "a", "b")} == {"error"}


async def test_breakers_and_faults_are_listed() -> None:
    asked = health()
    asked.reloader.faults = (Fault("workflow", "w", 3, ()),)
    breaker = asked.reloader.engine.governor.breakers.of("orders", "stock")
    breaker.failed(breaker.admit(0.0), 0.0)
    body = json.loads((await asked.health()).body)
    assert body["connectors"] == {"circuit_breakers": {"orders:stock": "open"}}
    assert body["faults"] == ["workflow 'w' version 3"]
