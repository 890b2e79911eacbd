"""Apache Kafka, started once for all tests here."""

from collections.abc import Iterator

import pytest

from tests.other_servers import RealKafka


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[RealKafka]:
    made = RealKafka(tmp_path_factory.mktemp("real-kafka"), request.config)
    with made.running():
        yield made
