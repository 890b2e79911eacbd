"""What the tests of consumption share: channels, outcomes kept in memory, and both ends of a topic."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from orion_core import Snapshot
from orion_core.protocol import Job, PutBack, StoreTrace
from orion_core.routing import RouteTable
from orion_core.snapshot import Channel
from orion_io.clock import Clock
from orion_io.kafka import Access, Terms
from orion_io.kafka.consumption import Consumption
from orion_io.storage import StorageUnavailable
from orion_io.storage.queue_rows import Kept
from tests.other_servers import create_topic

PATIENCE = 30.0


def channel(name: str, topic: str | None, **members: Any) -> Channel:
    """A channel that consumes a topic."""
    given = {"ordered": False, "consumer_group": None, "priority": 0, "fault": None, "id": f"{name}-id", **members}
    return Channel(
        given["id"], 1, name, frozenset(), (), 0.0, None, given["fault"], given["ordered"], topic,
        given["consumer_group"], given["priority"],
    )  # fmt: skip


def snapshot(*channels: Channel) -> Snapshot:
    return Snapshot(1, {each.name: each for each in channels}, RouteTable(()), 0, {})


class Memory:
    """Outcomes, kept while the test lasts; `away` makes the store unavailable."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}
        self.away = False

    async def known(self, ids: Sequence[str]) -> frozenset[str]:
        self._answer()
        return frozenset(ids) & self.kept.keys()

    async def keep(self, kept: Kept) -> None:
        await asyncio.sleep(0)
        self._answer()
        self.kept.setdefault(kept.record.id, kept)

    def _answer(self) -> None:
        if self.away:
            raise StorageUnavailable("away")

    def failed(self) -> list[Kept]:
        return [each for each in self.kept.values() if each.record.status == "failed"]


class Work:
    """Does the work on records: as its script says, by payload; what it says nothing of is completed.

    Args:
        script: Given a payload, an outcome or something to wait for that gives one.
    """

    def __init__(self, script: Callable[[Any], Any] = lambda payload: None) -> None:
        self._script = script
        self.begun: list[Any] = []
        self.done: list[Any] = []
        self.jobs: list[Job] = []
        self.at_once = self.most = 0

    async def __call__(self, job: Job) -> StoreTrace | PutBack | None:
        payload = json.loads(job.payload)
        self.jobs.append(job)
        self.begun.append(payload)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            found = self._script(payload)
            if asyncio.iscoroutine(found):
                found = await found
        finally:
            self.at_once -= 1
        if isinstance(found, PutBack):
            return found
        self.done.append(payload)
        return completed(job) if found is None else failed(job, found)


def completed(job: Job) -> StoreTrace:
    return StoreTrace(
        job.request.id, job.request.id, job.channel, job.channel_id, 1, "async", "completed", job.payload, b"{}", None,
        job.request.received_at, b"[]",
    )  # fmt: skip


def failed(job: Job, error: str) -> StoreTrace:
    return StoreTrace(
        job.request.id, job.request.id, job.channel, job.channel_id, 1, "async", "failed", job.payload, None, error,
        job.request.received_at, b"[]",
    )  # fmt: skip


@asynccontextmanager
async def consuming(
    port: int, work: Any, now: Snapshot, outcomes: Memory | None = None, access: Access | None = None, **terms: Any
) -> AsyncIterator[Consumption]:
    """Consumption, running; stopped at the end."""
    made = Consumption(
        access=access or Access(brokers=(f"127.0.0.1:{port}",), session_seconds=2.0),
        terms=Terms(**{"group": fresh("group"), "lag_seconds": 0.2, **terms}),
        work=work,
        outcomes=outcomes or Memory(),
        clock=Clock(),
    )
    made.apply(now)
    running = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await made.stop(5.0)


def fresh(kind: str) -> str:
    return f"{kind}-{time.perf_counter_ns()}"


async def topic(port: int, partitions: int = 1, name: str | None = None) -> str:
    name = name or fresh("topic")
    await anyio.to_thread.run_sync(create_topic, port, name, partitions)
    return name


@asynccontextmanager
async def producing(port: int, **options: Any) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=f"127.0.0.1:{port}", **options)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def publish(port: int, name: str, *values: Any, **given: Any) -> None:
    """Publish values as JSON, or bytes as they are, one after the other."""
    async with producing(port) as producer:
        for value in values:
            content = value if isinstance(value, bytes) or value is None else json.dumps(value).encode()
            await producer.send(name, content, **given)
        await producer.flush()


async def consumed(port: int, name: str, count: int) -> list[Any]:
    """The first records of a topic."""
    consumer = AIOKafkaConsumer(name, bootstrap_servers=f"127.0.0.1:{port}", auto_offset_reset="earliest")
    await consumer.start()
    found: list[Any] = []
    try:
        with anyio.fail_after(PATIENCE):
            while len(found) < count:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found.extend(records)
    finally:
        await consumer.stop()
    return found


async def committed(port: int, group: str, name: str, partitions: int = 1) -> list[int | None]:
    """The committed offset of each partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=f"127.0.0.1:{port}", group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        return [await consumer.committed(TopicPartition(name, each)) for each in range(partitions)]
    finally:
        await consumer.stop()


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    with anyio.fail_after(PATIENCE):
        while not holds():
            await anyio.sleep(0.01)
