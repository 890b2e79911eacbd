"""`db_write` that happens once, asked of the driver and of real databases: PostgreSQL, MariaDB and SQLite."""

import json
import logging
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import anyio
import psycopg
import pymysql
import pytest

from orion_core import Connector
from orion_core.protocol import Done, Perform, Sleep
from orion_io.clock import Clock
from orion_io.connectors.connectors import Connectors
from orion_io.connectors.sql import mysql, postgres, sqlite
from orion_io.connectors.sql.sessions import Inbox
from tests.connectors.asking import outcome, refused
from tests.connectors.cut import Cut
from tests.connectors.shops import call, connector, do, read, table
from tests.core.service import Service, request, task
from tests.database_servers import PASSWORD, SERVERS, DatabaseServer

pytestmark = pytest.mark.anyio
SERVED = ["postgres", "mysql"]
SLEEP = {"postgres": "SELECT 1 AS a FROM pg_sleep({})", "mysql": "SELECT SLEEP({}) AS a"}


def key() -> str:
    return f"00000000-0000-4000-8000-000000000001-0123456789abcdef-{time.perf_counter_ns()}"


async def kept(drivers: Connectors, shop: Connector, once: str) -> list[dict[str, Any]]:
    return await read(drivers, shop, "SELECT result FROM orion_inbox WHERE effect_key = $1", [once])


async def test_the_second_time_nothing_runs_and_the_results_are_those_of_the_first(
    drivers: Connectors, shop: Connector
) -> None:
    await do(drivers, shop, "SELECT 1 AS a", once=key())
    await do(drivers, shop, "DROP TABLE orion_inbox")  # the next call finds none
    name = await table(drivers, shop, "id INTEGER PRIMARY KEY, f DOUBLE PRECISION, t TEXT")
    statements = (
        (f"INSERT INTO {name} VALUES ($1, $2, $3)", [2**31 - 1, 0.1, 'it\'s "𝒳" %s \\']),
        f"SELECT id, f, t, NULL AS n, 9223372036854775807 AS big FROM {name}",
        f"UPDATE {name} SET t = 'other'",
    )
    once = key()
    first = await do(drivers, shop, *statements, once=once)
    assert [each.affected for each in first][::2] == [1, 1]
    assert first[1].rows == [
        {"id": 2**31 - 1, "f": 0.1, "t": 'it\'s "𝒳" %s \\', "n": None, "big": 2**63 - 1}
    ]  # fmt: skip
    assert await do(drivers, shop, *statements, once=once) == first
    assert await do(drivers, shop, "DELETE FROM no_such_table", once=once) == first
    assert len(await kept(drivers, shop, once)) == 1


async def test_another_key_is_another_effect(drivers: Connectors, shop: Connector) -> None:
    name = await table(drivers, shop, "id INTEGER")
    for once in (first := key(), first.upper(), f"{first}0", ""):
        await do(drivers, shop, f"INSERT INTO {name} VALUES (1)", once=once)
    assert len(await read(drivers, shop, f"SELECT id FROM {name}")) == 4


async def test_what_failed_runs_again(drivers: Connectors, shop: Connector) -> None:
    name, once = await table(drivers, shop, "id INTEGER PRIMARY KEY"), key()
    for _ in range(2):
        failed = await refused(
            drivers, call(shop, f"INSERT INTO {name} VALUES (1)", f"INSERT INTO {name} VALUES (1)", once=once)
        )
        assert (failed.code, failed.retryable, failed.happened) == ("connector_refused", False, False)
        assert await kept(drivers, shop, once) == []
    await do(drivers, shop, f"INSERT INTO {name} VALUES (1)", once=once)
    assert await read(drivers, shop, f"SELECT id FROM {name}") == [{"id": 1}]


async def test_who_comes_at_the_same_time_waits_for_the_first(drivers: Connectors, shop: Connector, kind: str) -> None:
    name, once = await table(drivers, shop, "id INTEGER"), key()
    wait = [SLEEP[kind].format(0.1)] if kind in SLEEP else []
    results = []

    async def write(number: int) -> None:
        results.append(await do(drivers, shop, f"INSERT INTO {name} VALUES ({number})", *wait, once=once))

    async with anyio.create_task_group() as group:
        for number in range(5):
            group.start_soon(write, number)
    assert len(await read(drivers, shop, f"SELECT id FROM {name}")) == 1
    assert results == [results[0]] * 5


