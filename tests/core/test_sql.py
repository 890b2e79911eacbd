"""Where the parameters of a statement are, by each database's spelling; what a value becomes."""

import pytest

from orion_core.sql import SqlProblem, array_text, bind, check_stays, read_query


@pytest.mark.parametrize(
    ("dialect", "text", "parameters", "sent", "picks"),
    [
        ("postgres", "SELECT $1, $2", 2, "SELECT $1, $2", (0, 1)),
        ("postgres", "SELECT $2, $1, $2", 2, "SELECT $1, $2, $1", (1, 0)),
        ("mysql", "SELECT ?, ?", 2, "SELECT %s, %s", (0, 1)),
        ("sqlite", "SELECT ?2, ?1", 2, "SELECT ?, ?", (1, 0)),
        ("sqlite", "SELECT $2, $1, $2", 2, "SELECT ?, ?, ?", (1, 0, 1)),
        ("mysql", "SELECT $1", 1, "SELECT %s", (0,)),
        ("postgres", "SELECT :a, :b, :a", ["a", "b"], "SELECT $1, $2, $1", ("a", "b")),
        ("mysql", "SELECT :a, :a", ["a"], "SELECT %s, %s", ("a", "a")),
        ("sqlite", "SELECT :a, @b, $c", ["a", "b", "c"], "SELECT ?, ?, ?", ("a", "b", "c")),
        ("postgres", "SELECT '$2', \"$3\", $1 -- $4\n/* $5 */", 1, "SELECT '$2', \"$3\", $1 -- $4\n/* $5 */", (0,)),
        ("postgres", "SELECT $$ $2 $$, $x$ $3 $$ $x$, E'\\' $4', a$5, $1", 1, "SELECT $$ $2 $$, $x$ $3 $$ $x$, E'\\' $4', a$5, $1", (0,)),
        ("postgres", "SELECT a ? 'b', c ?| $1", 1, "SELECT a ? 'b', c ?| $1", (0,)),
        ("postgres", "SELECT :a::text, x[1:2]", ["a"], "SELECT $1::text, x[1:2]", ("a",)),
        ("mysql", "SELECT '?', `?`, '\\'?', ? # ?\n", 1, "SELECT '?', `?`, '\\'?', %s # ?\n", (0,)),
        ("mysql", "SELECT 'a%' WHERE ?", 1, "SELECT 'a%%' WHERE %s", (0,)),
        ("mysql", "SELECT 'a%'", 0, "SELECT 'a%'", ()),
        ("sqlite", "SELECT [?], ?; -- the end", 1, "SELECT [?], ?; -- the end", (0,)),
        ("postgres", "CREATE FUNCTION f() AS $$ a; b $$; ", 0, "CREATE FUNCTION f() AS $$ a; b $$; ", ()),
    ],
)  # fmt: skip
def test_places(dialect: str, text: str, parameters: list[str] | int, sent: str, picks: tuple[int | str, ...]) -> None:
    query = read_query(text, dialect, parameters)
    assert (query.text, query.picks) == (sent, picks)


@pytest.mark.parametrize(
    ("dialect", "text", "parameters", "member", "word"),
    [
        ("postgres", "SELECT $1", 0, "params", "no parameter 1"),
        ("postgres", "SELECT $0", 1, "params", "no parameter 0"),
        ("postgres", "SELECT ?", 1, "params", r"PostgreSQL writes $1"),
        ("mysql", "SELECT ?, ?", 1, "params", "no parameter 2"),
        ("sqlite", "SELECT ?", 3, "params", "no place for parameter 2, 3"),
        ("sqlite", "SELECT :a", ["b"], "params", "no parameter 'a'"),
        ("sqlite", "SELECT 1", ["b"], "params", "no place for parameter 'b'"),
        ("mysql", "SELECT $1, ?", 2, "query", "both"),
        ("postgres", "SELECT 1; DROP TABLE a", 0, "query", "more than one"),
        ("mysql", "SELECT 1;\nSELECT 'a\\'", 0, "query", "more than one"),
        ("mysql", "SELECT 1,\n'a\\'", 0, "query", "line 2"),
        ("postgres", "SELECT /* $1", 1, "query", "line 1"),
    ],
)
def test_what_does_not_fit(dialect: str, text: str, parameters: list[str] | int, member: str, word: str) -> None:
    with pytest.raises(SqlProblem) as refused:
        read_query(text, dialect, parameters)
    assert refused.value.member == member
    assert word in refused.value.message


