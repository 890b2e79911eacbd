"""Paths of objects cannot leave the connector's base path."""

import pytest

from orion_core.functions.storage import check_object_path


@pytest.mark.parametrize("path", ["a", "a/b.txt", "ключ", "a b", "...", "a..b", "%2e%2e/x", "~", "C:x", "x" * 1024])
def test_what_is_a_path(path: str) -> None:
    assert check_object_path(path) is None


@pytest.mark.parametrize(
    "path",
    ["", "/", "/a", "a/", "..", "../a", "a/../b", "a/..", "./a", ".", "a//b", "a\\..\\b", "a\0", "a\n", "\x7f", "x" * 1025, 5, None, ["a"], {"a": 1}],
)  # fmt: skip
def test_what_is_none(path: object) -> None:
    assert check_object_path(path) is not None


def test_a_prefix_may_be_empty_or_end_in_a_slash() -> None:
    for prefix in ("", "a", "a/", "a/b/"):
        assert check_object_path(prefix, empty=True) is None
    for prefix in ("/", "a//", "../", "a/.."):
        assert check_object_path(prefix, empty=True) is not None