async def test_many_keys_at_once_do_not_get_in_each_others_way(drivers: Connectors, shop: Connector) -> None:
    name = await table(drivers, shop, "id INTEGER")
    async with anyio.create_task_group() as group:
        for number in range(20):
            for _ in range(2):
                once = f"{name}-{number}"
                group.start_soon(lambda n=number, k=once: do(drivers, shop, f"INSERT INTO {name} VALUES ({n})", once=k))
    assert await read(drivers, shop, f"SELECT count(*) AS n FROM {name}") == [{"n": 20}]


@pytest.mark.parametrize("kind", SERVED)
async def test_who_waits_for_one_that_fails_runs(drivers: Connectors, shop: Connector, kind: str) -> None:
    name, once = await table(drivers, shop, "id INTEGER PRIMARY KEY"), key()
    await do(drivers, shop, f"INSERT INTO {name} VALUES (0)", once=key())
    async with anyio.create_task_group() as group:
        failing = call(shop, f"INSERT INTO {name} VALUES (1)", SLEEP[kind].format(0.3), "SELEKT", once=once)
        group.start_soon(refused, drivers, failing)
        await anyio.sleep(0.1)
        started = time.monotonic()
        await do(drivers, shop, f"INSERT INTO {name} VALUES (2)", once=once)
        assert time.monotonic() - started > 0.1
    assert await read(drivers, shop, f"SELECT id FROM {name} ORDER BY id") == [{"id": 0}, {"id": 2}]


@pytest.mark.parametrize("kind", SERVED)
async def test_a_wait_ends_at_the_deadline(drivers: Connectors, shop: Connector, kind: str) -> None:
    await do(drivers, shop, "SELECT 1 AS a", once=key())
    once = key()
    async with anyio.create_task_group() as group:
        group.start_soon(lambda: do(drivers, shop, SLEEP[kind].format(1), once=once))
        await anyio.sleep(0.2)
        failed = await refused(drivers, call(shop, "SELECT 1 AS a", once=once, deadline=Clock().monotonic() + 0.2))
        assert (failed.code, failed.retryable, failed.happened) == ("timeout", True, False)


async def test_large_results_are_kept_without_their_rows(drivers: Connectors, shop: Connector) -> None:
    name, once = await table(drivers, shop, "id INTEGER, t TEXT"), key()
    statements = (
        (f"INSERT INTO {name} VALUES (1, $1), (2, $1)", ["x" * 40_000]),
        f"SELECT id, t FROM {name} ORDER BY id",
    )
    first = await do(drivers, shop, *statements, once=once)
    again = await do(drivers, shop, *statements, once=once)
    assert [len(each.rows or ()) for each in first] == [0, 2]
    assert [(each.rows, each.affected, each.last_id) for each in again] == [
        (None, each.affected, each.last_id) for each in first
    ]
    assert again[0].affected == 2


@pytest.mark.parametrize("result", ["NULL", "'[]'"])
async def test_a_key_without_results_is_not_guessed_at(drivers: Connectors, shop: Connector, result: str) -> None:
    await do(drivers, shop, "SELECT 1 AS a", once=key())
    once = key()
    await do(drivers, shop, f"INSERT INTO orion_inbox (effect_key, result, created_at) VALUES ('{once}', {result}, 1)")
    failed = await refused(drivers, call(shop, "SELECT 1 AS a", once=once))
    assert (failed.code, "without its results" in failed.message) == ("connector_refused", True)


# --- what breaks --------------------------------------------------------------------------------------------------


async def carried_out(drivers: Connectors, service: Service) -> tuple[int, Any, list[Any]]:
    """Carry a request out as the driver does: its status, its data, and what became of each attempt."""
    clock, outcomes = Clock(), []
    step = service.step(request(id=str(uuid4())), clock.monotonic())
    while type(step) is Perform:
        (action,) = step.actions
        answer = Done(None) if type(action) is Sleep else await outcome(drivers, action)
        if type(action) is not Sleep:
            outcomes.append(answer)
        step = step.execution.resume((answer,), clock.monotonic())  # type: ignore[attr-defined]
    return step.status, json.loads(step.body).get("data"), outcomes


