"""Routing: which pattern wins, what is found in it, and what no route may match."""

import pytest

from orion_core.routing import PathRefused, Route, RouteTable, split_path

TABLE = RouteTable(
    [
        Route("/orders", ["POST"], 0, "create"),
        Route("/orders", ["GET", "HEAD"], 0, "list"),
        Route("/orders/{id}", ["GET", "HEAD"], 0, "one"),
        Route("/orders/latest", ["GET"], 0, "latest"),
        Route("/orders/{id}/items/{item}", [], 0, "item"),
        Route("/files/{name}", [], 5, "urgent"),
        Route("/files/readme", [], 0, "readme"),
        Route("/any", [], 0, "any"),
        Route("/any", ["PUT"], 0, "put"),
        Route("", ["GET"], 0, "root"),
        Route("/a/{x}/c", [], 0, "left"),
        Route("/{x}/b/c", [], 0, "right"),
    ]
)

FOUND = [
    ("a static pattern", "POST", "orders", "create", {}),
    ("another method of the same path", "GET", "orders", "list", {}),
    ("a parameter", "GET", "orders/7", "one", {"id": "7"}),
    ("static before a parameter", "GET", "orders/latest", "latest", {}),
    ("a parameter where the static pattern has another method", "HEAD", "orders/latest", "one", {"id": "latest"}),
    ("two parameters", "DELETE", "orders/7/items/8", "item", {"id": "7", "item": "8"}),
    ("priority before static", "GET", "files/readme", "urgent", {"name": "readme"}),
    ("a named method before any", "PUT", "any", "put", {}),
    ("any method", "PATCH", "any", "any", {}),
    ("the leftmost static segment first", "GET", "a/b/c", "left", {"x": "b"}),
    ("empty segments left out", "GET", "//orders///7/", "one", {"id": "7"}),
    ("an encoded slash inside its segment", "GET", "orders/a%2Fb", "one", {"id": "a/b"}),
    ("encoded UTF-8", "GET", "orders/%C3%BC", "one", {"id": "ü"}),
    ("an encoded static segment", "GET", "%6Frders/7", "one", {"id": "7"}),
    ("raw UTF-8 octets", "GET", "orders/\xc3\xbc", "one", {"id": "ü"}),
    ("an encoded percent sign", "GET", "orders/100%25", "one", {"id": "100%"}),
    ("an encoded dot segment as text", "GET", "orders/%2E%2E", "one", {"id": ".."}),
    ("braces as text", "GET", "orders/%7B%7D", "one", {"id": "{}"}),
]

MISSED = [
    ("another case", "POST", "Orders", ()),
    ("a longer path", "POST", "orders/7/items", ()),
    ("a wrong method", "DELETE", "orders", ("GET", "HEAD", "POST")),
    ("a wrong method on a parameter", "POST", "orders/7", ("GET", "HEAD")),
]

REFUSED = ["orders/%", "orders/%2", "orders/%zz", "orders/%ff", "orders/%00", "/".join("a" * 10_000), "orders/\xff"]


@pytest.mark.parametrize(
    ("description", "method", "path", "target", "parameters"), FOUND, ids=[row[0] for row in FOUND]
)
def test_a_route_is_found_by(description: str, method: str, path: str, target: str, parameters: dict[str, str]) -> None:
    match = TABLE.match(method, split_path(path))
    assert (match.target, match.parameters) == (target, parameters)


@pytest.mark.parametrize(("description", "method", "path", "allowed"), MISSED, ids=[row[0] for row in MISSED])
def test_no_route_answers(description: str, method: str, path: str, allowed: tuple[str, ...]) -> None:
    match = TABLE.match(method, split_path(path))
    assert match.target is None
    assert match.allowed == allowed


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path[:20])
def test_a_path_is_refused(path: str) -> None:
    with pytest.raises(PathRefused):
        split_path(path)
