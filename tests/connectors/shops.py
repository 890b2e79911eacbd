"""SQL databases for tests of drivers: what leads to one, and short words for statements."""

import time
from math import inf
from typing import Any

from orion_core import Connector
from orion_core.calls import SqlCall, Statement
from orion_core.sql import bind, read_query
from orion_io.connectors.connectors import Connectors
from tests.connectors import asking

KINDS = ["postgres", "mysql", "sqlite"]


def connector(url: str, **config: object) -> Connector:
    return asking.connector("db", "shop", connection_string=url, **config)


def call(
    at: Connector, *statements: object, read_only: bool = False, deadline: float = inf, once: str = "", **bounds: int
) -> SqlCall:
    """The action for statements, each a text or a text and its parameters."""
    dialect = at.config.connection_string.partition(":")[0]
    made = []
    for each in statements:
        text, params = each if isinstance(each, tuple) else (each, [])
        query = read_query(text, dialect, list(params) if isinstance(params, dict) else len(params))
        pairs = zip(query.picks, query.arrays, strict=True)
        made.append(Statement(query.text, tuple(bind(params[pick], dialect, array=array) for pick, array in pairs)))
    rows, size = bounds.get("max_rows", 1000), bounds.get("max_bytes", 1_000_000)
    return SqlCall(at, deadline, tuple(made), read_only, rows, size, once)


async def do(drivers: Connectors, at: Connector, *statements: object, read_only: bool = False, once: str = "") -> Any:
    return await asking.do(drivers, call(at, *statements, read_only=read_only, once=once))


async def read(drivers: Connectors, at: Connector, text: str, params: object = ()) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await do(drivers, at, (text, params), read_only=True))[0].rows
    return found


async def table(drivers: Connectors, at: Connector, columns: str) -> str:
    name = f"t{time.perf_counter_ns()}"
    await do(drivers, at, f"CREATE TABLE {name} ({columns})")
    return name