@pytest.mark.parametrize("kind", SERVED)
@pytest.mark.parametrize("arrives", [True, False], ids=["its answer was lost", "it was lost"])
async def test_a_commit_of_which_nobody_knows_is_tried_again(
    drivers: Connectors, shop: Connector, servers: dict[str, DatabaseServer], kind: str, arrives: bool
) -> None:
    name = await table(drivers, shop, "id INTEGER")
    await do(drivers, shop, "SELECT 1 AS a", once=key())
    cut = Cut(servers[kind].port, arrives=arrives)
    async with cut.open():
        url = servers[kind].url.replace(f":{servers[kind].port}", f":{cut.port}")
        broken = connector(url, retry={"retry_delay_ms": 1})
        given = {"connector": "shop", "query": f"INSERT INTO {name} VALUES (7)", "output": "data.out", "once": True}
        for once in (True, False):
            await read(drivers, broken, "SELECT 1 AS a")  # a driver may have sent a COMMIT of its own to connect
            cut.cuts = 1
            main = {"tasks": [task("write", "db_write", {**given, "once": once})]}
            status, data, outcomes = await carried_out(drivers, Service({"main": main}, connectors={"shop": broken}))
            lost = outcomes[0]
            assert (lost.code, lost.retryable, lost.happened) == ("connector_failed", True, True), lost
            assert (status, len(outcomes)) == ((200, 2) if once else (500, 1))
            if once:
                assert data["out"]["rows_affected"] == 1
                assert await read(drivers, shop, f"SELECT id FROM {name}") == [{"id": 7}]


@pytest.mark.parametrize("kind", SERVED)
async def test_a_server_killed_before_the_commit(
    drivers: Connectors, kind: str, request: pytest.FixtureRequest
) -> None:
    with SERVERS[kind](request.config) as server:
        shop = connector(server.url)
        with server.running() as process:
            name, once, other = await table(drivers, shop, "id INTEGER"), key(), key()
            done = await do(drivers, shop, f"INSERT INTO {name} VALUES (1)", once=other)
            async with anyio.create_task_group() as group:

                async def write() -> None:
                    lost = await refused(
                        drivers, call(shop, f"INSERT INTO {name} VALUES (2)", SLEEP[kind].format(30), once=once)
                    )
                    assert (lost.code, lost.retryable, lost.happened) == ("connector_failed", True, False)

                group.start_soon(write)
                await anyio.sleep(0.3)
                process.kill()
        await anyio.sleep(0.5)
        with server.running():
            assert await do(drivers, shop, f"INSERT INTO {name} VALUES (1)", once=other) == done
            for _ in range(2):
                await do(drivers, shop, f"INSERT INTO {name} VALUES (2)", once=once)
            assert await read(drivers, shop, f"SELECT id FROM {name} ORDER BY id") == [{"id": 1}, {"id": 2}]


WEAK = {
    "postgres": [
        "DROP SCHEMA IF EXISTS weak CASCADE", "DROP ROLE IF EXISTS weak", "CREATE SCHEMA weak",
        "CREATE ROLE weak LOGIN PASSWORD 'weak'", "GRANT USAGE ON SCHEMA weak TO weak",
        "ALTER ROLE weak SET search_path = weak", "CREATE TABLE weak.orders (id INTEGER)",
        "GRANT ALL ON weak.orders TO weak",
    ],
    "mysql": [
        "DROP DATABASE IF EXISTS weak", "CREATE DATABASE weak", "CREATE TABLE weak.orders (id INTEGER)",
        "CREATE OR REPLACE USER 'weak'@'127.0.0.1' IDENTIFIED BY 'weak'",
        "GRANT ALL ON weak.orders TO 'weak'@'127.0.0.1'",
    ],
}  # fmt: skip
GRANTED = {
    "postgres": ["SET search_path = weak", "{create}", "GRANT SELECT, INSERT, UPDATE ON orion_inbox TO weak"],
    "mysql": ["USE weak", "{create}", "GRANT SELECT, INSERT, UPDATE ON weak.orion_inbox TO 'weak'@'127.0.0.1'"],
}


