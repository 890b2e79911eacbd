"""One workflow with all connectors at once, against real servers: what the connector chapter promises, as written."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import boto3
import pytest

from tests import other_servers
from tests.database_servers import mariadb, postgres
from tests.http.api import ADMIN, PARSE, Api, put, task, unique
from tests.http.upstream import upstream
from tests.services import free_port, redis_server

Json = dict[str, Any]


@pytest.fixture(scope="module")
def configs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The connectors' configs, by what they lead to; the servers run."""
    config = request.config
    with ExitStack() as stack:

        def folder(name: str) -> Any:
            return tmp_path_factory.mktemp(name)

        databases = [stack.enter_context(make(config)) for make in (postgres, mariadb)]
        for database in databases:
            stack.enter_context(database.running())
        redis, kafka, mongo = free_port(), free_port(), free_port()
        stack.enter_context(redis_server(folder("redis"), redis, config))
        stack.enter_context(other_servers.kafka(folder("kafka"), kafka, config))
        stack.enter_context(other_servers.mongodb(folder("mongo"), mongo, config))
        endpoint, _ = stack.enter_context(other_servers.s3(folder("s3"), config))
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "us-east-1"}
        boto3.client("s3", endpoint_url=endpoint, **keys).create_bucket(Bucket="uploads")
        other_servers.create_topic(kafka, "orders")
        partner = stack.enter_context(upstream())
        yield {
            "postgres": ("db", {"connection_string": databases[0].url}),
            "mysql": ("db", {"connection_string": databases[1].url, "driver": "mysql"}),
            "sqlite": ("db", {"connection_string": f"sqlite:{folder('sqlite')}/x.db?mode=rwc", "driver": "sqlite"}),
            "mongo": ("db", {"connection_string": f"mongodb://127.0.0.1:{mongo}", "driver": "mongodb"}),
            "redis": ("cache", {"backend": "redis", "url": f"redis://127.0.0.1:{redis}"}),
            "memory": ("cache", {"backend": "memory"}),
            "kafka": ("kafka", {"brokers": [f"127.0.0.1:{kafka}"], "topic": "orders", "idempotent": False}),
            "s3": ("storage", {
                "provider": "s3", "bucket": "uploads", "region": "us-east-1", "endpoint": endpoint, "base_path": "/data",
                "auth": {"type": "basic", "username": "x", "password": "a-secret-key"},
            }),
            "folder": ("storage", {"provider": "local", "base_path": str(folder("objects"))}),
            "partner": ("http", {"url": partner.url, "allow_private_urls": True}),
        }  # fmt: skip


@pytest.fixture
def names(api: Api, configs: dict[str, Any]) -> dict[str, str]:
    made = {}
    for what, (kind, config) in configs.items():
        name = made[what] = unique(what)
        document = {"id": name, "name": name, "connector_type": kind, "config": config}
        answer = api.post(f"{ADMIN}/connectors", json=document)
        assert answer.status_code == 201, answer.text
    return made


def tasks_of(names: dict[str, str]) -> list[Json]:
    order = {"var": "data.in.id"}
    key = {"cat": ["order:", order]}

    def on(what: str, function: str, identity: str, **given: object) -> Json:
        return task(identity, function, {"connector": names[what], **given})

    tasks = [PARSE]
    for what, place in (("postgres", "$1, $2"), ("mysql", "?, ?"), ("sqlite", ":id, :note")):
        params: Any = (
            {"id": order, "note": {"var": "data.in.note"}} if ":" in place else [order, {"var": "data.in.note"}]
        )
        tasks += [
            on(what, "db_write", f"{what}-table", output="temp_data.made",
               query="CREATE TABLE IF NOT EXISTS orders (id VARCHAR(200) PRIMARY KEY, note TEXT)"),
            on(what, "db_write", f"{what}-write", output=f"data.{what}.wrote", params=params,
               query=f"INSERT INTO orders (id, note) VALUES ({place})"),
            on(what, "db_read", f"{what}-read", output=f"data.{what}.rows", params=[order],
               query="SELECT note FROM orders WHERE id = $1"),
        ]  # fmt: skip
    tasks += [
        on("partner", "http_call", "call", method="POST", path="/echo", body_logic={"id": order}, response_path="data.partner"),
        on("mongo", "mongo_write", "mongo-write", database="shop", collection="orders", operation="insert",
           documents={"_id": order, "note": {"var": "data.in.note"}}, output="data.mongo.wrote"),
        on("mongo", "mongo_read", "mongo-read", database="shop", collection="orders", filter={"_id": order}, output="data.mongo.rows"),
    ]  # fmt: skip
    for what in ("redis", "memory"):
        tasks += [
            on(what, "cache_write", f"{what}-write", key=key, value={"note": {"var": "data.in.note"}}, ttl_secs=60),
            on(what, "cache_read", f"{what}-read", key=key, output=f"data.{what}.value"),
        ]
    for what in ("s3", "folder"):
        tasks += [
            on(what, "storage_write", f"{what}-write", path={"cat": ["orders/", order, ".json"]}, content={"id": order}),
            on(what, "storage_read", f"{what}-read", path={"cat": ["orders/", order, ".json"]}, output=f"data.{what}.content"),
            on(what, "storage_list", f"{what}-list", prefix="orders", output=f"data.{what}.list"),
        ]  # fmt: skip
    tasks += [
        on("s3", "storage_link", "link", path={"cat": ["orders/", order, ".json"]}, output="data.link"),
        on("kafka", "publish_kafka", "publish", topic="orders", key_logic=order, output="data.published"),
    ]
    return tasks


