"""Instances of one database agree: what one is told is in force on all within a second, and nobody reloads anything."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.database_servers import SERVERS, DatabaseServer
from tests.http.api import ADMIN, PARSE, Api, put, unique
from tests.http.servers import Server, serving
from tests.services import free_port, redis_server

SECOND = 1.0
Apis = list[Api]
pytestmark = pytest.mark.skipif("ORION_URL" in os.environ, reason="starts servers of its own")


@pytest.fixture(scope="module", params=["postgres", "mysql", "sqlite"])
def apis(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apis]:
    """Three instances on PostgreSQL with Redis, and two each on the others alone; the first alone knows a secret."""
    folder = tmp_path_factory.mktemp("instances")
    if request.param == "sqlite":
        url = f"sqlite:{folder}/orion.db"
    else:
        server: DatabaseServer = request.getfixturevalue(f"{request.param}_server")
        url = server.new_database()
    settings = {"ORION_STORAGE__URL": url}
    with ExitStack() as stack:
        if request.param == "postgres":
            port = free_port()
            stack.enter_context(redis_server(folder, port, request.config))
            settings["ORION_CLUSTER__REDIS_URL"] = f"redis://127.0.0.1:{port}/0"

        def start(number: int) -> Server:
            own = folder / str(number)
            own.mkdir()
            secret = {"STOCK_TOKEN": "t"} if number == 0 else {}
            return stack.enter_context(serving(own, **settings, **secret))

        with ThreadPoolExecutor() as pool:
            servers = list(pool.map(start, range(3 if request.param == "postgres" else 2)))
        yield [stack.enter_context(Api(server.url)) for server in servers]
        for server in servers:
            assert server.stop() == 0, server.log()
            assert "the%20database" not in server.log()


def within(seconds: float, holds: Callable[[], bool]) -> float:
    """Wait until it holds. Returns how many seconds that took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(0.01)
    return time.monotonic() - began


def status(api: Api) -> Any:
    answer = api.get(f"{ADMIN}/engine/status")
    assert answer.status_code == 200, answer.text
    return answer.json()


def activations(apis: Apis, tries: int) -> None:
    """Activate a channel's next answer on one instance after the other; the rest must give it within a second."""
    channel = apis[0].service(PARSE, put("data.v", 0))
    workflow = apis[0].get(f"{ADMIN}/channels/{channel}").json()["data"]["workflow_id"]
    for number in range(1, tries + 1):
        one = apis[number % len(apis)]
        assert one.post(f"{ADMIN}/workflows/{workflow}/versions").status_code == 201
        changed = one.put(f"{ADMIN}/workflows/{workflow}", json={"tasks": [PARSE, put("data.v", number)]})
        assert changed.status_code == 200, changed.text
        assert one.activate("workflows", workflow).status_code == 200
        assert one.answer(channel, {})["v"] == number
        for other in apis:
            within(SECOND, lambda other=other, number=number: other.answer(channel, {})["v"] == number)  # type: ignore[misc]


@pytest.mark.endurance
def test_an_activation_is_in_force_on_all_within_a_second(apis: Apis, repeats: Callable[[int], int]) -> None:
    activations(apis, repeats(200))


def test_instances_with_a_redis_admit_one_budget(apis: Apis) -> None:
    if len(apis) < 3:
        pytest.skip("these have no Redis")
    channel = apis[0].channel(
        apis[0].workflow([PARSE]), config={"rate_limit": {"requests_per_second": 0.001, "burst": 1000}}
    )
    for api in apis:
        within(SECOND, lambda api=api: channel in status(api)["channels"])  # type: ignore[misc]
    with ThreadPoolExecutor(12) as pool:
        asked = [pool.submit(api.call, channel, 1) for _ in range(500) for api in apis]
        assert Counter(each.result().status_code for each in asked) == {200: 1000, 429: 500}


def test_whatever_is_changed_is_changed_on_all(apis: Apis) -> None:
    one, other = apis[0], apis[-1]
    channel = one.service(PARSE, put("data.v", 1))
    within(SECOND, lambda: other.call(channel, {}).status_code == 200)
    assert other.archive("channels", channel).status_code == 200
    within(SECOND, lambda: one.call(channel, {}).status_code == 404)
    again = one.service(PARSE, put("data.v", 1))
    within(SECOND, lambda: other.call(again, {}).status_code == 200)
    assert other.delete(f"{ADMIN}/channels/{again}").status_code == 204
    within(SECOND, lambda: one.call(again, {}).status_code == 404)


def test_a_connector_that_one_alone_can_use_is_a_fault_on_the_others(apis: Apis) -> None:
    able, others = apis[0], apis[1:]
    name = unique("stock")
    config = {"url": "https://stock.example", "auth": {"type": "bearer", "token": "${STOCK_TOKEN}"}}
    document = {"id": name, "name": name, "connector_type": "http", "config": config}
    assert able.post(f"{ADMIN}/connectors", json=document).status_code == 201
    for other in others:
        within(SECOND, lambda other=other: [each["id"] for each in status(other)["faults"]] == [name])  # type: ignore[misc]
    assert status(able)["faults"] == []
    channel = others[0].service(PARSE, put("data.v", 1))  # the rest serves, and may be changed
    within(SECOND, lambda: able.call(channel, {}).status_code == 200)
    assert able.delete(f"{ADMIN}/connectors/{name}").status_code == 204
    for other in others:
        within(SECOND, lambda other=other: status(other)["faults"] == [])  # type: ignore[misc]


def test_the_status_names_every_instance_and_what_it_runs(apis: Apis) -> None:
    apis[0].service(PARSE, put("data.v", 1))
    generation = status(apis[0])["generation"]
    own = {status(api)["instance"] for api in apis}
    assert len(own) == len(apis)
    for api in apis:

        def agreed(api: Api = api) -> bool:
            told = status(api)["instances"]
            return {each["id"] for each in told} == own and all(each["generation"] == generation for each in told)

        within(2, agreed)
    assert set(status(apis[0])["instances"][0]) == {"id", "version", "started_at", "seen_at", "generation"}


@pytest.mark.parametrize("kind", ["postgres", "mysql"])
def test_a_database_that_was_away_is_followed_again(kind: str, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    with SERVERS[kind](pytestconfig) as database, ExitStack() as stack:
        with database.running() as process:
            servers = []
            for number in range(2):
                (tmp_path / str(number)).mkdir()
                servers.append(stack.enter_context(serving(tmp_path / str(number), ORION_STORAGE__URL=database.url)))
            one, other = (stack.enter_context(Api(server.url)) for server in servers)
            channel = one.service(PARSE, put("data.v", 1))
            within(SECOND, lambda: other.call(channel, {}).status_code == 200)
            database.kill(process)
            time.sleep(1)
            assert status(other)["instances"] is None
            assert other.answer(channel, {})["v"] == 1
        with database.running() as process:
            within(10, lambda: one.archive("channels", channel).status_code == 200)
            within(5, lambda: other.call(channel, {}).status_code == 404)
            again = one.service(PARSE, put("data.v", 2))
            within(SECOND, lambda: other.call(again, {}).status_code == 200)
            assert other.answer(again, {})["v"] == 2
            complaint = "what other instances change is not noticed"
            assert [server.log().count(complaint) for server in servers] == [1, 1]
            assert [server.stop() for server in servers] == [0, 0]
            assert all("the%20database" not in server.log() for server in servers)
            database.kill(process)
