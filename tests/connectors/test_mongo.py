"""MongoDB connectors against a server of its protocol: documents come back, nothing hangs, failures are told."""

import time
from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import Any

import anyio
import pytest

from orion_core import Connector
from orion_core.calls import MongoChange, MongoFind, Probe
from orion_io.clock import Clock
from orion_io.connectors.connectors import Connectors
from tests.connectors.asking import connector, do, outcome, refused
from tests.other_servers import mongodb
from tests.services import free_port

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[int]:
    port = free_port()
    with mongodb(tmp_path_factory.mktemp("mongo"), port, request.config):
        yield port


def mongo(port: int, **config: object) -> Connector:
    url = f"mongodb://127.0.0.1:{port}/?directConnection=true"
    return connector("db", connection_string=url, driver="mongodb", connect_timeout_ms=2000, **config)


@pytest.fixture
def there(port: int) -> Connector:
    return mongo(port)


def name() -> str:
    return f"c{time.perf_counter_ns()}"


def find(at: Connector, collection: str, wanted: Any = None, deadline: float = inf, **given: Any) -> MongoFind:
    members = {"projection": None, "sort": (), "skip": 0, "limit": 0, "max_rows": 100, "max_bytes": 100_000, **given}
    return MongoFind(at, deadline, "shop", collection, wanted or {}, **members)


def change(at: Connector, collection: str, operation: str, **given: Any) -> MongoChange:
    members = {"documents": None, "filter": {}, "change": None, "many": False, "upsert": False, **given}
    return MongoChange(at, inf, "shop", collection, operation, **members)


VALUES = [
    {"$oid": "507f1f77bcf86cd799439011"}, {"$date": "2026-02-28T10:00:00.123Z"}, {"$numberDecimal": "1.10"},
    {"$binary": {"base64": "AP8=", "subType": "00"}}, {"$timestamp": {"t": 5, "i": 1}}, 2**62, -1, 0.1, True, None,
    "🙂", ["a", {"b": [1]}], {"x": {"y": {}}},
]  # fmt: skip


async def test_values_come_back(drivers: Connectors, there: Connector) -> None:
    collection = name()
    documents = [{"_id": number, "v": value} for number, value in enumerate(VALUES)]
    done = await do(drivers, change(there, collection, "insert", documents=documents))
    assert (done["inserted"], done["inserted_ids"]) == (len(VALUES), list(range(len(VALUES))))
    assert await do(drivers, find(there, collection, sort=(("_id", 1),))) == documents
    assert await do(drivers, find(there, collection, {"v": VALUES[0]})) == [documents[0]]


async def test_a_query_of_every_part(drivers: Connectors, there: Connector) -> None:
    collection = name()
    documents = [{"_id": number, "n": number % 3, "s": "x"} for number in range(9)]
    await do(drivers, change(there, collection, "insert", documents=documents))
    found = await do(
        drivers,
        find(there, collection, {"n": {"$gt": 0}}, projection={"s": 0}, sort=(("n", -1), ("_id", 1)), skip=1, limit=3),
    )
    assert found == [{"_id": 5, "n": 2}, {"_id": 8, "n": 2}, {"_id": 1, "n": 1}]


async def test_changes(drivers: Connectors, there: Connector) -> None:
    collection = name()
    await do(drivers, change(there, collection, "insert", documents=[{"_id": 1, "n": 1}, {"_id": 2, "n": 1}]))
    update = {"$set": {"n": 2}}
    assert await do(drivers, change(there, collection, "update", filter={"n": 1}, change=update, many=True)) == {
        "matched": 2, "modified": 2, "upserted_id": None,
    }  # fmt: skip
    upserted = await do(drivers, change(there, collection, "update", filter={"_id": 7}, change=update, upsert=True))
    assert upserted["upserted_id"] == 7
    await do(drivers, change(there, collection, "replace", filter={"_id": 1}, documents=[{"z": 1}]))
    assert await do(drivers, find(there, collection, {"_id": 1})) == [{"_id": 1, "z": 1}]
    assert await do(drivers, change(there, collection, "delete", filter={"n": 2}, many=True)) == {"deleted": 2}
    twice = await refused(drivers, change(there, collection, "insert", documents=[{"_id": 1}]))
    assert (twice.code, twice.retryable) == ("connector_refused", False)


async def test_more_than_allowed(drivers: Connectors, there: Connector) -> None:
    collection = name()
    documents = [{"_id": number, "s": "x" * 1000} for number in range(20)]
    await do(drivers, change(there, collection, "insert", documents=documents))
    assert "max_rows" in (await refused(drivers, find(there, collection, max_rows=19))).message
    assert "max_result_bytes" in (await refused(drivers, find(there, collection, max_bytes=5000))).message


async def test_what_is_no_extended_json_is_the_callers_mistake(drivers: Connectors, there: Connector) -> None:
    failed = await refused(drivers, find(there, "c", {"_id": {"$oid": "nonsense"}}))
    assert (failed.code, failed.retryable) == ("invalid_data", False)


async def test_deadlines_and_cancellation(drivers: Connectors, there: Connector) -> None:
    failed = await refused(drivers, find(there, "c", deadline=Clock().monotonic() - 1))
    assert (failed.code, failed.happened) == ("timeout", False)
    for _ in range(5):
        with anyio.move_on_after(0.0001):
            await outcome(drivers, find(there, "c"))
    assert await do(drivers, find(there, name())) == []


async def test_a_client_whose_calls_were_cancelled_can_still_be_used(
    drivers: Connectors, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    port = free_port()
    there = mongo(port)
    for _ in range(20):
        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(outcome, drivers, find(there, "c", deadline=Clock().monotonic() + 0.02))
            await anyio.sleep(0.01)
            group.cancel_scope.cancel()
    with mongodb(tmp_path, port, request.config):
        assert await do(drivers, find(there, "c", deadline=Clock().monotonic() + 10)) == []


async def test_it_can_be_probed(drivers: Connectors, there: Connector) -> None:
    assert (await do(drivers, Probe(there, inf)))["server"] == "mongodb"


async def test_a_server_killed_and_started_again(
    drivers: Connectors, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    port = free_port()
    there = mongo(port)
    for _ in range(2):
        with mongodb(tmp_path, port, request.config) as process:
            await do(drivers, change(there, "c", "insert", documents=[{"a": 1}]))
            process.kill()
            process.wait()
            failed = await refused(drivers, find(there, "c", deadline=Clock().monotonic() + 3))
            assert failed.retryable
            lost = await refused(drivers, change(there, "c", "insert", documents=[{"a": 1}]))
            assert (lost.code, lost.retryable) == ("connector_failed", True)
        await anyio.sleep(0.1)


async def test_an_address_that_cannot_be_read(drivers: Connectors) -> None:
    wrong = connector("db", connection_string="mongodb://user:a-secret-word@:/:x", driver="mongodb")
    failed = await refused(drivers, find(wrong, "c"))
    assert (failed.code, failed.retryable) == ("connector_refused", False)
    assert "a-secret-word" not in failed.message + failed.detail
