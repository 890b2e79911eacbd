"""Method and path to channel and parameters. Knows channels only as values it was given.

Segments are compared after percent-decoding, one by one, so that `%2F` never splits (RFC 3986 section 2.2). Where
several patterns match, higher priority wins, then a static segment over a parameter, from left to right; a pattern
that names the method wins over one that takes any.
"""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

import cython

MAX_SEGMENTS = 64
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
PARAMETER = None  # stands for any parameter in a route's shape; no segment can be it


class PathRefused(Exception):
    """A path that no route may ever match; the message may be shown to the caller."""


@cython.final
@cython.cclass
class Route:
    """One pattern of one channel.

    Args:
        pattern: Segments between slashes; `{name}` matches any one segment.
        methods: Upper-case methods; empty means any.
        priority: Higher wins.
        target: What is found.
    """

    def __init__(self, pattern: str, methods: Iterable[str], priority: int, target: Any) -> None:
        segments = [segment for segment in pattern.split("/") if segment]
        self.pattern = pattern
        self.methods = frozenset(methods)
        self.target = target
        self.names = tuple((place, segment[1:-1]) for place, segment in enumerate(segments) if segment.startswith("{"))
        self.shape = tuple(PARAMETER if segment.startswith("{") else segment for segment in segments)
        self.rank = (-priority, tuple(segment is PARAMETER for segment in self.shape), not self.methods)

    @cython.ccall
    def parameters(self, segments: list[Any]) -> dict[str, Any]:
        """The path parameters this route finds in decoded `segments`."""
        return {name: segments[place] for place, name in self.names}


@cython.final
@cython.cclass
class Match:
    """What a path led to.

    Args:
        target: The channel, or None.
        parameters: Its path parameters.
        allowed: Methods that would have been answered on this path, when `target` is None; sorted.
    """

    def __init__(self, target: Any, parameters: dict[str, Any], allowed: tuple[Any, ...]) -> None:
        self.target = target
        self.parameters = parameters
        self.allowed = allowed


class _Branch:
    """A place in the tree of patterns; once a table has it, it does not change."""

    __slots__ = ("children", "routes")

    def __init__(self, children: dict[str | None, "_Branch"], routes: list[Route]) -> None:
        self.children = children
        self.routes = routes


@cython.final
@cython.cclass
class RouteTable:
    """All routes, as a tree by segment. Immutable.

    Args:
        routes: All of them.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        self.root = _grown(_Branch({}, []), routes, set())

    @cython.ccall
    def match(self, method: str, segments: list[Any]) -> Match:
        """Find the best route.

        Args:
            method: Upper-case method.
            segments: Decoded path segments.

        Returns:
            A match whose `target` is None when nothing answers; `allowed` then tells a wrong method from no route.
        """
        found: list[Any] = []
        _collect(self.root, segments, 0, found)
        best: Any = None
        for routes in found:
            for route in routes:
                if (method in route.methods or not route.methods) and (best is None or route.rank < best.rank):
                    best = route
                    break
        if best is not None:
            return Match(best.target, best.parameters(segments), ())
        allowed = {each for routes in found for route in routes for each in route.methods}
        return Match(None, {}, tuple(sorted(allowed)))


def changed_table(table: RouteTable, come: Iterable[Route], gone: Iterable[Route]) -> RouteTable:
    """Another table, with routes added after others were taken away; branches that are the same it shares.

    Args:
        table: The table as it was, and stays.
        come: Routes to add.
        gone: Routes of `table` to leave out.
    """
    root: Any = table.root
    own: set[int] = set()
    for route in gone:
        root = _without(root, route, 0, own) or _Branch({}, [])
    changed: RouteTable = RouteTable(())
    changed.root = _grown(root, come, own)
    return changed


def _grown(root: _Branch, routes: Iterable[Route], own: set[int]) -> _Branch:
    """A tree with more routes; `own` names branches that no table has yet, and that are changed in place."""
    for route in sorted(routes, key=lambda route: route.rank):
        root = _with(root, route, 0, own)
    return root


def _with(branch: _Branch | None, route: Route, depth: int, own: set[int]) -> _Branch:
    mine = _owned(branch, own)
    if depth == len(route.shape):
        mine.routes.append(route)
        mine.routes.sort(key=lambda each: each.rank)
    else:
        segment = route.shape[depth]
        mine.children[segment] = _with(mine.children.get(segment), route, depth + 1, own)
    return mine


def _without(branch: _Branch, route: Route, depth: int, own: set[int]) -> _Branch | None:
    """A branch without a route that is in it; None when nothing is left."""
    mine = _owned(branch, own)
    if depth == len(route.shape):
        mine.routes.remove(route)
    else:
        segment = route.shape[depth]
        child = _without(mine.children[segment], route, depth + 1, own)
        if child is None:
            del mine.children[segment]
        else:
            mine.children[segment] = child
    return mine if mine.children or mine.routes else None


def _owned(branch: _Branch | None, own: set[int]) -> _Branch:
    """A branch that may be changed."""
    if branch is not None and id(branch) in own:
        return branch
    mine = _Branch({}, []) if branch is None else _Branch(dict(branch.children), list(branch.routes))
    own.add(id(mine))
    return mine


@cython.cfunc
def _collect(branch: Any, segments: list[Any], depth: cython.Py_ssize_t, found: list[Any]) -> None:
    """Add the routes of every branch that `segments` lead to; patterns bound the walk, not the caller."""
    if depth == len(segments):
        if branch.routes:
            found.append(branch.routes)
        return
    children: dict[Any, Any] = branch.children
    child = children.get(segments[depth])
    if child is not None:
        _collect(child, segments, depth + 1, found)
    child = children.get(PARAMETER)
    if child is not None:
        _collect(child, segments, depth + 1, found)


@cython.ccall
def split_path(path: str) -> list[Any]:
    """The decoded segments of a raw path; empty ones are left out.

    Raises:
        PathRefused: There are too many, or one is not percent-encoded UTF-8.
    """
    if path.count("/") > MAX_SEGMENTS:
        raise PathRefused(f"the path has more than {MAX_SEGMENTS} segments")
    if "%" not in path and path.isascii():
        return [segment for segment in path.split("/") if segment]
    return [decode_segment(segment) for segment in path.split("/") if segment]


def decode_segment(segment: str) -> str:
    """Percent-decode one segment.

    Args:
        segment: Its octets, one a character.

    Raises:
        PathRefused: A `%` is not followed by two hexadecimal digits, or the octets are not UTF-8 or hold NUL.
    """
    if _STRAY_PERCENT.search(segment):
        raise PathRefused(f"'{segment[:64]}' is not percent-encoded")
    try:
        text = unquote_to_bytes(segment.encode("latin-1")).decode("utf-8")
    except UnicodeError:
        raise PathRefused("the path is not percent-encoded UTF-8") from None
    if "\x00" in text:
        raise PathRefused("the path holds a NUL character")
    return text
