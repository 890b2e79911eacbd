"""Kafka connectors against a real broker, in memory: what is published can be consumed, and who fails says so."""

import time
from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import Any

import anyio
import pytest
from aiokafka import AIOKafkaConsumer

from orion_core import Connector
from orion_core.calls import KafkaPublish, Probe
from orion_io.clock import Clock
from orion_io.connectors.connectors import Connectors
from tests.connectors.asking import connector, do, refused
from tests.other_servers import KAFKA_PASSWORD, RealKafka, create_topic, kafka
from tests.services import free_port

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[int]:
    port = free_port()
    with kafka(tmp_path_factory.mktemp("kafka"), port, request.config):
        yield port


def broker(port: int, **config: object) -> Connector:
    given = {"topic": "events", "idempotent": False, **config}  # this broker knows no idempotent producer
    return connector("kafka", brokers=[f"127.0.0.1:{port}"], **given)


async def topic(port: int, partitions: int = 1) -> str:
    name = f"t{time.perf_counter_ns()}"
    await anyio.to_thread.run_sync(create_topic, port, name, partitions)
    return name


async def consumed(port: int, name: str, count: int) -> list[Any]:
    consumer = AIOKafkaConsumer(name, bootstrap_servers=f"127.0.0.1:{port}", auto_offset_reset="earliest")
    await consumer.start()
    found: list[Any] = []
    with anyio.fail_after(10):
        while len(found) < count:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found.extend(records)
    await consumer.stop()
    return found


def message(at: Connector, name: str, value: bytes | None = b"{}", deadline: float = inf, **given: Any) -> KafkaPublish:
    members = {"key": None, "headers": (), "partition": None, **given}
    return KafkaPublish(at, deadline, name, value=value, **members)


async def test_what_is_published_can_be_consumed(drivers: Connectors, port: int) -> None:
    there, name = broker(port), await topic(port, 2)
    done = await do(drivers, message(there, name, b'{"a":1}', key=b"k", headers=(("h", b"v"),), partition=1))
    assert done == {"topic": name, "partition": 1, "offset": 0}
    await do(drivers, message(there, name, None, key=b"gone", partition=1))
    first, second = await consumed(port, name, 2)
    assert (first.key, first.value, list(first.headers)) == (b"k", b'{"a":1}', [("h", b"v")])
    assert (second.key, second.value) == (b"gone", None)


async def test_many_at_once_keep_their_order_by_key(drivers: Connectors, port: int) -> None:
    there, name = broker(port, linger_ms=5, compression="gzip"), await topic(port)
    await do(drivers, message(there, name, b"0", key=b"k"))  # before there is a connection, all wait for it
    async with anyio.create_task_group() as group:
        for number in range(1, 200):
            group.start_soon(do, drivers, message(there, name, str(number).encode(), key=b"k"))
            await anyio.sleep(0)
    assert [int(record.value) for record in await consumed(port, name, 200)] == list(range(200))


async def test_it_can_be_probed(drivers: Connectors, port: int) -> None:
    assert await do(drivers, Probe(broker(port), inf)) == {"server": "kafka", "brokers": 1}


async def test_deadlines(drivers: Connectors, port: int) -> None:
    failed = await refused(drivers, message(broker(port), "t", deadline=Clock().monotonic() - 1))
    assert (failed.code, failed.happened) == ("timeout", False)


async def test_nobody_there(drivers: Connectors) -> None:
    there = broker(free_port())
    started = time.monotonic()
    failed = await refused(drivers, message(there, "t", deadline=Clock().monotonic() + 2))
    assert (failed.retryable, failed.happened) == (True, False)
    assert time.monotonic() - started < 4


async def test_a_broker_killed_and_started_again(
    drivers: Connectors, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    port = free_port()
    there = broker(port)
    for _ in range(2):
        with kafka(tmp_path, port, request.config) as process:
            name = await topic(port)
            await do(drivers, message(there, name, deadline=Clock().monotonic() + 20))
            process.kill()
            process.wait()
            failed = await refused(drivers, message(there, name, deadline=Clock().monotonic() + 1))
            assert failed.retryable


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[RealKafka]:
    made = RealKafka(tmp_path_factory.mktemp("real-kafka"), request.config)
    with made.running():
        yield made


def guarded(real: RealKafka, password: str) -> Connector:
    auth = {"type": "basic", "username": "orion", "password": password}
    return connector("kafka", brokers=[f"127.0.0.1:{real.guarded}"], topic="events", auth=auth)


async def test_an_idempotent_producer(drivers: Connectors, real: RealKafka) -> None:
    """What connectors are unless they say otherwise."""
    there, name = connector("kafka", brokers=[f"127.0.0.1:{real.port}"], topic="events"), await topic(real.port)
    await do(drivers, message(there, name, b"0", key=b"k", deadline=Clock().monotonic() + 20))
    async with anyio.create_task_group() as group:
        for number in range(1, 100):
            group.start_soon(do, drivers, message(there, name, str(number).encode(), key=b"k"))
            await anyio.sleep(0)
    assert [int(record.value) for record in await consumed(real.port, name, 100)] == list(range(100))
    large = await refused(drivers, message(there, name, b"x" * 2_000_000))
    assert (large.code, large.retryable) == ("connector_refused", False)
    gone = await refused(drivers, message(there, "no-such-topic", deadline=Clock().monotonic() + 1))
    assert gone.retryable


async def test_who_is_not_let_in(drivers: Connectors, real: RealKafka) -> None:
    name = await topic(real.port)
    assert (await do(drivers, message(guarded(real, KAFKA_PASSWORD), name)))["topic"] == name
    for action in (message(guarded(real, "a-wrong-guess"), name), Probe(guarded(real, "a-wrong-guess"), inf)):
        failed = await refused(drivers, action)
        assert (failed.code, failed.retryable) == ("connector_refused", False), failed
        assert "a-wrong-guess" not in failed.message + failed.detail


async def test_a_message_outlives_the_brokers_death(
    drivers: Connectors, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    real = RealKafka(tmp_path, request.config)
    there = connector("kafka", brokers=[f"127.0.0.1:{real.port}"], topic="events")
    with real.running() as process:
        name = await topic(real.port)
        done = await do(drivers, message(there, name, b"kept", deadline=Clock().monotonic() + 20))
        assert done["offset"] == 0
        process.kill()
        process.wait()
        failed = await refused(drivers, message(there, name, deadline=Clock().monotonic() + 1))
        assert failed.retryable
    with real.running():
        await do(drivers, message(there, name, b"after", deadline=Clock().monotonic() + 30))
        values = [record.value for record in await consumed(real.port, name, 2)]
        assert (values[0], values[-1]) == (b"kept", b"after")
