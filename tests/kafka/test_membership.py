"""Members that come and go, brokers that are away: who works on what, and that nothing is lost meanwhile."""

import asyncio
import signal
from pathlib import Path

import anyio
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from tests.kafka.consuming import (
    Memory,
    Work,
    channel,
    committed,
    consuming,
    fresh,
    producing,
    publish,
    snapshot,
    topic,
    until,
)
from tests.other_servers import RealKafka

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def attentive(monkeypatch: pytest.MonkeyPatch) -> None:
    """New topics and partitions are noticed sooner than they would be."""
    monkeypatch.setattr("orion_io.kafka.session.METADATA_SECONDS", 0.5)


async def test_what_is_under_way_is_finished_before_others_get_the_partition(real: RealKafka) -> None:
    name, group, memory = await topic(real.port, 2), fresh("group"), Memory()
    go = asyncio.Event()

    async def script(payload: int) -> None:
        if payload < 2:
            await go.wait()

    work, now = Work(script), snapshot(channel("a", name))
    async with consuming(real.port, work, now, memory, group=group) as first:
        async with producing(real.port) as producer:
            for number in range(20):
                await producer.send(name, str(number).encode(), partition=number % 2, key=str(number // 2 % 5).encode())
        await until(lambda: len(memory.kept) == 16)  # all but those of the first key
        async with consuming(real.port, work, now, memory, group=group) as second:
            await anyio.sleep(1.0)
            assert len(memory.kept) == 16  # it waits for what is under way
            go.set()
            await until(lambda: len(memory.kept) == 20)
            await until(lambda: len(first.status()[0].partitions) == len(second.status()[0].partitions) == 1)
            assert sorted(work.begun) == list(range(20))  # each once
            await publish(real.port, name, *range(20, 60))
            await until(lambda: len(memory.kept) == 60)
        await until(lambda: len(first.status()[0].partitions) == 2)
        await publish(real.port, name, 60)
        await until(lambda: len(memory.kept) == 61)
    assert sorted(work.begun) == list(range(61))
    assert sum(each or 0 for each in await committed(real.port, group, name, 2)) == 61


async def test_new_partitions_are_noticed(real: RealKafka) -> None:
    name, missing, memory = await topic(real.port), fresh("missing"), Memory()
    channels = snapshot(channel("a", name), channel("b", missing))
    async with consuming(real.port, Work(), channels, memory) as consumption:
        await until(lambda: bool(consumption.status()) and consumption.status()[0].partitions == ((name, 0),))
        await until(lambda: consumption.status()[0].missing == (missing,))
        admin = AIOKafkaAdminClient(bootstrap_servers=f"127.0.0.1:{real.port}")
        await admin.start()
        await admin.create_partitions({name: NewPartitions(2)})
        await admin.close()
        await topic(real.port, name=missing)
        await until(lambda: len(consumption.status()[0].partitions) == 3)
        await publish(real.port, name, 1, partition=1)
        await publish(real.port, missing, 2)
        await until(lambda: len(memory.kept) == 2)
        await until(lambda: consumption.status()[0].missing == ())


async def test_brokers_that_are_away(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """At the start, and later for longer than a membership lasts: both are waited for, and nothing is lost."""
    real = RealKafka(tmp_path, request.config)
    name, group, work, memory = fresh("topic"), fresh("group"), Work(), Memory()
    async with consuming(real.port, work, snapshot(channel("a", name)), memory, group=group) as consumption:
        await until(lambda: "KafkaConnectionError" in str(consumption.status() and consumption.status()[0].problem))
        with real.running() as process:
            await topic(real.port, 2, name)
            await publish(real.port, name, *range(50))
            await until(lambda: len(memory.kept) == 50)
            process.send_signal(signal.SIGSTOP)
            await anyio.sleep(3.0)
            process.send_signal(signal.SIGCONT)
            await publish(real.port, name, *range(50, 100))
            await until(lambda: len(memory.kept) == 100)
            await until(lambda: consumption.status()[0].problem is None)
            await anyio.sleep(1.5)
            assert sum(each or 0 for each in await committed(real.port, group, name, 2)) == 100
        process.kill()
    assert sorted(work.done) == list(range(100))
