"""What the audit log says of a change."""

import json

import pytest

from orion_server.admin.details import MAX_CHANGES, MAX_VALUE, differences

CHANGES = [  # description, before, after, changes
    ("nothing", {"a": 1}, {"a": 1}, []),
    ("a value", {"a": 1}, {"a": 2}, [{"path": "/a", "from": 1, "to": 2}]),
    ("a member comes", {}, {"a": None}, [{"path": "/a", "to": None}]),
    ("a member goes", {"a": 1}, {}, [{"path": "/a", "from": 1}]),
    ("deep inside", {"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, [{"path": "/a/b/1", "from": 2, "to": 3}]),
    ("an array grows", {"a": [1]}, {"a": [1, 2]}, [{"path": "/a/1", "to": 2}]),
    ("another type", {"a": [1]}, {"a": {"b": 1}}, [{"path": "/a", "from": [1], "to": {"b": 1}}]),
    ("true is not one", {"a": True}, {"a": 1}, [{"path": "/a", "from": True, "to": 1}]),
    ("pointers are escaped", {"a/b~": 1}, {"a/b~": 2}, [{"path": "/a~1b~0", "from": 1, "to": 2}]),
    ("a secret", {"token": "a"}, {"token": "b"}, [{"path": "/token", "from": "******", "to": "******"}]),
    ("a new secret", {}, {"password": "b"}, [{"path": "/password", "to": "******"}]),
    (
        "a header",
        {"headers": {"X-A": "a"}},
        {"headers": {"X-A": "b"}},
        [{"path": "/headers", "from": {"X-A": "******"}, "to": {"X-A": "******"}}],
    ),
    (
        "an object under a secret name",
        {"credentials": {"user": "a"}},
        {"credentials": {"user": "b"}},
        [{"path": "/credentials", "from": "******", "to": "******"}],
    ),
    (
        "the user of a URL",
        {"url": "http://a:b@h"},
        {"url": "http://a:c@h"},
        [{"path": "/url", "from": "http://******@h", "to": "http://******@h"}],
    ),
]


@pytest.mark.parametrize(("description", "before", "after", "changes"), CHANGES, ids=[row[0] for row in CHANGES])
def test_differences(description: str, before: object, after: object, changes: list[object]) -> None:
    assert differences(before, after) == changes


def test_a_large_value_is_replaced_by_its_size() -> None:
    text = "x" * MAX_VALUE
    assert differences({"a": 1}, {"a": text}) == [{"path": "/a", "from": 1, "to": {"omitted_bytes": len(text) + 2}}]


def test_many_changes_are_counted() -> None:
    before = {str(number): 0 for number in range(MAX_CHANGES + 10)}
    changes = differences(before, dict.fromkeys(before, 1))
    assert len(changes) == MAX_CHANGES + 1
    assert changes[-1] == {"path": "", "more": 10}


def test_an_entry_stays_small_whatever_the_documents() -> None:
    before = {("k" * 5000) + str(number): "v" * 5000 for number in range(1000)}
    assert len(json.dumps(differences(before, {}))) < 40_000
