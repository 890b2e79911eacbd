"""Properties of paths and routes, for whatever hypothesis thinks of."""

from typing import Any
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from orion_core.paths import Path, PathError, check_path
from orion_core.routing import PathRefused, Route, RouteTable, split_path

NAMES = st.text("ab01#_-", min_size=1, max_size=4)
PATHS = st.lists(NAMES, min_size=1, max_size=5).map(".".join)
TREES = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab01", max_size=2), inner, max_size=3),
    max_leaves=10,
)
SEGMENTS = st.lists(st.text(min_size=1, max_size=6).filter(lambda text: "\x00" not in text), min_size=1, max_size=5)


@given(path=PATHS, tree=TREES)
def test_what_was_written_is_found_there_or_the_path_is_refused(path: str, tree: Any) -> None:
    if check_path(path) is not None:
        return
    root = {"data": tree}
    compiled = Path(f"data.{path}")
    try:
        compiled.set(root, "written")
    except PathError:
        return
    assert compiled.get(root) == "written"


@given(path=st.text(), tree=TREES)
def test_reading_never_fails(path: str, tree: Any) -> None:
    Path(path).get(tree)


@given(SEGMENTS)
def test_segments_survive_being_encoded(segments: list[str]) -> None:
    assert split_path("/".join(quote(segment, safe="") for segment in segments)) == segments


@given(st.text(st.characters(max_codepoint=255)))
def test_a_path_is_split_or_refused(path: str) -> None:
    try:
        assert all(split_path(path))
    except PathRefused:
        return


PATTERNS = st.lists(st.sampled_from(["a", "b", "{x}", "{y}"]), min_size=1, max_size=3, unique=True).map("/".join)


@given(
    patterns=st.lists(PATTERNS, min_size=1, max_size=8), asked=st.lists(st.sampled_from("abc"), min_size=1, max_size=3)
)
def test_the_best_route_is_found_however_they_are_ordered(patterns: list[str], asked: list[str]) -> None:
    routes = [Route(pattern, ["GET"], 0, pattern) for pattern in dict.fromkeys(patterns)]
    fitting = [
        route for route in routes
        if len(route.shape) == len(asked)
        and all(part is None or part == segment for part, segment in zip(route.shape, asked, strict=True))
    ]  # fmt: skip
    found = RouteTable(routes).match("GET", asked).target
    backwards = RouteTable(reversed(routes)).match("GET", asked).target
    best = min((route.rank for route in fitting), default=None)
    ranks = {route.target: route.rank for route in routes}
    assert ranks.get(found) == ranks.get(backwards) == best
