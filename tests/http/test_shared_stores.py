"""Keys and answers in Redis: two servers know what either has seen, and a store that fails is never a duplicate."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.http.api import ADMIN, PARSE, Api, put, task, unique
from tests.http.servers import Server, serving
from tests.services import free_port, redis_server

Json = dict[str, Any]
PROGRAM = (str(Path(__file__).parent / "waiting.py"),)
PASSWORD = "only the store knows"
KEY = {"header": "Idempotency-Key", "window_secs": 60, "connector": "shared"}


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def redis(port: int, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Redis]:
    options = ("--requirepass", PASSWORD)
    with redis_server(tmp_path_factory.mktemp("redis"), port, request.config, *options):
        yield Redis(port=port, password=PASSWORD)


@pytest.fixture(scope="module")
def servers(redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    with ExitStack() as stack:
        first, second = (stack.enter_context(serving(tmp_path_factory.mktemp("one"), PROGRAM)) for _ in range(2))
        yield first, second


@pytest.fixture
def pair(servers: tuple[Server, Server], port: int) -> Iterator["Pair"]:
    with Api(servers[0].url) as first, Api(servers[1].url) as second:
        pair = Pair(first, second)
        pair.connector("shared", {"backend": "redis", "url": f"redis://127.0.0.1:{port}/0", **login()})
        yield pair


def login() -> Json:
    return {"auth": {"type": "basic", "username": "", "password": PASSWORD}}


class Pair:
    """Two servers with the same definitions."""

    def __init__(self, first: Api, second: Api) -> None:
        self.first = first
        self.second = second

    def connector(self, name: str, config: Json) -> None:
        document = {"id": name, "name": name, "connector_type": "cache", "config": config}
        for api in (self.first, self.second):
            assert api.post(f"{ADMIN}/connectors", json=document).status_code in (201, 409)

    def channel(self, tasks: list[Json], config: Json) -> str:
        name = unique("shared")
        for api in (self.first, self.second):
            api.workflow(tasks, workflow_id=name)
            api.channel(name, channel_id=name, name=name, config=config)
        return name


def key(text: str) -> dict[str, dict[str, str]]:
    return {"headers": {"idempotency-key": text}}


def test_a_key_is_known_to_both(pair: Pair) -> None:
    channel = pair.channel([PARSE], {"deduplication": KEY})
    assert pair.first.call(channel, 1, **key("a")).status_code == 200
    again = pair.second.call(channel, 1, **key("a"))
    assert (again.status_code, again.json()["error"]["reason"]) == (409, "duplicate_request")
    assert pair.second.call(channel, 1, **key("b")).status_code == 200
    assert pair.second.call(channel, 1).status_code == 200


def test_the_first_answer_is_replayed_by_the_other(pair: Pair) -> None:
    channel = pair.channel([PARSE], {"deduplication": {**KEY, "on_duplicate": "replay"}})
    first = pair.first.call(channel, {"n": 1}, **key("a"))
    again = pair.second.call(channel, {"n": 1}, **key("a"))
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    other = pair.second.call(channel, {"n": 2}, **key("a"))
    assert (other.status_code, other.json()["error"]["reason"]) == (422, "idempotency_key_reused")


def test_while_the_first_is_under_way_the_other_conflicts(pair: Pair) -> None:
    channel = pair.channel(
        [task("w", "wait", {"ms": 1000}), PARSE], {"deduplication": {**KEY, "on_duplicate": "replay"}}
    )
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(pair.first.call(channel, 1, **key("a")).status_code))
    thread.start()
    time.sleep(0.4)
    busy = pair.second.call(channel, 1, **key("a"))
    assert (busy.status_code, busy.json()["error"]["reason"]) == (409, "request_in_flight")
    thread.join()
    assert answers == [200]
    assert pair.second.call(channel, 1, **key("a")).headers["idempotent-replayed"] == "true"


def test_many_at_once_on_both_are_worked_on_once(pair: Pair, redis: Redis) -> None:
    channel = pair.channel([task("w", "wait", {"ms": 300}), PARSE], {"deduplication": KEY})
    answers: list[int] = []

    def ask(api: Api) -> None:
        answers.append(api.call(channel, 1, **key("same")).status_code)

    threads = [threading.Thread(target=ask, args=(api,)) for api in (pair.first, pair.second) for _ in range(10)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(answers) == [200] + [409] * 19


def test_a_request_that_failed_frees_its_key_before_it_answers(pair: Pair, redis: Redis) -> None:
    channel = pair.channel([task("w", "wait", {"ms": 500}), PARSE], {"deduplication": KEY, "timeout_ms": 100})
    assert pair.first.call(channel, 1, **key("late")).status_code == 504
    assert redis.keys(f"orion:key:{channel}:*") == []
    assert pair.second.call(channel, 1, **key("late")).status_code == 504


def test_a_key_runs_out_with_its_window(pair: Pair) -> None:
    channel = pair.channel([PARSE], {"deduplication": {**KEY, "window_secs": 1}})
    assert pair.first.call(channel, 1, **key("a")).status_code == 200
    assert pair.second.call(channel, 1, **key("a")).status_code == 409
    time.sleep(1.2)
    assert pair.second.call(channel, 1, **key("a")).status_code == 200


def test_a_caller_who_leaves_frees_the_key(pair: Pair, redis: Redis) -> None:
    channel = pair.channel([task("w", "wait", {"ms": 5000}), PARSE], {"deduplication": KEY})
    with pytest.raises(Exception, match="timed out"):
        pair.first.post(f"/api/v1/data/{channel}", json={"data": 1}, timeout=0.3, **key("gone"))
    until = time.monotonic() + 3
    while redis.keys(f"orion:key:{channel}:*") and time.monotonic() < until:
        time.sleep(0.05)
    assert redis.keys(f"orion:key:{channel}:*") == []


def test_a_foreign_value_under_the_key_is_no_duplicate(pair: Pair, redis: Redis) -> None:
    channel = pair.channel([PARSE], {"deduplication": KEY})
    redis.set(f"orion:key:{channel}:theirs", b"hello", ex=60)
    answer = pair.first.call(channel, 1, **key("theirs"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "DEDUP_UNAVAILABLE")
    assert redis.get(f"orion:key:{channel}:theirs") == b"hello"


def test_answers_are_shared(pair: Pair) -> None:
    config = {"cache": {"enabled": True, "ttl_secs": 60, "connector": "shared"}}
    channel = pair.channel([PARSE, put("data.at", {"now": []})], config)
    first = pair.first.call(channel, 1)
    assert first.headers["x-cache"] == "miss"
    time.sleep(1.1)
    second = pair.second.call(channel, 1)
    assert second.headers["x-cache"] == "hit"
    assert 1 <= int(second.headers["age"]) <= 5
    assert second.content == first.content
    assert pair.second.call(channel, 2).headers["x-cache"] == "miss"


def test_an_answer_runs_out_for_both(pair: Pair, redis: Redis) -> None:
    config = {"cache": {"enabled": True, "ttl_secs": 1, "connector": "shared"}}
    channel = pair.channel([PARSE], config)
    pair.first.call(channel, 1)
    assert 0 < redis.pttl(redis.keys(f"orion:answer:{channel}:*")[0]) <= 1000
    assert pair.second.call(channel, 1).headers["x-cache"] == "hit"
    time.sleep(1.2)
    assert pair.second.call(channel, 1).headers["x-cache"] == "miss"


def test_identical_misses_are_one_flight_with_a_store_too(pair: Pair) -> None:
    config = {"cache": {"enabled": True, "ttl_secs": 60, "connector": "shared"}}
    channel = pair.channel([task("w", "wait", {"ms": 300}), PARSE], config)
    found: list[str] = []

    def ask() -> None:
        found.append(pair.first.call(channel, 1).headers["x-cache"])

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(found) == ["hit"] * 9 + ["miss"]


@pytest.mark.parametrize("config", ["refused", "wrong password", "silent"])
def test_a_store_that_fails(pair: Pair, port: int, config: str, request: pytest.FixtureRequest) -> None:
    """It is 503 with a code of its own for keys; answers are simply made."""
    with ExitStack() as stack:
        where = f"redis://127.0.0.1:{free_port()}"
        auth: Json = {}
        if config == "wrong password":
            where, auth = f"redis://127.0.0.1:{port}", {"auth": {"type": "basic", "username": "", "password": "guess"}}
        elif config == "silent":
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            where = f"redis://127.0.0.1:{listener.getsockname()[1]}"
        name = unique("failing")
        pair.connector(name, {"backend": "redis", "url": where, **auth})
        cache = {"enabled": True, "connector": name}
        channel = pair.channel([PARSE], {"deduplication": {**KEY, "connector": name}, "cache": cache})
        started = time.monotonic()
        answer = pair.first.call(channel, 1, **key("a"))
        assert time.monotonic() - started < 8
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["retryable"]) == (503, "DEDUP_UNAVAILABLE", True)
        assert "guess" not in answer.text
        without = pair.first.call(channel, 1)
        assert (without.status_code, without.headers["x-cache"]) == (200, "miss")


def test_a_server_finds_a_store_that_came_back(pair: Pair, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    port, name = free_port(), unique("restarted")
    pair.connector(name, {"backend": "redis", "url": f"redis://127.0.0.1:{port}"})
    channel = pair.channel([PARSE], {"deduplication": {**KEY, "connector": name}})
    for attempt in range(2):
        with redis_server(tmp_path, port, request.config):
            assert pair.first.call(channel, 1, **key(f"up {attempt}")).status_code == 200
            assert pair.first.call(channel, 1, **key(f"up {attempt}")).status_code == 409
        assert pair.first.call(channel, 1, **key(f"down {attempt}")).status_code == 503


def test_secrets_of_the_store_are_nowhere(pair: Pair, servers: tuple[Server, Server]) -> None:
    assert PASSWORD not in servers[0].log() + servers[1].log()
    assert PASSWORD not in pair.first.get(f"{ADMIN}/connectors/shared").text


@pytest.mark.parametrize("section", ["cache", "deduplication"])
@pytest.mark.parametrize(("connector", "told"), [("sharde", "not found"), ("web", "is no cache")])
def test_a_channel_whose_store_is_none_is_not_activated(pair: Pair, section: str, connector: str, told: str) -> None:
    web = {"id": "web", "name": "web", "connector_type": "http", "config": {"url": "https://example.com"}}
    assert pair.first.post(f"{ADMIN}/connectors", json=web).status_code in (201, 409)
    given: Json = {"enabled": True} if section == "cache" else {"header": "x-key"}
    channel = pair.first.channel(
        pair.first.workflow([PARSE]), active=False, config={section: {**given, "connector": connector}}
    )
    refused = pair.first.activate("channels", channel)
    assert refused.status_code == 400
    problem = refused.json()["error"]["problems"][0]
    assert problem["pointer"] == f"/config/{section}/connector"
    assert told in problem["message"]


def test_a_memory_connector_is_the_memory_of_the_server(pair: Pair) -> None:
    pair.connector("memory", {"backend": "memory"})
    channel = pair.channel([PARSE], {"deduplication": {**KEY, "connector": "memory"}})
    assert pair.first.call(channel, 1, **key("a")).status_code == 200
    assert pair.first.call(channel, 1, **key("a")).status_code == 409
    assert pair.second.call(channel, 1, **key("a")).status_code == 200


@pytest.mark.parametrize(
    ("config", "pointer"),
    [
        ({"backend": "redis"}, "/config/url"),
        ({"backend": "redis", "url": "http://localhost"}, "/config/url"),
        ({"backend": "redis", "url": "redis://h", "auth": {"type": "bearer", "token": "t"}}, "/config/auth/type"),
    ],
)
def test_a_connector_that_cannot_be_is_refused(pair: Pair, config: Json, pointer: str) -> None:
    document = {"name": unique("no"), "connector_type": "cache", "config": config}
    refused = pair.first.post(f"{ADMIN}/connectors", json=document)
    assert refused.status_code == 400
    assert pointer in [problem["pointer"] for problem in refused.json()["error"]["problems"]]
