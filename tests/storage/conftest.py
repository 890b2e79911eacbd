"""What the tests of the storage share."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
