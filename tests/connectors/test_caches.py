"""What every cache must do, asked of the driver itself: memory and a real Redis."""

import time
from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import Any

import anyio
import pytest

from orion_core import Connector, Problems, compile_connector
from orion_core.calls import CacheAdd, CacheDelete, CacheGet, CacheIncrement, CachePut, CacheSwap, Probe
from orion_core.protocol import Done, Failed
from orion_io.clock import Clock
from orion_io.connectors.connectors import Connectors
from tests.services import free_port, redis_server

pytestmark = pytest.mark.anyio
PASSWORD = "only the cache knows"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[int]:
    port = free_port()
    with redis_server(tmp_path_factory.mktemp("redis"), port, request.config, "--requirepass", PASSWORD):
        yield port


def connector(name: str = "cache", **config: object) -> Connector:
    made = compile_connector(name, "cache", config, problems := Problems())
    assert made is not None, problems.errors
    return made


@pytest.fixture(params=["memory", "redis"])
def cache(request: pytest.FixtureRequest) -> Connector:
    if request.param == "memory":
        return connector(backend="memory")
    port = request.getfixturevalue("port")
    auth = {"type": "basic", "username": "", "password": PASSWORD}
    return connector(backend="redis", url=f"redis://127.0.0.1:{port}", auth=auth)


async def do(drivers: Connectors, action: Any) -> Any:
    outcome = await drivers.carriers[type(action)](action, Clock())
    assert type(outcome) is Done, outcome.detail
    return outcome.value


async def refused(drivers: Connectors, action: Any) -> Failed:
    outcome = await drivers.carriers[type(action)](action, Clock())
    assert type(outcome) is Failed
    return outcome


def key() -> str:
    return f"k{time.perf_counter_ns()}"


@pytest.mark.parametrize("value", [b"", b"text", "ключ".encode(), b"\x00\xff", b"x" * 100_000])
async def test_a_value_comes_back(drivers: Connectors, cache: Connector, value: bytes) -> None:
    name = key()
    assert await do(drivers, CacheGet(cache, inf, name)) is None
    await do(drivers, CachePut(cache, inf, name, value, 0.0))
    assert await do(drivers, CacheGet(cache, inf, name)) == value
    assert await do(drivers, CacheDelete(cache, inf, (name, "nobody"))) == 1
    assert await do(drivers, CacheGet(cache, inf, name)) is None


async def test_a_value_runs_out(drivers: Connectors, cache: Connector) -> None:
    name = key()
    await do(drivers, CachePut(cache, inf, name, b"1", 0.05))
    assert await do(drivers, CacheAdd(cache, inf, name, b"2", 60.0)) == b"1"
    await anyio.sleep(0.12)
    assert await do(drivers, CacheAdd(cache, inf, name, b"2", 60.0)) is None
    await do(drivers, CacheSwap(cache, inf, name, b"other", None, 0.0))
    assert await do(drivers, CacheGet(cache, inf, name)) == b"2"
    await do(drivers, CacheSwap(cache, inf, name, b"2", b"3", 60.0))
    assert await do(drivers, CacheGet(cache, inf, name)) == b"3"


async def test_counting_is_atomic(drivers: Connectors, cache: Connector) -> None:
    name = key()
    async with anyio.create_task_group() as group:
        for _ in range(100):
            group.start_soon(do, drivers, CacheIncrement(cache, inf, name, 2, 60.0))
    assert await do(drivers, CacheIncrement(cache, inf, name, -5, 60.0)) == 195
    await do(drivers, CachePut(cache, inf, name, b"text", 0.0))
    failed = await refused(drivers, CacheIncrement(cache, inf, name, 1, 0.0))
    assert (failed.code, failed.retryable) == ("connector_refused", False)


async def test_a_counter_runs_out_from_its_first_value(drivers: Connectors, cache: Connector) -> None:
    name = key()
    await do(drivers, CacheIncrement(cache, inf, name, 1, 0.2))
    await anyio.sleep(0.12)
    assert await do(drivers, CacheIncrement(cache, inf, name, 1, 0.2)) == 2
    await anyio.sleep(0.12)
    assert await do(drivers, CacheIncrement(cache, inf, name, 1, 0.2)) == 1


async def test_a_deadline_that_has_passed(drivers: Connectors, cache: Connector) -> None:
    failed = await refused(drivers, CachePut(cache, Clock().monotonic() - 1, key(), b"", 0.0))
    assert (failed.code, failed.happened) == ("timeout", False)


async def test_it_can_be_probed(drivers: Connectors, cache: Connector) -> None:
    assert (await do(drivers, Probe(cache, inf)))["server"] in ("memory", "redis")


async def test_memory_is_bounded_and_outlives_a_change(drivers: Connectors) -> None:
    small = connector(backend="memory", max_entries=3)
    for name in "abcd":
        await do(drivers, CachePut(small, inf, name, b"1", 0.0))
    assert [await do(drivers, CacheGet(small, inf, name)) for name in "abcd"] == [None, b"1", b"1", b"1"]
    changed = connector(backend="memory", max_entries=9, max_bytes=20)
    assert await do(drivers, CacheGet(changed, inf, "d")) == b"1"
    assert (await refused(drivers, CachePut(changed, inf, "e", b"x" * 30, 0.0))).code == "connector_refused"


async def test_wrong_credentials_are_told_without_them(drivers: Connectors, port: int) -> None:
    auth = {"type": "basic", "username": "", "password": "a wrong guess"}
    guess = connector(backend="redis", url=f"redis://127.0.0.1:{port}", auth=auth)
    failed = await refused(drivers, CacheGet(guess, inf, "k"))
    assert (failed.code, failed.retryable) == ("connector_refused", False)
    assert "wrong guess" not in failed.message + failed.detail


async def test_redis_killed_and_started_again(
    drivers: Connectors, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    port = free_port()
    cache = connector(backend="redis", url=f"redis://127.0.0.1:{port}")
    for _ in range(2):
        with redis_server(tmp_path, port, request.config):
            await do(drivers, CachePut(cache, inf, "k", b"1", 0.0))
        failed = await refused(drivers, CacheGet(cache, Clock().monotonic() + 5, "k"))
        assert (failed.code, failed.retryable) == ("connector_failed", True)


async def test_pools_are_replaced_bounded_and_closed() -> None:
    drivers = Connectors(Clock(), most=2)
    first, second, third = (connector(name, backend="memory") for name in "abc")
    held = drivers.pools.take(first)
    for each in (second, third):
        await do(drivers, CacheGet(each, inf, "k"))
    assert len(drivers.pools) == 2
    assert held.retired
    drivers.pools.give(held)
    other = connector("b", backend="memory", max_entries=5)
    await do(drivers, CacheGet(other, inf, "k"))
    drivers.pools.keep([other])
    assert len(drivers.pools) == 1
    await drivers.close()
    assert len(drivers.pools) == 0
