"""Records: who they are, what is known of them, whether they can be read."""

import uuid
from dataclasses import replace
from typing import Any

import pytest

from orion_io.kafka.deliveries import Delivery

ONE = Delivery("g", "t", 3, 7, 1_790_000_000_123, b"k", b'{"a":1}', (("TraceParent", b"00-x"), ("raw", b"\xff")))


def test_a_record_is_known_again() -> None:
    assert replace(ONE, value=b"other", key=None).id == ONE.id
    assert replace(ONE).entropy == ONE.entropy
    found = uuid.UUID(ONE.id)
    assert (found.variant, found.version) == (uuid.RFC_4122, 8)
    assert int(ONE.id.replace("-", "")[:12], 16) == ONE.timestamp


@pytest.mark.parametrize(
    "other", [{"group": "h"}, {"topic": "u"}, {"partition": 4}, {"offset": 8}, {"timestamp": 1_790_000_000_124}]
)
def test_another_record_is_another(other: Any) -> None:
    assert replace(ONE, **other).id != ONE.id


@pytest.mark.parametrize("timestamp", [-1, 0, 1 << 60])
def test_whatever_its_time(timestamp: int) -> None:
    assert uuid.UUID(replace(ONE, timestamp=timestamp).id).version == 8


def test_what_a_workflow_may_know() -> None:
    assert ONE.metadata(dict) == {
        "kafka_topic": "t", "kafka_partition": 3, "kafka_offset": 7, "kafka_key": "k", "headers": {"traceparent": "00-x"},
    }  # fmt: skip
    assert "kafka_key" not in replace(ONE, key=b"\xff").metadata(dict)
    assert "kafka_key" not in replace(ONE, key=None).metadata(dict)
    assert ONE.metadata(lambda headers: {})["headers"] == {}


# description, value, the word for what is wrong
VALUES = [
    ("an object", b'{"a": [1]}', None),
    ("a number", b"3", None),
    ("a tombstone", None, None),
    ("nothing", b"", "invalid_json"),
    ("text", b"hello", "invalid_json"),
    ("no UTF-8", b'"\xff"', "invalid_json"),
    ("two documents", b"1 2", "invalid_json"),
    ("too deep", b"[[[[1]]]]", "invalid_json"),
    ("too large", b'"' + b"x" * 100 + b'"', "too_large"),
]


@pytest.mark.parametrize(("description", "value", "expected"), VALUES, ids=[row[0] for row in VALUES])
def test_what_can_be_read(description: str, value: bytes | None, expected: str | None) -> None:
    found = replace(ONE, value=value).unreadable(100, 3)
    assert (found and found[0]) == expected


def test_a_tombstone_is_null() -> None:
    assert replace(ONE, value=None).payload == b"null"