HOSTILE = "'; DROP TABLE orders; -- \\' \" $1 ? :id %s"


def test_every_connector_in_one_workflow(api: Api, names: dict[str, str]) -> None:
    channel = api.service(*tasks_of(names))
    for number in range(2):
        given = {"id": unique("order"), "note": f"{HOSTILE} {number}"}
        out = api.answer(channel, given)
        for what in ("postgres", "mysql", "sqlite"):
            assert (out[what]["rows"], out[what]["wrote"]["rows_affected"]) == ([{"note": given["note"]}], 1)
        assert out["partner"]["body"] == f'{{"id":"{given["id"]}"}}'
        assert out["mongo"]["rows"] == [{"_id": given["id"], "note": given["note"]}]
        assert out["redis"]["value"] == out["memory"]["value"] == {"note": given["note"]}
        for what in ("s3", "folder"):
            assert out[what]["content"] == {"id": given["id"]}
            assert f"orders/{given['id']}.json" in [each["path"] for each in out[what]["list"]]
        assert "a-secret-key" not in out["link"]
        assert out["published"]["offset"] == number
    for name in names.values():
        found = api.post(f"{ADMIN}/connectors/{name}/test").json()
        assert found["ok"] is True, found


def test_a_dry_run_of_it_touches_nothing(api: Api, names: dict[str, str]) -> None:
    identity = api.workflow(tasks_of(names), active=False)
    answer = api.post(f"{ADMIN}/workflows/{identity}/test", json={"data": {"id": "o-1", "note": HOSTILE}})
    assert answer.status_code == 200, answer.text
    calls = [call for step in answer.json()["trace"]["steps"] for call in step.get("calls", [])]
    assert len(calls) == len(tasks_of(names)) - 1
    assert "a-secret-key" not in answer.text
    gone = api.service(task("read", "storage_read", {"connector": names["folder"], "path": "orders/o-1.json"}))
    assert api.answer(gone, {}) is None


def test_data_brings_no_operator_into_a_filter(api: Api, names: dict[str, str]) -> None:
    login = {"connector": names["mongo"], "database": "shop", "collection": "users", "output": "data.found"}
    channel = api.service(PARSE, task("find", "mongo_read", {**login, "filter": {"password": {"var": "data.in"}}}))
    answer = api.call(channel, {"$ne": None})
    assert (answer.status_code, answer.json()["error"]["reason"]) == (400, "invalid_data")
    assert "'$ne'" in answer.json()["error"]["message"]


def test_data_brings_no_path_out_of_a_folder(api: Api, names: dict[str, str]) -> None:
    given = {"connector": names["folder"], "path": {"var": "data.in"}, "output": "data.found"}
    channel = api.service(PARSE, task("read", "storage_read", given), put("data.done", True))
    for path in ("../../etc/passwd", "/etc/passwd", "a/../../b", "", 5):
        answer = api.call(channel, path)
        assert (answer.status_code, answer.json()["error"]["reason"]) == (400, "invalid_data")
