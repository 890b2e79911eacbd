"""Short words for tests of drivers."""

from typing import Any

from orion_core import Connector, Problems, compile_connector
from orion_core.protocol import Done, Failed
from orion_io.clock import Clock
from orion_io.connectors.connectors import Connectors


def connector(kind: str, name: str = "there", **config: object) -> Connector:
    made = compile_connector(name, kind, config, problems := Problems())
    assert made is not None, problems.errors
    return made


async def outcome(drivers: Connectors, action: Any) -> Any:
    return await drivers.carriers[type(action)](action, Clock())


async def do(drivers: Connectors, action: Any) -> Any:
    done = await outcome(drivers, action)
    assert type(done) is Done, (done.message, done.detail)
    return done.value


async def refused(drivers: Connectors, action: Any) -> Failed:
    failed = await outcome(drivers, action)
    assert type(failed) is Failed
    return failed
