"""Two servers on one PostgreSQL, and two on one MariaDB, started at once on an empty database."""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.database_servers import DatabaseServer
from tests.http.api import ADMIN, PARSE, Api, put, unique
from tests.http.servers import Server, serving

Servers = tuple[Api, Api]


@pytest.fixture(scope="module", params=["postgres", "mysql"])
def storage_url(request: pytest.FixtureRequest) -> str:
    if os.environ.get("ORION_URL"):
        pytest.skip("starts servers of its own; ORION_URL names somebody else's")
    server: DatabaseServer = request.getfixturevalue(f"{request.param}_server")
    return server.new_database()


@pytest.fixture(scope="module")
def servers(storage_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with ExitStack() as stack:

        def start(folder: Path) -> Server:
            return stack.enter_context(serving(folder, ORION_STORAGE__URL=storage_url))

        with ThreadPoolExecutor() as pool:
            one, other = pool.map(start, [tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("other")])
        with Api(one.url) as first, Api(other.url) as second:
            yield first, second
        for server in (one, other):
            assert server.stop() == 0, server.log()
            assert "the%20database" not in server.log()


def until(holds: Callable[[], bool]) -> None:
    late = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < late
        time.sleep(0.02)


def reload(api: Api) -> None:
    answer = api.post(f"{ADMIN}/engine/reload")
    assert answer.status_code == 200, answer.text


def test_the_first_service_lives_on_both(servers: Servers) -> None:
    one, other = servers
    flag = put("data.in.flagged", {">": [{"var": "data.in.total"}, 10_000]})
    channel = one.service(PARSE, flag)
    reload(other)
    for api in servers:
        assert api.answer(channel, {"total": 25_000})["in"]["flagged"] is True
    identities = {api.call(channel, {"total": number}).json()["id"] for number, api in enumerate(servers)}

    def recorded() -> bool:
        """Whether both can read all four traces, which are written behind the answers."""
        listed = [api.get("/api/v1/data/traces", params={"channel": channel}).json()["data"] for api in servers]
        return all(identities < {trace["id"] for trace in traces} and len(traces) == 4 for traces in listed)

    until(recorded)


def test_versions_rollout_and_audit(servers: Servers) -> None:
    one, other = servers
    workflow = one.workflow([put("data.v", 1)])
    assert other.post(f"{ADMIN}/workflows/{workflow}/versions").status_code == 201
    changed = other.put(f"{ADMIN}/workflows/{workflow}", json={"name": "Größe ", "tags": ["a_b", "É"]})
    assert changed.status_code == 200, changed.text
    assert one.activate("workflows", workflow, rollout_percentage=30).status_code == 200
    versions = other.get(f"{ADMIN}/workflows/{workflow}/versions").json()["data"]
    assert [(each["version"], each["rollout_percentage"]) for each in versions] == [(2, 30), (1, 70)]
    assert other.patch(f"{ADMIN}/workflows/{workflow}/rollout", json={"rollout_percentage": 100}).status_code == 200
    tagged = [other.get(f"{ADMIN}/workflows", params={"tag": tag}).json()["data"] for tag in ("É", "É ", "é", "\0")]
    assert [[each["workflow_id"] for each in found] for found in tagged] == [[workflow], [], [], []]
    acts = one.get(f"{ADMIN}/audit-logs", params={"resource_id": workflow}).json()["data"]
    assert [act["action"] for act in acts][:2] == ["rollout", "activate"]
    assert len(acts) == 6


def test_of_many_who_activate_the_same_draft_on_both_one_does(servers: Servers) -> None:
    workflow = servers[0].workflow([put("data.v", 1)], active=False)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda number: servers[number % 2].activate("workflows", workflow), range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 9


def test_what_cannot_be_stored_is_refused_and_the_rest_is_not(servers: Servers) -> None:
    names = [unique("w") for _ in range(3)]
    items = [{"workflow_id": name, "name": name, "tasks": [put("data.v", 1)]} for name in names]
    items[1]["tags"] = ["a\0b"]
    answer = servers[0].post(f"{ADMIN}/workflows/import?partial=true", json=items)
    assert answer.status_code in (200, 201, 207), answer.text
    found = [servers[1].get(f"{ADMIN}/workflows/{name}").status_code for name in names]
    assert (found[0], found[2]) == (200, 200)
    assert servers[1].get(f"{ADMIN}/workflows/%00").status_code in (400, 404)


def test_asynchronous_work_is_shared(servers: Servers) -> None:
    one, other = servers
    channel = one.service(PARSE, put("data.double", {"*": [{"var": "data.in.n"}, 2]}))
    reload(other)
    accepted = [(api, api.submit(channel, {"n": number})) for number in range(10) for api in servers]
    for number, (api, identity) in enumerate(accepted):
        trace = (other if api is one else one).ended(identity)
        assert trace["message"]["context"]["data"]["double"] == number // 2 * 2
        assert [attempt["outcome"] for attempt in trace["attempt_log"]] == ["completed"]
    identity = one.submit(channel, {"n": 1, "text": "a\0b"})
    assert other.ended(identity)["message"]["payload"] == {"n": 1, "text": "a\0b"}
