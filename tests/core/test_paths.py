"""Dotted paths: what is read, what is written, and what stands in the way."""

from typing import Any

import pytest

from orion_core.paths import Path, PathError, check_path

READ = [
    ("a member of a member", "data.a.b", {"data": {"a": {"b": 1}}}, 1),
    ("a place in an array", "data.x.1", {"data": {"x": [7, 8]}}, 8),
    ("a member whose name is digits", "data.x.1", {"data": {"x": {"1": "one"}}}, "one"),
    ("nothing where a member is missing", "data.a.b", {"data": {}}, None),
    ("nothing beyond the end of an array", "data.x.5", {"data": {"x": [1]}}, None),
    ("nothing inside a text", "data.s.0", {"data": {"s": "text"}}, None),
    ("nothing at a name in an array", "data.x.y", {"data": {"x": [1]}}, None),
    ("no place counted from the end", "data.x.-1", {"data": {"x": [1, 2]}}, None),
    ("null where null stands", "data.n", {"data": {"n": None}}, None),
]

WRITE = [
    ("objects on the way are made", "data.a.b.c", {}, {"data": {"a": {"b": {"c": 9}}}}),
    ("an array is made for a place", "data.x.0", {}, {"data": {"x": [9]}}),
    ("an array is padded with null", "data.x.2", {"data": {"x": [1]}}, {"data": {"x": [1, None, 9]}}),
    ("a place that exists is replaced", "data.x.0", {"data": {"x": [1, 2]}}, {"data": {"x": [9, 2]}}),
    ("objects inside arrays are made", "data.x.1.y", {}, {"data": {"x": [None, {"y": 9}]}}),
    ("a hash forces a member", "data.#20", {}, {"data": {"20": 9}}),
    ("only one hash is taken", "data.##", {}, {"data": {"#": 9}}),
    ("digits name a member of an object", "data.20.a", {"data": {"20": {}}}, {"data": {"20": {"a": 9}}}),
    ("null on the way is replaced", "data.a.b", {"data": {"a": None}}, {"data": {"a": {"b": 9}}}),
    ("a value at the end is replaced", "data.a", {"data": {"a": {"b": 1}}}, {"data": {"a": 9}}),
]

BLOCKED = [
    ("a text stands in the way", "data.a.b", {"data": {"a": "text"}}, "'data.a' is neither"),
    ("a number stands in the way", "data.a.b.c", {"data": {"a": {"b": 1}}}, "'data.a.b' is neither"),
    ("false stands in the way", "data.a.b", {"data": {"a": False}}, "'data.a' is neither"),
    ("a name in an array", "data.x.y", {"data": {"x": []}}, "'data.x' is an array"),
    ("a place far beyond the end", "data.x.999999999", {"data": {"x": []}}, "places beyond the end"),
]

MALFORMED = ["", ".", "data.", ".data", "data..x", "data.#", "0.data", ".".join("a" * 65)]


@pytest.mark.parametrize(("description", "path", "root", "found"), READ, ids=[row[0] for row in READ])
def test_reading_finds(description: str, path: str, root: dict[str, Any], found: object) -> None:
    assert Path(path).get(root) == found


@pytest.mark.parametrize(("description", "path", "root", "after"), WRITE, ids=[row[0] for row in WRITE])
def test_when_writing(description: str, path: str, root: dict[str, Any], after: object) -> None:
    Path(path).set(root, 9)
    assert root == after


@pytest.mark.parametrize(("description", "path", "root", "words"), BLOCKED, ids=[row[0] for row in BLOCKED])
def test_writing_is_refused_where(description: str, path: str, root: dict[str, Any], words: str) -> None:
    with pytest.raises(PathError, match=words):
        Path(path).set(root, 9)


@pytest.mark.parametrize("path", MALFORMED)
def test_a_malformed_path_is_named(path: str) -> None:
    assert check_path(path)


@pytest.mark.parametrize("path", ["data", "data.a", "temp_data.x.0", "data.#20", "metadata.a-b_c"])
def test_a_sound_path_passes(path: str) -> None:
    assert check_path(path) is None
