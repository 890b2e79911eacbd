"""Outside systems are killed under load and started again: errors are bounded, the breaker opens, and all is well again.

Orion is not touched meanwhile.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests import other_servers
from tests.database_servers import SERVERS
from tests.http.api import ADMIN, PARSE, Api, put, task, unique
from tests.http.servers import Server, serving
from tests.services import free_port, redis_server

Json = dict[str, Any]
ROUNDS = 2
AT_ONCE = 8
TIMEOUT = 1500  # milliseconds of a channel
SLACK = 1.5  # seconds that an answer may come after its channel's timeout on a machine that is busy


class System:
    """An outside system.

    Args:
        kind: Of its connector.
        config: Of its connector.
        given: What a workflow asks of it: a function and its input.
        running: Starts it; gives a way to kill it.
    """

    def __init__(
        self, kind: str, config: Json, given: tuple[str, Json], running: Callable[[], AbstractContextManager[Any]]
    ) -> None:
        self.kind = kind
        self.config = config
        self.given = given
        self.running = running


@contextmanager
def a_database(kind: str, folder: Path, config: pytest.Config) -> Iterator[System]:
    with SERVERS[kind](config) as server:
        given = ("db_read", {"query": "SELECT 1 AS one"})
        yield System("db", {"connection_string": server.url, "driver": kind}, given, server.running)


@contextmanager
def a_cache(kind: str, folder: Path, config: pytest.Config) -> Iterator[System]:
    port = free_port()
    where = {"backend": "redis", "url": f"redis://127.0.0.1:{port}"}
    yield System("cache", where, ("cache_read", {"key": "k"}), lambda: redis_server(folder, port, config))


@contextmanager
def a_mongo(kind: str, folder: Path, config: pytest.Config) -> Iterator[System]:
    port = free_port()
    where = {"connection_string": f"mongodb://127.0.0.1:{port}", "driver": "mongodb", "connect_timeout_ms": 1000}
    given = ("mongo_read", {"database": "shop", "collection": "c"})
    yield System("db", where, given, lambda: other_servers.mongodb(folder, port, config))


@contextmanager
def a_broker(kind: str, folder: Path, config: pytest.Config) -> Iterator[System]:
    port = free_port()
    where = {"brokers": [f"127.0.0.1:{port}"], "topic": "events", "idempotent": False}
    given = ("publish_kafka", {"topic": "events", "value_logic": 1})
    yield System("kafka", where, given, lambda: broker_with_topic(folder, port, config))


@contextmanager
def broker_with_topic(folder: Path, port: int, config: pytest.Config) -> Iterator[Any]:
    with other_servers.kafka(folder, port, config) as process:
        other_servers.create_topic(port, "events")
        yield process


@contextmanager
def a_storage(kind: str, folder: Path, config: pytest.Config) -> Iterator[System]:
    port = free_port()
    auth = {"type": "basic", "username": "x", "password": "secret"}
    where = {
        "provider": "s3",
        "bucket": "bucket",
        "region": "us-east-1",
        "endpoint": f"http://127.0.0.1:{port}",
        "auth": auth,
    }

    @contextmanager
    def running() -> Iterator[Any]:
        with other_servers.s3(folder, config, port) as (url, process):
            keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "us-east-1"}
            boto3.client("s3", endpoint_url=url, **keys).create_bucket(Bucket="bucket")
            yield process

    yield System("storage", where, ("storage_read", {"path": "a"}), running)


SYSTEMS: dict[str, Callable[[str, Path, pytest.Config], AbstractContextManager[System]]] = {
    "postgres": a_database, "mysql": a_database, "redis": a_cache, "mongo": a_mongo, "kafka": a_broker, "s3": a_storage,
}  # fmt: skip


@pytest.fixture(scope="module")
def orion(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {
        "ORION_ENGINE__CIRCUIT_BREAKER__ENABLED": "true",
        "ORION_ENGINE__CIRCUIT_BREAKER__FAILURE_THRESHOLD": "3",
        "ORION_ENGINE__CIRCUIT_BREAKER__RECOVERY_TIMEOUT_SECS": "1",
    }
    with serving(tmp_path_factory.mktemp("orion"), **settings) as server:
        yield server


class Load:
    """Callers who never stop; each answer is kept with the instant and how long it took."""

    def __init__(self, url: str, channel: str) -> None:
        self.answers: list[tuple[float, int, str, float]] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(url, channel)) for _ in range(AT_ONCE)]

    def __enter__(self) -> "Load":
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for each in self._threads:
            each.join()

    def _ask(self, url: str, channel: str) -> None:
        with Api(url) as api:
            while not self._stop.is_set():
                began = time.monotonic()
                answer = api.call(channel, {})
                ended = time.monotonic()
                reason = "" if answer.status_code == 200 else answer.json()["error"]["reason"]
                self.answers.append((ended, answer.status_code, reason, ended - began))
                time.sleep(0.01)

    def since(self, instant: float) -> list[tuple[float, int, str, float]]:
        return [each for each in list(self.answers) if each[0] >= instant]

    def wait(self, seconds: float, what: Callable[[list[tuple[float, int, str, float]]], bool]) -> float:
        """Wait until the answers from now on are so; returns the instant."""
        began = time.monotonic()
        while not what(self.since(began)):
            assert time.monotonic() - began < seconds, self.since(began)[-20:]
            time.sleep(0.05)
        return time.monotonic()


@pytest.mark.parametrize("name", SYSTEMS)
def test_an_outage(orion: Server, name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    with SYSTEMS[name](name, tmp_path, request.config) as system, Api(orion.url) as api:
        connector = unique(name)
        config = {**system.config, "retry": {"max_retries": 1, "retry_delay_ms": 50}}
        document = {"id": connector, "name": connector, "connector_type": system.kind, "config": config}
        assert api.post(f"{ADMIN}/connectors", json=document).status_code == 201
        function, given = system.given
        asking = task("ask", function, {"connector": connector, **given}, continue_on_error=False)
        channel = api.channel(api.workflow([PARSE, asking, put("data", {})]), config={"timeout_ms": TIMEOUT})
        with system.running() as process, Load(orion.url, channel) as load:
            load.wait(20, lambda answers: len(answers) > 50 and all(each[1] == 200 for each in answers[-20:]))
            process.kill()
            process.wait()
            load.wait(10, lambda answers: any(each[2] == "circuit_open" for each in answers))
            assert state_of(api, f"{channel}:{connector}") in ("open", "half_open")
        for _ in range(ROUNDS):
            with Load(orion.url, channel) as load:
                load.wait(5, lambda answers: len(answers) > 20 and all(each[1] != 200 for each in answers))
                with system.running():
                    load.wait(20, lambda answers: len(answers) > 50 and all(each[1] == 200 for each in answers[-20:]))
                    assert state_of(api, f"{channel}:{connector}") == "closed"
            slowest = max(each[3] for each in load.answers)
            assert slowest < TIMEOUT / 1000 + SLACK
            assert {each[1] for each in load.answers} <= {200, 500, 503, 504}
    assert "unexpected failure" not in orion.log()


def state_of(api: Api, key: str) -> str:
    listed: dict[str, str] = api.get(f"{ADMIN}/connectors/circuit-breakers").json()["breakers"]
    return listed[key]