@pytest.mark.parametrize(
    ("text", "array"),
    [
        ("a = ANY($1)", True), ("a <> all ( $1 )", True), ("$1::text[]", True), ("$1 :: varchar(3) []", True),
        ("CAST($1 AS double precision[])", True), ("unnest($1::timestamp with time zone[])", True), ("$1::jsonb", False),
        ("$1 AS a FROM t WHERE x[1] = 1", False), ("many($1)", False), ("CAST($1 AS int) + x[2]", False),
    ],
)  # fmt: skip
def test_where_postgres_wants_an_array(text: str, array: bool) -> None:
    assert read_query(f"SELECT {text}", "postgres", 1).arrays == (array,)


def test_what_a_value_becomes() -> None:
    assert bind({"a": [1]}, "mysql", array=False) == '{"a":[1]}'
    assert bind([1, None], "postgres", array=False) == "[1,null]"
    assert bind([1, None], "sqlite", array=True) == "[1,null]"
    assert array_text([1, None, [True, 0.5], 'a"\\b', {"x": "y"}]) == (
        '{"1",NULL,{"true","0.5"},"a\\"\\\\b","{\\"x\\":\\"y\\"}"}'
    )
    for value, dialect in (("a\0b", "postgres"), (2**63, "sqlite"), (-(2**63) - 1, "sqlite")):
        with pytest.raises(SqlProblem):
            bind(value, dialect, array=False)
    assert bind(2**63, "postgres", array=False) == 2**63


ENDS = {
    "postgres": ["COMMIT", " end;", "rollback to a", "(/* a\n/*/ ABORT", "START TRANSACTION", "prepare  transaction 'a'", "-- x\nBEGIN"],
    "mysql": ["COMMIT", "CREATE TABLE a (b INT)", "TRUNCATE a", "CALL a()", "/*!50000 COMMIT */", "-- SELECT\nLOCK TABLES a", ""],
    "sqlite": ["COMMIT", "end", "ROLLBACK", "begin immediate", "-- SELECT\n\n COMMIT"],
}  # fmt: skip
STAYS = {
    "postgres": ["CREATE TABLE a (b INT)", "UPDATE a SET b = 'COMMIT'", "PREPARE a AS SELECT 1", "-- COMMIT\nSELECT 1", "ends()"],
    "mysql": ["select 1", "-- COMMIT\nINSERT INTO a VALUES (1)", "/* COMMIT */ (SELECT 1)", "# COMMIT\n WITH a AS (SELECT 1) DELETE"],
    "sqlite": ["CREATE TABLE a (b)", "/* COMMIT */ REPLACE INTO a VALUES (1)", "SAVEPOINT a"],
}  # fmt: skip


@pytest.mark.parametrize(("dialect", "text"), [(dialect, text) for dialect, texts in ENDS.items() for text in texts])
def test_what_may_end_its_transaction(dialect: str, text: str) -> None:
    with pytest.raises(SqlProblem, match="may end the transaction") as refused:
        check_stays(text, dialect)
    assert refused.value.member == "query"


@pytest.mark.parametrize(("dialect", "text"), [(dialect, text) for dialect, texts in STAYS.items() for text in texts])
def test_what_stays_in_its_transaction(dialect: str, text: str) -> None:
    check_stays(text, dialect)
