"""From a path to the pattern it follows, so that a label has as many values as there are patterns. Answers nothing."""

from orion_core.routing import PathRefused, Route, RouteTable, split_path
from orion_server.admin.routes import ENDPOINTS
from orion_server.app import PROBES
from orion_server.edge import DATA

UNMATCHED = "/{*path}"  # every path that nothing answers
UNMATCHED_DATA = f"{DATA}{{*path}}"
FIXED = PROBES | {"/mcp", "/docs", "/api/v1/openapi.json"}
FOLDERS = {"/docs/": "/docs/{*path}", "/problems/": "/problems/{reason}", DATA: UNMATCHED_DATA}

_routes = RouteTable(Route(each.path, (each.method,), 0, each) for each in ENDPOINTS)


def pattern_of(method: str, path: str) -> str:
    """The pattern of a path that is no data request's.

    Args:
        method: The request's.
        path: As it came.
    """
    if path in FIXED:
        return path
    endpoint = _endpoint(method, path)
    if endpoint is not None:
        return endpoint
    return next((pattern for folder, pattern in FOLDERS.items() if path.startswith(folder)), UNMATCHED)


def _endpoint(method: str, path: str) -> str | None:
    """The pattern of the endpoint, by whatever method it answers."""
    try:
        segments = split_path(path)
        match = _routes.match(method, segments)
        if match.target is None and match.allowed:
            match = _routes.match(match.allowed[0], segments)
    except PathRefused:
        return None
    return None if match.target is None else str(match.target.path)
