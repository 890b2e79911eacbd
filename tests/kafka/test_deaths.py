"""Servers that consume one topic together come and go, and two of them are killed: no record is lost, none repeated."""

import asyncio
import json
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from redis import Redis

from orion_core import COMPILED
from tests.http.api import ADMIN, PARSE, Api, task
from tests.http.servers import Server
from tests.kafka.consuming import committed, producing, topic
from tests.other_servers import RealKafka
from tests.services import free_port, redis_server
from tests.storages import rows, storages

RECORDS = 20_000 if COMPILED else 6_000  # interpreted, servers take three times as long
PARTITIONS, KEYS = 6, 200
PATIENCE = 60.0


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Redis]:
    port = free_port()
    with redis_server(tmp_path_factory.mktemp("redis"), port, request.config), Redis(port=port) as client:
        yield client


class Fleet:
    """Servers over one database, members of one group."""

    def __init__(self, folder: Path, stack: ExitStack, port: int) -> None:
        self._folder = folder
        self._stack = stack
        self._servers: dict[str, Server] = {}
        self.storage_url = storages.of(folder)
        self._settings = {
            "ORION_STORAGE__URL": self.storage_url,
            "ORION_STORAGE__BUSY_TIMEOUT_MS": "20000",
            "ORION_KAFKA__ENABLED": "true",
            "ORION_KAFKA__BROKERS": f"127.0.0.1:{port}",
            "ORION_KAFKA__SESSION_TIMEOUT_MS": "2000",
        }

    def join(self, name: str) -> Server:
        """Start one more."""
        folder = self._folder / name
        folder.mkdir()
        server = self._servers[name] = Server(folder, **self._settings)
        server.start()
        self._stack.callback(self._clear, server)
        return server

    def kill(self, name: str) -> None:
        self._servers[name].stop(signal.SIGKILL)

    def leave(self, name: str) -> None:
        """Stop one in good order."""
        server = self._servers[name]
        assert server.stop() == 0, server.log()

    def _clear(self, server: Server) -> None:
        if server.process is not None and server.process.poll() is None:
            server.stop(signal.SIGKILL)

    def outcomes(self) -> int:
        ((count,),) = rows(self.storage_url, "SELECT count(*) FROM traces")
        return int(count)

    def wait_for(self, outcomes: int) -> None:
        until = time.monotonic() + PATIENCE
        while self.outcomes() < outcomes:
            assert time.monotonic() < until, f"{self.outcomes()} of {outcomes}"
            time.sleep(0.1)


def publish(port: int, name: str, numbers: range) -> None:
    """Publish numbers, each key's in their order, much faster than they are consumed."""

    async def run() -> None:
        async with producing(port, linger_ms=5) as producer:
            for number in numbers:
                key = f"key-{number % KEYS}"
                await producer.send(name, json.dumps({"key": key, "number": number}).encode(), key=key.encode())

    asyncio.run(run())


def define(api: Api, redis: Redis, name: str) -> None:
    """A channel that keeps the last number of each key in Redis."""
    port = redis.connection_pool.connection_kwargs["port"]
    config = {"backend": "redis", "url": f"redis://127.0.0.1:{port}/0"}
    document = {"id": "state", "name": "state", "connector_type": "cache", "config": config}
    assert api.post(f"{ADMIN}/connectors", json=document).status_code == 201
    given = {"connector": "state", "key": {"var": "data.in.key"}, "value": {"var": "data.in.number"}}
    workflow = api.workflow([PARSE, task("keep", "cache_write", given)])
    api.channel(workflow, channel_type="async", protocol="kafka", topic=name)


def happening(fleet: Fleet) -> list[tuple[Callable[[], object], float]]:
    """What happens, one after the other, while more records wait; and the share of all that was published by then."""
    return [
        (lambda: fleet.join("second"), 0.3),
        (lambda: fleet.kill("first"), 0.5),
        (lambda: fleet.join("third"), 0.7),
        (lambda: fleet.kill("second"), 0.85),
        (lambda: (fleet.join("fourth"), fleet.leave("third")), 1.0),
    ]


def test_rebalances_and_deaths(
    real: RealKafka, redis: Redis, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = asyncio.run(topic(real.port, PARTITIONS))
    with ExitStack() as stack:
        fleet = Fleet(tmp_path, stack, real.port)
        first = fleet.join("first")
        with Api(first.url) as api:
            define(api, redis, name)
        began, published = time.monotonic(), 0
        with ThreadPoolExecutor(1) as pool:
            for happens, share in happening(fleet):
                numbers = range(published, int(RECORDS * share))
                publishing = pool.submit(publish, real.port, name, numbers)
                fleet.wait_for(published + len(numbers) // 4)
                happens()
                publishing.result()
                published = numbers.stop
        fleet.wait_for(RECORDS)
        took = time.monotonic() - began
        fleet.join("fifth")  # it finds nothing to do
        for each in ("fourth", "fifth"):
            fleet.leave(each)
    with capsys.disabled():
        print(f" {RECORDS} records in {took:.1f} s", end="")
    traces = rows(fleet.storage_url, "SELECT status, metadata_json FROM traces")
    assert Counter(status for status, _ in traces) == {"completed": RECORDS}
    places = [json.loads(metadata) for _, metadata in traces]
    ends = asyncio.run(committed(real.port, "orion", name, PARTITIONS))
    expected = {(partition, offset) for partition, end in enumerate(ends) for offset in range(end or 0)}
    found = Counter((each["kafka_partition"], each["kafka_offset"]) for each in places)
    assert set(found) == expected  # every offset is accounted for, and committed
    assert len(expected) == RECORDS == found.total()  # once
    state = {key: int(redis.get(key) or -1) for key in redis.scan_iter()}
    assert sorted(state.values()) == list(range(RECORDS - KEYS, RECORDS))
