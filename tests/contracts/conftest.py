"""What the contract suites share."""

import pytest

PARTS = (
    "channels", "dead_letters", "documents", "instances", "records", "transactions", "workflow_lists", "workflows",
)  # fmt: skip
pytest.register_assert_rewrite(*(f"tests.contracts.store_{part}" for part in PARTS))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
