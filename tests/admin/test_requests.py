"""Bodies and query strings: what is read, and what is said of the rest."""

from typing import Any

import pytest

from orion_core import DefinitionProblems, Problems
from orion_core.definitions import ChannelDefinition, WorkflowDefinition
from orion_server.admin.endpoint import Parameter
from orion_server.admin.requests import (
    as_object,
    canonical,
    put_over,
    read_instant,
    read_json,
    read_query,
    told,
    without_nulls,
)
from orion_server.exchange import Call, Refusal

JSON = "application/json"


def call(body: bytes, content_type: str | None = JSON) -> Call:
    headers = {} if content_type is None else {"content-type": content_type}
    return Call("POST", "/", "", headers, body, "req", "tester", "")


READ = [  # description, content type, body, value
    ("an object", JSON, b'{"a": 1}', {"a": 1}),
    ("a charset is no matter", "application/json; charset=utf-8", b"[]", []),
    ("upper case is no matter", "Application/JSON", b"null", None),
    ("another +json", "application/vnd.orion+json", b"1", 1),
    ("integers of any size", JSON, b"123456789012345678901234567890", 123456789012345678901234567890),
]


@pytest.mark.parametrize(("description", "content_type", "body", "value"), READ, ids=[row[0] for row in READ])
def test_reads_json(description: str, content_type: str, body: bytes, value: object) -> None:
    assert read_json(call(body, content_type), 64) == value


REFUSED = [  # description, content type, body, status, what the message says
    ("no body", JSON, b"", 400, "no body"),
    ("no content type", None, b"{}", 415, "application/json"),
    ("another content type", "text/plain", b"{}", 415, "not 'text/plain'"),
    ("malformed on the second line", JSON, b'{"a":\n 1,,}', 400, "line 2, column 4"),
    ("columns count characters", JSON, '{"é":,}'.encode(), 400, "line 1, column 6"),
    ("cut off", JSON, b'{"a": [1', 400, "line 1, column 9"),
    ("no UTF-8", JSON, b"\xff", 400, "line 1, column 1"),
    ("nested too deep", JSON, b"[" * 65 + b"]" * 65, 400, "64 levels"),
    ("no JSON number", JSON, b"NaN", 400, "line 1, column 1"),
]


