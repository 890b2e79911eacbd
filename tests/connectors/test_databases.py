"""What every SQL database must do, asked of the driver itself: PostgreSQL, MariaDB and SQLite."""

import time
from math import inf
from pathlib import Path

import anyio
import pytest

from orion_core import Connector
from orion_core.calls import Probe
from orion_core.protocol import Failed
from orion_io.clock import Clock
from orion_io.connectors.connectors import Connectors
from tests.connectors.asking import outcome
from tests.connectors.shops import call, connector, do, read, table
from tests.database_servers import PASSWORD, SERVERS, DatabaseServer

pytestmark = pytest.mark.anyio
SLEEP = {"postgres": "SELECT pg_sleep(30)", "mysql": "SELECT SLEEP(30)"}
ENDLESS = {
    "postgres": "SELECT generate_series(1, 100000000) AS i, repeat('x', 1000) AS t",
    "mysql": "SELECT seq, REPEAT('x', 1000) AS t FROM seq_1_to_100000000",
    "sqlite": "WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g) SELECT i, hex(zeroblob(500)) FROM g",
}


POSTGRES_TYPES = [
    ("smallint", "-32768", -32768), ("bigint", "9223372036854775807", 2**63 - 1), ("boolean", "true", True),
    ("numeric(40,20)", "12345678901234567890.12345678901234567890", "12345678901234567890.12345678901234567890"),
    ("double precision", "0.1", 0.1), ("double precision", "'NaN'", "NaN"), ("real", "'-Infinity'", "-Infinity"),
    ("date", "'2026-02-28'", "2026-02-28"), ("time", "'23:59:59.123456'", "23:59:59.123456"),
    ("timetz", "'10:00+02'", "10:00:00+02"), ("timestamp", "'2026-02-28 10:00:00.5'", "2026-02-28T10:00:00.5"),
    ("timestamptz", "'2026-02-28 10:00:00+02'", "2026-02-28T08:00:00Z"), ("timestamptz", "'infinity'", "infinity"),
    ("interval", "'1 year 2 months 3 days 04:05:06.7'", "P1Y2M3DT4H5M6.7S"), ("interval", "'-1 day'", "P-1D"),
    ("uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ("bytea", r"'\x00ff'", "AP8="), ("text", "'🙂'", "🙂"), ("char(3)", "'a'", "a  "), ("inet", "'10.0.0.1/8'", "10.0.0.1/8"),
    ("jsonb", """'{"a": [1, null, "x"]}'""", {"a": [1, None, "x"]}), ("json", "'12345678901234567890'", 12345678901234567890),
    ("integer[]", "'{1,NULL,3}'", [1, None, 3]), ("text[]", """'{"a,b",c}'""", ["a,b", "c"]),
    ("integer[][]", "'{{1,2},{3,4}}'", [[1, 2], [3, 4]]), ("numeric[]", "'{1.10}'", ["1.10"]),
    ("timestamptz[]", "'{2026-02-28 10:00:00+00}'", ["2026-02-28T10:00:00Z"]), ("bytea[]", r"""'{"\\x00ff"}'""", ["AP8="]),
    ("int4range", "'[1,5)'", "[1,5)"), ("money", "'12.34'", "$12.34"), ("bit(3)", "B'101'", "101"),
    ("point", "'(1,2)'", "(1,2)"), ("xml", "'<a/>'", "<a/>"), ("text", "NULL", None),
]  # fmt: skip
MYSQL_TYPES = [
    ("TINYINT(1)", "1", 1), ("BIGINT UNSIGNED", "18446744073709551615", 2**64 - 1), ("FLOAT", "0.5", 0.5),
    ("DECIMAL(40,20)", "12345678901234567890.12345678901234567890", "12345678901234567890.12345678901234567890"),
    ("DATE", "'2026-02-28'", "2026-02-28"), ("TIME(3)", "'-838:59:59.000'", "-838:59:59.000"), ("YEAR", "2026", 2026),
    ("DATETIME(6)", "'2026-02-28 10:00:00.123456'", "2026-02-28T10:00:00.123456"),
    ("TIMESTAMP NULL", "'2026-02-28 10:00:00'", "2026-02-28T10:00:00Z"), ("BLOB", "x'00ff'", "AP8="),
    ("VARBINARY(9)", "x'00ff'", "AP8="), ("VARCHAR(9)", "'🙂'", "🙂"), ("TEXT", "'a'", "a"), ("BIT(9)", "b'100000001'", 257),
    ("ENUM('a','b')", "'b'", "b"), ("SET('a','b')", "'a,b'", "a,b"), ("TEXT", "NULL", None), ("UUID", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
]  # fmt: skip
SQLITE_TYPES = [
    ("INTEGER", "9223372036854775807", 2**63 - 1), ("REAL", "0.1", 0.1), ("REAL", "9e999", "Infinity"),
    ("TEXT", "'🙂'", "🙂"), ("BLOB", "x'00ff'", "AP8="), ("BOOLEAN", "TRUE", 1), ("TEXT", "NULL", None),
    ("NUMERIC", "'2026-02-28'", "2026-02-28"),
]  # fmt: skip
TYPES = [
    (kind, *row)
    for kind, rows in (("postgres", POSTGRES_TYPES), ("mysql", MYSQL_TYPES), ("sqlite", SQLITE_TYPES))
    for row in rows
]


@pytest.mark.parametrize(("kind", "column", "literal", "value"), TYPES, ids=lambda each: str(each)[:24])
async def test_a_value_comes_back_as_documented(
    drivers: Connectors, shop: Connector, kind: str, column: str, literal: str, value: object
) -> None:
    name = await table(drivers, shop, f"v {column}")
    await do(drivers, shop, f"INSERT INTO {name} VALUES ({literal})")
    rows = await read(drivers, shop, f"SELECT v FROM {name}")
    assert rows == [{"v": value}]
    assert type(rows[0]["v"]) is type(value)


HOSTILE = [
    "'; DROP TABLE users; --", "\\'; DROP TABLE users; --", '" OR ""="', "$1", "?", "%s %(x)s %%", ":name", "\\", "\n\r\t\x1a",
    "/* */ --", "`x`", "ﬀ'ʼ", "1 OR 1=1", "a\\", "'\\''", "Ω≈ç√∫˜µ≤", "𝒳" * 100, "", " ", "NULL",
]  # fmt: skip


async def test_hostile_texts_are_data(drivers: Connectors, shop: Connector, kind: str) -> None:
    name = await table(drivers, shop, "n INTEGER, v TEXT")
    for number, text in enumerate(HOSTILE):
        place = "$1, $2" if kind == "postgres" else "?, ?"
        await do(drivers, shop, (f"INSERT INTO {name} VALUES ({place}) -- it's 100% '$1'", [number, text]))
    rows = await read(drivers, shop, f"SELECT v FROM {name} WHERE v <> :no ORDER BY n", {"no": "gone"})
    assert [row["v"] for row in rows] == HOSTILE
    for text in HOSTILE[:8]:
        assert [row["v"] for row in await read(drivers, shop, f"SELECT v FROM {name} WHERE v = $1", [text])] == [text]


async def test_parameters_of_every_type(drivers: Connectors, shop: Connector, kind: str) -> None:
    name = await table(drivers, shop, "i BIGINT, f DOUBLE PRECISION, b BOOLEAN, t TEXT, n INTEGER, j TEXT")
    values = [2**62, 0.1, True, "x", None, {"a": [1, 2]}]
    await do(drivers, shop, (f"INSERT INTO {name} VALUES ($1, $2, $3, $4, $5, $6)", values))
    row = (await read(drivers, shop, f"SELECT * FROM {name}"))[0]
    assert list(row.values()) == [2**62, 0.1, True, "x", None, '{"a":[1,2]}']


async def test_arrays_of_postgres(drivers: Connectors, request: pytest.FixtureRequest) -> None:
    shop = connector(request.getfixturevalue("servers")["postgres"].url)
    found = await read(drivers, shop, "SELECT g AS i FROM generate_series(1, 9) AS g WHERE g = ANY($1)", [[2, 4]])
    assert found == [{"i": 2}, {"i": 4}]
    text = ["a,b", 'c"d', "e\\f", None, "NULL", ""]
    assert await read(drivers, shop, "SELECT $1::text[] AS t, $1::text AS j", [text]) == [
        {"t": text, "j": '["a,b","c\\"d","e\\\\f",null,"NULL",""]'}
    ]
    assert await read(drivers, shop, """SELECT '{"a": 1}'::jsonb ? $1 AS has""", ["a"]) == [{"has": True}]


async def test_columns_of_the_same_name(drivers: Connectors, shop: Connector) -> None:
    assert await read(drivers, shop, "SELECT 1 AS a, 2 AS a, 3 AS a_2") == [{"a": 1, "a_2": 2, "a_2_2": 3}]


async def test_what_a_write_gives(drivers: Connectors, shop: Connector, kind: str) -> None:
    key = {"postgres": "id SERIAL PRIMARY KEY", "mysql": "id INTEGER PRIMARY KEY AUTO_INCREMENT"}
    name = await table(drivers, shop, f"{key.get(kind, 'id INTEGER PRIMARY KEY')}, v TEXT")
    first = (await do(drivers, shop, f"INSERT INTO {name} (v) VALUES ('a'), ('b')"))[0]
    assert (first.rows, first.affected) == (None, 2)
    assert first.last_id == {"postgres": None, "mysql": 1, "sqlite": 2}[kind]
    second = (await do(drivers, shop, f"INSERT INTO {name} (v) VALUES ('c') RETURNING id, v"))[0]
    assert (second.rows, second.affected) == ([{"id": 3, "v": "c"}], 1)
    third = (await do(drivers, shop, f"UPDATE {name} SET v = 'a' WHERE id < 3"))[0]
    assert (third.affected, third.last_id) == (2, None)
    assert (await do(drivers, shop, f"DELETE FROM {name} WHERE id > 99"))[0].affected == 0


async def test_all_statements_or_none(drivers: Connectors, shop: Connector) -> None:
    name = await table(drivers, shop, "id INTEGER PRIMARY KEY")
    failed = await outcome(drivers, call(shop, f"INSERT INTO {name} VALUES (1)", f"INSERT INTO {name} VALUES (1)"))
    assert (failed.code, failed.retryable, failed.happened) == ("connector_refused", False, False)
    assert await read(drivers, shop, f"SELECT id FROM {name}") == []
    done = await do(drivers, shop, f"INSERT INTO {name} VALUES (1)", f"SELECT id FROM {name}", f"DELETE FROM {name}")
    assert [each.rows for each in done] == [None, [{"id": 1}], None]


async def test_reading_changes_nothing(drivers: Connectors, shop: Connector) -> None:
    name = await table(drivers, shop, "id INTEGER")
    for text in (f"INSERT INTO {name} VALUES (1)", f"DROP TABLE {name}", "CREATE TABLE other (id INTEGER)"):
        failed = await outcome(drivers, call(shop, text, read_only=True))
        assert (failed.code, "may change nothing" in failed.message) == ("connector_refused", True), failed
    assert await read(drivers, shop, f"SELECT id FROM {name}") == []


async def test_a_statement_that_is_wrong(drivers: Connectors, shop: Connector) -> None:
    for read_only in (True, False):
        failed = await outcome(drivers, call(shop, "SELEKT 1", read_only=read_only))
        assert (failed.code, failed.retryable) == ("connector_refused", False)
        assert "SELEKT" in failed.detail
        assert "SELEKT" not in failed.message


async def test_more_than_allowed(drivers: Connectors, shop: Connector, kind: str) -> None:
    started = time.monotonic()
    for bounds, word in (({"max_rows": 3}, "max_rows"), ({"max_bytes": 5000}, "max_result_bytes")):
        failed = await outcome(drivers, call(shop, ENDLESS[kind], read_only=True, **bounds))
        assert (failed.code, word in failed.message) == ("connector_refused", True), failed
    assert time.monotonic() - started < 10
    assert await read(drivers, shop, "SELECT 1 AS a") == [{"a": 1}]


async def test_a_large_document_counts(drivers: Connectors, request: pytest.FixtureRequest) -> None:
    shop = connector(request.getfixturevalue("servers")["postgres"].url)
    text = "SELECT jsonb_build_array(repeat('x', 6000)) AS j"
    failed = await outcome(drivers, call(shop, text, read_only=True, max_bytes=5000))
    assert "max_result_bytes" in failed.message


async def test_a_deadline_that_has_passed(drivers: Connectors, shop: Connector) -> None:
    failed = await outcome(drivers, call(shop, "SELECT 1", deadline=Clock().monotonic() - 1))
    assert (failed.code, failed.happened) == ("timeout", False)


@pytest.mark.parametrize("kind", ["postgres", "mysql"])
async def test_a_statement_is_cancelled_on_the_server(drivers: Connectors, shop: Connector, kind: str) -> None:
    running = {
        "postgres": "SELECT count(*) AS n FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%'",
        "mysql": "SELECT count(*) AS n FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'",
    }[kind]
    for _ in range(4):  # more often than there are connections
        failed = await outcome(drivers, call(shop, SLEEP[kind], read_only=True, deadline=Clock().monotonic() + 0.2))
        assert (failed.code, failed.retryable) == ("timeout", True)
    with anyio.move_on_after(0.2):
        await outcome(drivers, call(shop, SLEEP[kind]))
    until = time.monotonic() + 5
    while await read(drivers, shop, running) != [{"n": 0}]:
        assert time.monotonic() < until
        await anyio.sleep(0.05)


async def test_an_endless_statement_of_sqlite_is_interrupted(drivers: Connectors, tmp_path: Path) -> None:
    shop = connector(f"sqlite:{tmp_path}/shop.db?mode=rwc", max_connections=1)
    endless = f"SELECT count(*) FROM ({ENDLESS['sqlite']})"
    for read_only in (True, False):
        failed = await outcome(drivers, call(shop, endless, read_only=read_only, deadline=Clock().monotonic() + 0.2))
        assert failed.code == "timeout"
    assert await read(drivers, shop, "SELECT 1 AS a") == [{"a": 1}]


async def test_many_at_once_over_few_connections(drivers: Connectors, shop: Connector) -> None:
    name = await table(drivers, shop, "id INTEGER")
    async with anyio.create_task_group() as group:
        for number in range(30):
            group.start_soon(do, drivers, shop, f"INSERT INTO {name} VALUES ({number})")
            group.start_soon(read, drivers, shop, f"SELECT id FROM {name}")
    assert await read(drivers, shop, f"SELECT count(*) AS n FROM {name}") == [{"n": 30}]


async def test_it_can_be_probed(drivers: Connectors, shop: Connector, kind: str) -> None:
    done = await outcome(drivers, Probe(shop, inf))
    assert done.value["server"] == kind
    assert done.value["version"]


@pytest.mark.parametrize("kind", ["postgres", "mysql"])
async def test_who_is_not_let_in(drivers: Connectors, servers: dict[str, DatabaseServer], kind: str) -> None:
    server = servers[kind]
    guess = connector(server.url.replace("orion:", "orion:wrong-guess-"))
    other = connector(f"{server.url}_that_is_not")
    for wrong in (guess, other):
        for action in (call(wrong, "SELECT 1"), Probe(wrong, inf)):
            failed = await outcome(drivers, action)
            assert (failed.code, failed.retryable) == ("connector_refused", False), failed
            assert "wrong-guess" not in failed.message + failed.detail
            assert PASSWORD not in failed.message + failed.detail


async def test_a_file_that_is_not_there(drivers: Connectors, tmp_path: Path) -> None:
    failed = await outcome(drivers, call(connector(f"sqlite:{tmp_path}/gone.db"), "SELECT 1"))
    assert (failed.code, "cannot be opened" in failed.message) == ("connector_failed", True)
    assert not (tmp_path / "gone.db").exists()


async def test_no_other_file_can_be_attached(drivers: Connectors, tmp_path: Path) -> None:
    shop = connector(f"sqlite:{tmp_path}/shop.db?mode=rwc")
    failed = await outcome(drivers, call(shop, f"ATTACH DATABASE '{tmp_path}/other.db' AS other"))
    assert failed.code == "connector_refused"
    assert not (tmp_path / "other.db").exists()


@pytest.mark.parametrize("kind", ["postgres", "mysql"])
async def test_a_server_killed_and_started_again(
    drivers: Connectors, kind: str, request: pytest.FixtureRequest
) -> None:
    with SERVERS[kind](request.config) as server:
        shop = connector(server.url, max_connections=4)
        with server.running() as process:
            name = await table(drivers, shop, "id INTEGER")
            async with anyio.create_task_group() as group:
                outcomes: list[Failed] = []

                async def sleep(read_only: bool) -> None:
                    outcomes.append(await outcome(drivers, call(shop, SLEEP[kind], read_only=read_only)))

                group.start_soon(sleep, True)
                group.start_soon(sleep, False)
                await anyio.sleep(0.5)
                process.kill()
            assert [(each.code, each.retryable, each.happened) for each in outcomes] == [
                ("connector_failed", True, False)
            ] * 2
            gone = await outcome(drivers, call(shop, f"INSERT INTO {name} VALUES (1)"))
            assert (gone.code, gone.retryable, gone.happened) == ("connector_failed", True, False)
        await anyio.sleep(1)
        with server.running():
            await do(drivers, shop, f"INSERT INTO {name} VALUES (2)")
            assert await read(drivers, shop, f"SELECT id FROM {name}") == [{"id": 2}]


@pytest.mark.parametrize("kind", ["postgres", "mysql"])
async def test_idle_connections_that_died_are_not_used(
    drivers: Connectors, kind: str, request: pytest.FixtureRequest
) -> None:
    with SERVERS[kind](request.config) as server:
        shop = connector(server.url)
        for _ in range(2):
            with server.running():
                assert await read(drivers, shop, "SELECT 1 AS a") == [{"a": 1}]
