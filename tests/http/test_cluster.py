"""Servers of one cluster: what they count in Redis together holds for all of them, and what happens while it is away."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.http.api import ADMIN, PARSE, Api, put, task, unique
from tests.http.servers import Server, serving
from tests.services import free_port, redis_server
from tests.storages import storages

Json = dict[str, Any]
PROGRAM = (str(Path(__file__).parent / "waiting.py"),)
PASSWORD = "only-the-cluster-knows"
BREAKERS = f"{ADMIN}/connectors/circuit-breakers"
BUDGET = 1000
PATIENCE = 5.0


class Cluster:
    """Servers of one database and one Redis."""

    def __init__(self, servers: list[Server], apis: list[Api], port: int) -> None:
        self.servers = servers
        self.apis = apis
        self.port = port

    def channel(self, *tasks: Json, **config: object) -> str:
        """A channel that answers on every server."""
        name = unique("c")
        self.apis[0].channel(self.apis[0].workflow(tasks or (PARSE,)), channel_id=name, name=name, config=config)
        generation = self.apis[0].get(f"{ADMIN}/engine/status").json()["generation"]
        for api in self.apis:
            until = time.monotonic() + PATIENCE
            while api.get(f"{ADMIN}/engine/status").json()["generation"] < generation:
                assert time.monotonic() < until
                time.sleep(0.01)
        return name

    def everywhere(self, path: str, times: int) -> Counter[int]:
        """Ask every server this often, many at once; how often there was which status."""
        with ThreadPoolExecutor(12) as pool:
            asked = [pool.submit(api.post, path, json={"data": 1}) for _ in range(times) for api in self.apis]
            return Counter(each.result().status_code for each in asked)


def url(port: int) -> str:
    return f"redis://:{PASSWORD}@127.0.0.1:{port}/0"


@contextmanager
def cluster_of(folder: Path, port: int, count: int, **settings: str) -> Iterator[Cluster]:
    given = {
        "ORION_STORAGE__URL": storages.of(folder),
        "ORION_CLUSTER__REDIS_URL": url(port),
        "ORION_CLUSTER__TIMEOUT_MS": "300",
        "ORION_ENGINE__CIRCUIT_BREAKER__ENABLED": "true",
        "ORION_ENGINE__CIRCUIT_BREAKER__FAILURE_THRESHOLD": "3",
        "ORION_ENGINE__CIRCUIT_BREAKER__RECOVERY_TIMEOUT_SECS": "1",
        **settings,
    }
    with ExitStack() as stack:

        def start(number: int) -> Server:
            own = folder / str(number)
            own.mkdir()
            return stack.enter_context(serving(own, PROGRAM, **given))

        with ThreadPoolExecutor() as pool:
            servers = list(pool.map(start, range(count)))
        many = httpx.Limits(max_connections=100)
        yield Cluster(servers, [stack.enter_context(Api(server.url, limits=many)) for server in servers], port)
        for server in servers:
            assert server.process is not None
            if server.process.poll() is None:
                assert server.stop() == 0, server.log()
            assert PASSWORD not in server.log()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Cluster]:
    port = free_port()
    folder = tmp_path_factory.mktemp("cluster")
    with redis_server(folder, port, request.config, "--requirepass", PASSWORD), cluster_of(folder, port, 3) as cluster:
        yield cluster


# --- what holds for all -------------------------------------------------------------------------------------------


def test_three_servers_admit_exactly_one_budget(cluster: Cluster) -> None:
    limit = {"requests_per_second": 0.001, "burst": BUDGET}
    channel = cluster.channel(rate_limit=limit)
    found = cluster.everywhere(f"/api/v1/data/{channel}", BUDGET // 2)
    assert found == {200: BUDGET, 429: BUDGET // 2}


def test_every_server_tells_what_is_left_for_all(cluster: Cluster) -> None:
    channel = cluster.channel(rate_limit={"requests_per_second": 0.01, "burst": 3})
    left = [api.call(channel, 1).headers["ratelimit"] for api in cluster.apis]
    assert left == [f'"{channel}";r={r};t={t}' for r, t in ((2, 100), (1, 200), (0, 300))]
    refused = cluster.apis[0].call(channel, 1)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "100")


def test_each_key_has_its_budget_everywhere(cluster: Cluster) -> None:
    key_logic = {"var": "data.who"}  # known when the body has been read
    channel = cluster.channel(rate_limit={"requests_per_second": 0.01, "burst": 1, "key_logic": key_logic})
    one, other, third = cluster.apis
    assert one.call(channel, {"who": "a"}).status_code == 200
    assert other.call(channel, {"who": "a"}).status_code == 429
    assert other.call(channel, {"who": "b"}).status_code == 200
    assert third.call(channel, {"who": "b"}).status_code == 429


def test_a_token_comes_back_by_the_clock_of_the_store(cluster: Cluster) -> None:
    channel = cluster.channel(rate_limit={"requests_per_second": 2, "burst": 1})
    one, other, _ = cluster.apis
    assert one.call(channel, 1).status_code == 200
    assert other.call(channel, 1).status_code == 429
    time.sleep(0.6)
    assert other.call(channel, 1).status_code == 200
    assert one.call(channel, 1).status_code == 429


def test_a_budget_holds_for_what_is_worked_on_later(cluster: Cluster) -> None:
    channel = cluster.channel(rate_limit={"requests_per_second": 0.01, "burst": 2})
    one, other, third = cluster.apis
    accepted = [api.submit(channel, 1) for api in (one, other)]
    assert third.post(f"/api/v1/data/{channel}/async", json={"data": 1}).status_code == 429
    for api, identity in zip((one, other), accepted, strict=True):
        assert api.ended(identity)["status"] == "completed"


def test_what_is_refused_for_its_body_was_counted(cluster: Cluster) -> None:
    channel = cluster.channel(rate_limit={"requests_per_second": 0.01, "burst": 1})
    broken = cluster.apis[0].post(f"/api/v1/data/{channel}", content=b"{", headers={"content-type": "application/json"})
    assert (broken.status_code, broken.json()["error"]["reason"]) == (400, "invalid_json")
    assert cluster.apis[1].call(channel, 1).status_code == 429


def test_a_key_is_known_to_all(cluster: Cluster) -> None:
    channel = cluster.channel(
        PARSE, put("data.at", {"now": []}), deduplication={"header": "Idempotency-Key", "on_duplicate": "replay"}
    )
    headers = {"idempotency-key": "k"}
    first = cluster.apis[0].call(channel, 1, headers=headers)
    for api in cluster.apis:
        again = api.call(channel, 1, headers=headers)
        assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")


def test_an_answer_is_kept_for_all(cluster: Cluster) -> None:
    channel = cluster.channel(PARSE, put("data.at", {"now": []}), cache={"enabled": True, "ttl_secs": 60})
    found = [api.call(channel, 1) for api in cluster.apis]
    assert [each.headers["x-cache"] for each in found] == ["miss", "hit", "hit"]
    assert len({each.content for each in found}) == 1


def test_the_platform_limits_each_client_once(tmp_path: Path, cluster: Cluster) -> None:
    settings = {
        "ORION_RATE_LIMIT__ENABLED": "true", "ORION_RATE_LIMIT__DEFAULT_RPS": "1000",
        "ORION_RATE_LIMIT__DEFAULT_BURST": "1000", "ORION_RATE_LIMIT__ENDPOINTS__DATA_RPS": "1",
        "ORION_CLUSTER__KEY_PREFIX": unique("another:"),
    }  # fmt: skip
    with cluster_of(tmp_path, cluster.port, 2, **settings) as limited:
        one, other = limited.apis
        assert one.get("/api/v1/data/nothing").status_code == 404
        refused = other.get("/api/v1/data/nothing")
        assert (refused.status_code, refused.json()["error"]["reason"]) == (429, "rate_limited")
        assert other.get(f"{ADMIN}/engine/status").status_code == 200


# --- breakers -----------------------------------------------------------------------------------------------------


class Guarded:
    """A channel whose one connector fails when it is told to."""

    def __init__(self, cluster: Cluster) -> None:
        connector = unique("conn")
        document = {"name": connector, "connector_type": "http", "config": {"url": "https://example.com"}}
        assert cluster.apis[0].post(f"{ADMIN}/connectors", json=document).status_code == 201
        late = {**task("fails", "wait", {"ms": 1000}), "condition": {"var": "data.in.fail"}}
        late["function"]["input"] |= {"timeout_ms": 20, "connector": connector}
        works = {
            **task("works", "wait", {"ms": 300, "connector": connector}),
            "condition": {"!": {"var": "data.in.fail"}},
        }
        self.channel = cluster.channel(PARSE, late, works)
        self.key = f"{self.channel}:{connector}"

    def call(self, api: Api, *, fail: bool) -> int:
        return api.call(self.channel, {"fail": fail}).status_code

    def states(self, cluster: Cluster) -> set[str | None]:
        return {api.get(BREAKERS).json()["breakers"].get(self.key) for api in cluster.apis}


def test_failures_on_all_open_one_breaker(cluster: Cluster) -> None:
    guarded = Guarded(cluster)
    for api in cluster.apis:
        assert guarded.call(api, fail=True) == 504
    assert guarded.states(cluster) == {"open"}
    for api in cluster.apis:
        refused = api.call(guarded.channel, {})
        assert (refused.status_code, refused.json()["error"]["reason"]) == (503, "circuit_open")
    time.sleep(1.1)
    found = cluster.everywhere(f"/api/v1/data/{guarded.channel}", 3)
    assert found == {200: 1, 503: 8}, "one probe for all"
    assert guarded.states(cluster) == {"closed"}
    assert [guarded.call(api, fail=False) for api in cluster.apis] == [200] * 3


def test_a_success_anywhere_ends_the_row_of_failures(cluster: Cluster) -> None:
    guarded = Guarded(cluster)
    one, other, third = cluster.apis
    assert [guarded.call(api, fail=True) for api in (one, other)] == [504, 504]
    assert guarded.call(third, fail=False) == 200
    assert [guarded.call(api, fail=True) for api in (one, other)] == [504, 504]
    assert guarded.states(cluster) == {"closed"}


def test_a_failing_probe_opens_it_for_all(cluster: Cluster) -> None:
    guarded = Guarded(cluster)
    for api in cluster.apis:
        guarded.call(api, fail=True)
    time.sleep(1.1)
    assert guarded.call(cluster.apis[1], fail=True) == 504
    assert guarded.states(cluster) == {"open"}
    assert guarded.call(cluster.apis[2], fail=False) == 503


def test_a_breaker_is_reset_for_all(cluster: Cluster) -> None:
    guarded = Guarded(cluster)
    for _ in range(3):
        guarded.call(cluster.apis[0], fail=True)
    assert guarded.states(cluster) == {"open"}
    reset = cluster.apis[2].post(f"{BREAKERS}/{guarded.key}")
    assert (reset.status_code, reset.json()) == (200, {"reset": True, "key": guarded.key})
    assert [guarded.call(api, fail=False) for api in cluster.apis] == [200] * 3
    assert cluster.apis[2].post(f"{BREAKERS}/no:body").status_code == 404


def test_a_caller_who_leaves_gives_the_probe_back(cluster: Cluster) -> None:
    guarded = Guarded(cluster)
    for api in cluster.apis:
        guarded.call(api, fail=True)
    time.sleep(1.1)
    with pytest.raises(httpx.ReadTimeout):
        cluster.apis[0].post(f"/api/v1/data/{guarded.channel}", json={"data": {}}, timeout=0.1)
    until = time.monotonic() + 0.8  # before the probe's own time would be over
    while guarded.call(cluster.apis[1], fail=False) != 200:
        assert time.monotonic() < until
        time.sleep(0.02)


# --- while the store is away --------------------------------------------------------------------------------------


def test_a_store_that_goes_and_comes_back(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """By default: limits and breakers hold on each server for itself, keys are refused, answers are made."""
    port = free_port()
    limit = {"requests_per_second": 0.01, "burst": 2}
    with ExitStack() as stack:
        here = stack.enter_context(ExitStack())
        here.enter_context(redis_server(tmp_path, port, pytestconfig, "--requirepass", PASSWORD))
        cluster = stack.enter_context(cluster_of(tmp_path, port, 2))
        one, other = cluster.apis
        limited, keyed = cluster.channel(rate_limit=limit), cluster.channel(deduplication={"header": "X-Key"})
        kept = cluster.channel(cache={"enabled": True, "ttl_secs": 60})
        assert one.get("/health").json()["components"]["cluster"] == "ok"
        assert one.call(limited, 1).status_code == 200
        here.close()

        started = time.monotonic()
        assert [api.call(limited, 1).status_code for api in (one, one, one, other, other, other)] == [200, 200, 429] * 2
        assert time.monotonic() - started < 3
        refused = one.call(keyed, 1, headers={"x-key": "a"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "DEDUP_UNAVAILABLE")
        assert one.call(keyed, 1).status_code == 200  # without a key nothing is promised
        assert one.call(kept, 1).headers["x-cache"] == "miss"
        guarded = Guarded(cluster)
        assert [guarded.call(one, fail=True) for _ in range(4)] == [504, 504, 504, 503]
        assert guarded.call(other, fail=True) == 504
        assert one.get(BREAKERS).json()["breakers"][guarded.key] == "open"
        assert one.post(f"{BREAKERS}/{guarded.key}").status_code == 503
        health = one.get("/health")
        assert (health.status_code, health.json()["status"]) == (200, "degraded")
        assert health.json()["components"]["cluster"] == "away"
        assert one.get("/readyz").status_code == 200

        stack.enter_context(redis_server(tmp_path, port, pytestconfig, "--requirepass", PASSWORD))
        until = time.monotonic() + PATIENCE
        while any(api.get("/health").json()["components"]["cluster"] != "ok" for api in (one, other)):
            assert time.monotonic() < until
            time.sleep(0.05)
        assert [api.call(limited, 1).status_code for api in (one, other, one)] == [200, 200, 429]
        assert one.call(keyed, 1, headers={"x-key": "a"}).status_code == 200
        assert other.call(keyed, 1, headers={"x-key": "a"}).status_code == 409
        for told in ("the cluster's store is away", "the cluster's store is back"):
            until = time.monotonic() + PATIENCE
            while told not in cluster.servers[0].log():
                assert time.monotonic() < until
                time.sleep(0.05)


def test_each_may_be_told_to_fail_the_other_way(tmp_path: Path) -> None:
    settings = {"ORION_CLUSTER__RATE_LIMITS": "closed", "ORION_CLUSTER__DEDUPLICATION": "open"}
    with cluster_of(tmp_path, free_port(), 1, **settings) as cluster:  # it starts without its store
        api = cluster.apis[0]
        limited = cluster.channel(rate_limit={"requests_per_second": 100})
        refused = api.call(limited, 1)
        error = refused.json()["error"]
        assert (refused.status_code, error["reason"], error["retryable"]) == (503, "limiter_unavailable", True)
        keyed = cluster.channel(deduplication={"header": "X-Key"})
        assert api.call(keyed, 1, headers={"x-key": "a"}).status_code == 200
        assert api.call(keyed, 1, headers={"x-key": "a"}).status_code == 409


def test_a_url_that_leads_to_no_redis_is_refused_at_the_start(tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError, match="must begin with redis://"),
        serving(tmp_path, ORION_CLUSTER__REDIS_URL="http://cache"),
    ):
        pass
