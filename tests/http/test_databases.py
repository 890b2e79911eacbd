"""`db_read` and `db_write` through a real server to a SQLite file: as the documents show them, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.http.api import ADMIN, PARSE, Api, task, unique
from tests.http.servers import Server

Json = dict[str, Any]


@pytest.fixture
def shop(api: Api, tmp_path: Path) -> str:
    """A connector to an empty shop."""
    name = connect(api, f"sqlite:{tmp_path}/shop.db?mode=rwc")
    made = task(
        "t", "db_write", {"connector": name, "query": "CREATE TABLE orders (id INTEGER PRIMARY KEY, who, what)"}
    )
    api.answer(api.service(made), {})
    return name


def connect(api: Api, url: str, **config: object) -> str:
    name = unique("db")
    given = {"connection_string": url, "driver": "sqlite", **config}
    answer = api.post(f"{ADMIN}/connectors", json={"id": name, "name": name, "connector_type": "db", "config": given})
    assert answer.status_code == 201, answer.text
    return name


def write(connector: str, query: str, *params: object, **given: object) -> Json:
    members = {"connector": connector, "query": query, "params": list(params), "output": "data.out", **given}
    return task("write", "db_write", members)


def read(connector: str, query: str, *params: object, **given: object) -> Json:
    members = {"connector": connector, "query": query, "params": list(params), "output": "data.rows", **given}
    return task("read", "db_read", members)


def test_the_documented_example(api: Api, shop: str) -> None:
    channel = api.service(
        PARSE,
        write(shop, "INSERT INTO orders (who, what) VALUES ($1, $2)", {"var": "data.in.who"}, {"var": "data.in.what"}),
        read(shop, "SELECT id, what FROM orders WHERE who = $1", {"var": "data.in.who"}),
    )
    hostile = "'; DROP TABLE orders; --"
    out = api.answer(channel, {"who": "ada", "what": hostile})
    assert out["out"] == {"rows_affected": 1, "last_insert_id": out["rows"][0]["id"]}
    assert [row["what"] for row in out["rows"]] == [hostile]
    assert api.answer(channel, {"who": hostile, "what": {"a": 1}})["rows"][0]["what"] == '{"a":1}'


def test_several_statements_are_all_or_nothing(api: Api, shop: str) -> None:
    statements = [
        {"query": "INSERT INTO orders (id, who) VALUES (:id, 'x')", "params": {"id": {"var": "data.in.id"}}},
        {"query": "SELECT who FROM orders WHERE id = ?", "params": [{"var": "data.in.id"}]},
        {"query": "INSERT INTO orders (id, who) VALUES (?, 'y')", "params": [{"var": "data.in.other"}]},
    ]
    given = {"connector": shop, "statements": statements, "output": "data.out"}
    channel = api.service(PARSE, task("several", "db_write", given))
    assert api.answer(channel, {"id": 1000, "other": 1001})["out"] == [
        {"rows_affected": 1, "last_insert_id": 1000},
        {"rows_affected": 0, "rows": [{"who": "x"}]},
        {"rows_affected": 1, "last_insert_id": 1001},
    ]
    refused = api.call(channel, {"id": 2000, "other": 2000})
    assert (refused.status_code, refused.json()["error"]["reason"]) == (500, "connector_refused")
    assert "UNIQUE" not in refused.text.replace("SQLITE_CONSTRAINT", "")
    assert api.answer(api.service(read(shop, "SELECT * FROM orders WHERE id = 2000")), {})["rows"] == []


def test_reading_cannot_write(api: Api, shop: str) -> None:
    answer = api.call(api.service(read(shop, "DELETE FROM orders")), {})
    assert "db_read may change nothing" in answer.json()["error"]["message"]


def test_data_that_a_database_cannot_take_is_the_callers_mistake(api: Api, shop: str) -> None:
    answer = api.call(api.service(PARSE, read(shop, "SELECT ? AS a", {"var": "data.in"})), 2**64)
    assert (answer.status_code, answer.json()["error"]["reason"]) == (400, "invalid_data")


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"query": "SELECT ?, ?", "params": [1]}, "/tasks/0/function/input/params"),
        ({"query": "SELECT 1; SELECT 2"}, "/tasks/0/function/input/query"),
        ({"query": "SELECT 1", "statements": [{"query": "SELECT 1"}]}, "/tasks/0/function/input"),
        ({"query": "SELECT 1", "once": True}, "/tasks/0/function/input/once"),
        ({}, "/tasks/0/function/input"),
        ({"statements": [{"query": "SELECT 1"}, {"query": "SELECT ?"}]}, "/tasks/0/function/input/statements/1/params"),
        ({"query": "SELECT ?", "params": [{"no_such_operator": 1, "x": 2, "var": "a"}], "max_rows": 0}, "/tasks/0/function/input/max_rows"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_before_it_runs(api: Api, shop: str, given: Json, pointer: str) -> None:
    document = {"workflow_id": unique("w"), "name": "No", "tasks": [task("t", "db_read", {"connector": shop, **given})]}
    answer = api.post(f"{ADMIN}/workflows", json=document)
    if answer.status_code == 201:
        answer = api.activate("workflows", document["workflow_id"])
    assert answer.status_code == 400, answer.text
    assert pointer in [each["pointer"] for each in answer.json()["error"]["problems"]]


@pytest.mark.parametrize(
    ("config", "pointer"),
    [
        ({"connection_string": "oracle://x"}, "/config/connection_string"),
        ({"connection_string": "postgres://x", "driver": "mysql"}, "/config/driver"),
        ({"connection_string": "mysql://x", "auth": {"type": "bearer", "token": "abc"}}, "/config/auth/type"),
    ],
)
def test_a_connector_that_cannot_be(api: Api, config: Json, pointer: str) -> None:
    answer = api.post(f"{ADMIN}/connectors", json={"name": unique("db"), "connector_type": "db", "config": config})
    assert answer.status_code == 400
    assert pointer in [each["pointer"] for each in answer.json()["error"]["problems"]]


def test_a_dry_run_shows_statements_and_takes_rows(api: Api, shop: str) -> None:
    tasks = [PARSE, read(shop, "SELECT * FROM orders WHERE who = ?", {"var": "data.in.who"})]
    identity = api.workflow(tasks, active=False)
    sample = {"data": {"who": "ada"}, "outcomes": {"read": {"value": [{"id": 7}]}}}
    answer = api.post(f"{ADMIN}/workflows/{identity}/test", json=sample).json()
    assert answer["output"]["rows"] == [{"id": 7}]
    assert answer["trace"]["steps"][1]["calls"][0]["statements"] == [
        {"query": "SELECT * FROM orders WHERE who = ?", "params": ["ada"]}
    ]


def test_a_write_that_happens_once(api: Api, shop: str) -> None:
    insert = write(shop, "INSERT INTO orders (who) VALUES (?)", {"var": "data.in"}, once=True)
    channel = api.service(PARSE, insert)
    who = unique("who")
    assert api.answer(channel, who)["out"]["rows_affected"] == 1
    rows = read(shop, "SELECT count(*) AS n FROM orders WHERE who = ?", {"var": "data.in"})
    inbox = read(shop, "SELECT effect_key, result FROM orion_inbox", output="data.inbox")
    found = api.answer(api.service(PARSE, rows, {**inbox, "id": "inbox"}), who)
    assert found["rows"] == [{"n": 1}]
    (kept,) = found["inbox"]
    assert json.loads(kept["result"]) == [{"rows": None, "affected": 1, "last_id": 1}]

    identity = api.workflow([PARSE, insert], active=False)
    answer = api.post(f"{ADMIN}/workflows/{identity}/test", json={"data": who}).json()
    assert answer["trace"]["steps"][1]["calls"][0]["once"] is True
    identity = api.workflow([PARSE, write(shop, " commit", once=True)], active=False)
    problems = api.activate("workflows", identity).json()["error"]["problems"]
    assert [each["pointer"] for each in problems] == ["/tasks/1/function/input/query"]


@pytest.mark.sqlite("the database is a file, which connectors could open")
def test_orions_own_database_is_nobodys(own_server: Server, tmp_path: Path) -> None:
    database, link = tmp_path / "orion.db", tmp_path / "link.db"
    link.symlink_to(database)
    with Api(own_server.url) as api:
        for path in (database, link, f"{tmp_path}/./orion.db"):
            channel = api.service(read(connect(api, f"sqlite:{path}"), "SELECT * FROM connectors"))
            assert "own database" in api.call(channel, {}).json()["error"]["message"]
        name = unique("folder")
        config = {"provider": "local", "base_path": str(tmp_path)}
        api.post(f"{ADMIN}/connectors", json={"id": name, "name": name, "connector_type": "storage", "config": config})
        for path in ("orion.db", "link.db", "orion.db-wal"):
            channel = api.service(task("read", "storage_read", {"connector": name, "path": path}))
            assert "own files" in api.call(channel, {}).json()["error"]["message"]


def test_it_can_be_tried_out(api: Api, shop: str, tmp_path: Path) -> None:
    found = api.post(f"{ADMIN}/connectors/{shop}/test").json()
    assert (found["ok"], found["facts"]["server"]) == (True, "sqlite")
    gone = api.post(f"{ADMIN}/connectors/{connect(api, f'sqlite:{tmp_path}/gone.db')}/test").json()
    assert (gone["ok"], gone["reason"]) == (False, "connector_failed")