def administer(server: DatabaseServer, statements: list[str]) -> None:
    """Run statements as somebody who may do everything."""
    if server.kind == "postgres":
        with psycopg.connect(server.url, autocommit=True) as connection:
            for each in statements:
                connection.execute(each.encode())
        return
    where = {"host": "127.0.0.1", "port": server.port, "user": "administrator", "password": PASSWORD}
    with pymysql.connect(**where).cursor() as cursor:  # type: ignore[arg-type] # each is of its member's type
        for each in statements:
            cursor.execute(each)


@pytest.mark.parametrize("kind", SERVED)
async def test_a_user_who_may_not_make_the_table(
    drivers: Connectors, servers: dict[str, DatabaseServer], kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    server = servers[kind]
    administer(server, WEAK[kind])
    database = "orion" if kind == "postgres" else "weak"
    shop = connector(f"{kind}://weak:weak@127.0.0.1:{server.port}/{database}")
    insert = call(shop, "INSERT INTO orders VALUES (1)", once=key())
    failed = await refused(drivers, insert)
    assert (failed.code, failed.retryable, failed.happened) == ("connector_refused", False, False)
    assert "no table 'orion_inbox'" in failed.message
    create = failed.detail.partition(": ")[2].partition("; (")[0]
    assert create.startswith("CREATE TABLE IF NOT EXISTS orion_inbox (")
    assert await read(drivers, shop, "SELECT id FROM orders") == []

    administer(server, [text.format(create=create) for text in GRANTED[kind]])
    for _ in range(2):
        assert type(await outcome(drivers, insert)) is Done
    assert await read(drivers, shop, "SELECT id FROM orders") == [{"id": 1}]
    with caplog.at_level(logging.DEBUG, "orion_io.connectors"):
        await drivers.pools.tidy()
    assert [each.message for each in caplog.records] == ["an inbox was not tidied"]  # nobody granted DELETE


@pytest.mark.parametrize("inbox", [postgres.INBOX, mysql.INBOX, sqlite.INBOX], ids=["postgres", "mysql", "sqlite"])
async def test_the_table_is_documented(inbox: Inbox) -> None:
    documented = " ".join((Path(__file__).parents[2] / "docs" / "connectors.md").read_text().split())
    for text in inbox.create:
        assert f"{text};" in documented


async def test_old_keys_are_forgotten_and_young_ones_are_not(shop: Connector) -> None:
    drivers = Connectors(Clock(), interval=0.05)
    old, young, older = key(), key(), key()
    try:
        await do(drivers, shop, "SELECT 1 AS a", once=young)
        await do(drivers, shop, f"DELETE FROM orion_inbox WHERE effect_key <> '{young}'")
        age = "UPDATE orion_inbox SET created_at = created_at - 3600000000 * {} WHERE effect_key = '{}'"
        for once, hours in ((old, 719), (older, 721)):
            await do(drivers, shop, "SELECT 1 AS a", once=once)
            await do(drivers, shop, age.format(hours, once))
        row = "('many-{}', '[]', 5)"
        many = ", ".join(row.format(number) for number in range(1200))  # more than are removed at once
        await do(drivers, shop, f"INSERT INTO orion_inbox (effect_key, result, created_at) VALUES {many}")
        async with anyio.create_task_group() as group:
            group.start_soon(drivers.tend)
            until = time.monotonic() + 10
            while len(await read(drivers, shop, "SELECT effect_key FROM orion_inbox LIMIT 9")) > 2:
                assert time.monotonic() < until
                await anyio.sleep(0.02)
            await do(drivers, shop, age.format(721, old))
            await do(drivers, shop, "SELECT 1 AS a", once=young)
            await anyio.sleep(0.2)
            left = await read(drivers, shop, "SELECT effect_key AS k FROM orion_inbox")
            assert {row["k"] for row in left} == {old, young}  # there is another look in an hour
            group.cancel_scope.cancel()
    finally:
        await drivers.close()
