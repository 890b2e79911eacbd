"""Drivers, asked directly."""

from collections.abc import AsyncIterator

import pytest

from orion_io.clock import Clock
from orion_io.connectors.connectors import Connectors


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def drivers() -> AsyncIterator[Connectors]:
    made = Connectors(Clock())
    yield made
    await made.close()
