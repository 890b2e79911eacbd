"""Globs of channel names, against a reference that tries everything."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orion_io.selection import Selection, matches

GLOBS = [  # glob, names it stands for, names it does not
    ("orders", ["orders"], ["orders.eu", "Orders", "", "my-orders"]),
    ("orders.*", ["orders.", "orders.eu", "orders.eu.new"], ["orders", "my.orders.eu"]),
    ("*", ["", "a", "a.b", "a/b", "a\nb"], []),
    ("*a", ["a", "aba", "aa"], ["ab", ""]),
    ("a*b*c", ["abc", "a.b.c", "abbc", "abcbc"], ["ac", "acb", "cba"]),
    ("ab*ba", ["abba", "ab.ba"], ["aba", "ab"]),
    ("a**b", ["ab", "axb"], ["a"]),
    ("a?[b]", ["a?[b]"], ["axb", "ab"]),
]


@pytest.mark.parametrize(("glob", "right", "wrong"), GLOBS, ids=[row[0] for row in GLOBS])
def test_a_glob_stands_for_whole_names(glob: str, right: list[str], wrong: list[str]) -> None:
    assert [name for name in right + wrong if matches(glob, name)] == right


def reference(glob: str, name: str) -> bool:
    """The definition: a star is nothing, or a character and a star again."""
    if not glob:
        return not name
    if glob[0] == "*":
        return reference(glob[1:], name) or (bool(name) and reference(glob, name[1:]))
    return bool(name) and glob[0] == name[0] and reference(glob[1:], name[1:])


@given(st.text("ab.*", max_size=8), st.text("ab.", max_size=10))
@example("*a", "aba")
@example("a*a", "a")
def test_a_glob_matches_what_the_definition_says(glob: str, name: str) -> None:
    assert matches(glob, name) == reference(glob, name)


LISTS = st.lists(st.text("ab*", max_size=4), max_size=3)


@given(LISTS, LISTS, st.text("ab", max_size=5))
def test_what_is_excluded_is_never_taken_and_nothing_included_means_everything(
    include: list[str], exclude: list[str], name: str
) -> None:
    excluded = any(reference(glob, name) for glob in exclude)
    included = not include or any(reference(glob, name) for glob in include)
    assert Selection(include, exclude).takes(name) == (included and not excluded)


def test_a_long_name_takes_no_time() -> None:
    assert not matches("*a" * 100 + "b", "a" * 100_000)