@pytest.mark.parametrize(
    ("description", "content_type", "body", "status", "says"), REFUSED, ids=[row[0] for row in REFUSED]
)
def test_refuses_what_is_no_json(description: str, content_type: str, body: bytes, status: int, says: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_json(call(body, content_type), 64)
    assert refused.value.status == status
    assert says in refused.value.message


PARAMETERS = (
    Parameter("limit", "integer", "", default=50, bounds=(1, 1000)),
    Parameter("status", "text", "", choices=("draft", "active")),
    Parameter("tag", "text", ""),
    Parameter("verbose", "boolean", "", default=False),
    Parameter("since", "instant", ""),
)
DEFAULTS: dict[str, Any] = {"limit": 50, "status": None, "tag": None, "verbose": False, "since": None}

QUERIES = [  # description, query, what differs from the defaults
    ("nothing", "", {}),
    ("within bounds", "limit=10", {"limit": 10}),
    ("above the bounds", "limit=99999999999999999999", {"limit": 1000}),
    ("below the bounds", "limit=-5", {"limit": 1}),
    ("percent-encoded text", "tag=a%20b%26c", {"tag": "a b&c"}),
    ("an empty text", "tag=", {"tag": ""}),
    ("a choice", "status=active", {"status": "active"}),
    ("truth in capitals", "verbose=TRUE", {"verbose": True}),
    ("truth as a digit", "verbose=1", {"verbose": True}),
    ("an instant", "since=1970-01-01T00:00:01Z", {"since": 1_000_000}),
    ("an instant whose plus became a space", "since=1970-01-01T01:00:01+01:00", {"since": 1_000_000}),
]


@pytest.mark.parametrize(("description", "query", "differs"), QUERIES, ids=[row[0] for row in QUERIES])
def test_reads_a_query(description: str, query: str, differs: dict[str, Any]) -> None:
    assert read_query(query, PARAMETERS) == {**DEFAULTS, **differs}


MISTAKEN = [  # description, query, (field, hint) of each problem
    ("unknown", "foo=1", [("foo", None)]),
    ("nearly known", "statsu=active", [("statsu", "did you mean 'status'?")]),
    ("no integer", "limit=abc", [("limit", None)]),
    ("a fraction", "limit=1.5", [("limit", None)]),
    ("no digits", "limit=", [("limit", None)]),
    ("no choice", "status=activ", [("status", "did you mean 'active'?")]),
    ("no boolean", "verbose=maybe", [("verbose", None)]),
    ("no instant", "since=yesterday", [("since", None)]),
    ("no date", "since=2026-02-30T00:00:00Z", [("since", None)]),
    ("given twice", "tag=a&tag=b", [("tag", None)]),
    ("all at once", "limit=x&foo=1", [("limit", None), ("foo", None)]),
]


@pytest.mark.parametrize(("description", "query", "expected"), MISTAKEN, ids=[row[0] for row in MISTAKEN])
def test_says_what_is_wrong_with_a_query(description: str, query: str, expected: list[tuple[str, str | None]]) -> None:
    with pytest.raises(Refusal) as refused:
        read_query(query, PARAMETERS)
    assert refused.value.status == 400
    assert [(problem.field, problem.hint) for problem in refused.value.problems] == expected


@pytest.mark.parametrize("query", ["tag=%ff", "&".join(f"tag{n}=1" for n in range(200))])
def test_refuses_a_query_nobody_can_read(query: str) -> None:
    with pytest.raises(Refusal, match="Invalid query string"):
        read_query(query, PARAMETERS)


INSTANTS = [  # text, microseconds
    ("1970-01-01T00:00:00Z", 0),
    ("1970-01-01T00:00:00", 0),
    ("1970-01-01T00:00:00.5Z", 500_000),
    ("1970-01-01 00:00:00.000001z", 1),
    ("1969-12-31T23:59:59Z", -1_000_000),
    ("2026-04-16T14:34:56+02:00", 1_776_342_896_000_000),
]


@pytest.mark.parametrize(("text", "microseconds"), INSTANTS)
def test_reads_instants(text: str, microseconds: int) -> None:
    assert read_instant(text) == microseconds


def test_aliases_become_proper_names() -> None:
    assert canonical({"id": "a", "config_json": {}}, ChannelDefinition) == {"channel_id": "a", "config": {}}


def test_an_alias_beside_its_proper_name_stays_for_the_reader_to_report() -> None:
    assert canonical({"id": "a", "workflow_id": "b"}, WorkflowDefinition) == {"id": "a", "workflow_id": "b"}


def test_null_means_absent_where_a_member_is_optional() -> None:
    given = {"name": None, "condition": None, "tags": None, "priority": 1, "unknown": None}
    assert without_nulls(given, WorkflowDefinition) == {"name": None, "priority": 1, "unknown": None}


@pytest.mark.parametrize("document", [None, [], "a", 1, True])
def test_only_an_object_is_an_object(document: object) -> None:
    with pytest.raises(DefinitionProblems, match="object is expected"):
        as_object(document)


def test_a_message_names_five_problems_and_counts_the_rest() -> None:
    problems = Problems()
    for index in range(7):
        problems.error(f"/m{index}", "wrong")
    text = told(problems.errors)
    assert text.startswith("m0: wrong; m1: wrong")
    assert text.endswith("; and 2 more")


PUT_OVER = [  # description, given, what differs from the stored document
    ("nothing given", {}, {}),
    ("a value", {"name": "new"}, {"name": "new"}),
    ("null where null may stand", {"description": None}, {"description": ...}),
    ("null where any JSON may stand", {"condition": None, "rollout_key": None}, {"condition": ..., "rollout_key": ...}),
    ("null where it may not", {"name": None, "tags": None, "priority": None}, {}),
    ("null for what nobody knows", {"bogus": None}, {"bogus": None}),
]


@pytest.mark.parametrize(("description", "given", "differs"), PUT_OVER, ids=[row[0] for row in PUT_OVER])
def test_what_is_given_is_put_over_what_is_stored(
    description: str, given: dict[str, object], differs: dict[str, object]
) -> None:
    stored = {"name": "old", "tags": ["a"], "priority": 1, "description": "d", "condition": False, "rollout_key": 1}
    expected = {name: value for name, value in {**stored, **differs}.items() if value is not ...}
    assert put_over(stored, given, WorkflowDefinition) == expected
