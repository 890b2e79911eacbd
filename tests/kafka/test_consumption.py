"""Consumption from a real broker: what becomes of records, in which order, and when they count as done."""

import asyncio
import json
from typing import Any

import anyio
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from orion_core.protocol import PutBack
from orion_io.kafka import Access
from tests.kafka.consuming import (
    Memory,
    Work,
    channel,
    committed,
    consumed,
    consuming,
    fresh,
    producing,
    publish,
    snapshot,
    topic,
    until,
)
from tests.other_servers import KAFKA_PASSWORD, RealKafka

pytestmark = pytest.mark.anyio


async def test_records_become_jobs(real: RealKafka) -> None:
    name, group, work, memory = await topic(real.port), fresh("group"), Work(), Memory()
    async with consuming(real.port, work, snapshot(channel("a", name)), memory, group=group) as consumption:
        await publish(real.port, name, {"n": 1}, key=b"k", headers=[("TraceParent", b"00-x"), ("raw", b"\xff")])
        await publish(real.port, name, None, key=b"\xff")
        await until(lambda: len(memory.kept) == 2)
        first, second = work.jobs
        assert first.payload == b'{"n": 1}'
        assert first.metadata == {
            "kafka_topic": name, "kafka_key": "k", "kafka_partition": 0, "kafka_offset": 0,
            "headers": {"traceparent": "00-x"},
        }  # fmt: skip
        assert (first.channel, first.channel_id, first.admitted) == ("a", "a-id", False)
        assert (second.payload, second.metadata["kafka_offset"]) == (b"null", 1)
        assert "kafka_key" not in second.metadata
        kept = memory.kept[first.request.id].record
        assert (kept.status, kept.channel, kept.attempts, kept.input_json) == ("completed", "a", 1, b'{"n": 1}')
        assert json.loads(kept.metadata_json or b"")["kafka_topic"] == name
        await until(lambda: consumption.lag() == {(name, 0): 0})
        (status,) = consumption.status()
        assert (status.group, status.topics, status.partitions) == (group, (name,), ((name, 0),))
        assert (status.held, status.problem) == ({}, None)
    assert await committed(real.port, group, name) == [2]


async def test_keys_keep_their_order_and_do_not_wait_for_each_other(real: RealKafka) -> None:
    name, go = await topic(real.port), asyncio.Event()

    async def script(payload: Any) -> None:
        if payload == ["slow", 0]:
            await go.wait()

    work, memory = Work(script), Memory()
    async with consuming(real.port, work, snapshot(channel("a", name)), memory):
        async with producing(real.port) as producer:
            for number in range(20):
                for key in ("slow", "quick"):
                    await producer.send(name, json.dumps([key, number]).encode(), key=key.encode())
        await until(lambda: ["quick", 19] in work.done)
        assert [each for each in work.begun if each[0] == "slow"] == [["slow", 0]]
        go.set()
        await until(lambda: len(memory.kept) == 40)
    for key in ("slow", "quick"):
        assert [number for which, number in work.done if which == key] == list(range(20))


async def test_a_channel_may_keep_the_order_of_partitions(real: RealKafka) -> None:
    name, memory = await topic(real.port), Memory()

    async def script(payload: int) -> None:
        await anyio.sleep(0.02 if payload == 0 else 0)

    work = Work(script)
    async with consuming(real.port, work, snapshot(channel("a", name, ordered=True)), memory):
        async with producing(real.port) as producer:
            for number in range(20):
                await producer.send(name, str(number).encode(), key=str(number).encode())
        await until(lambda: len(memory.kept) == 20)
    assert work.done == list(range(20))
    assert work.most == 1


async def test_no_more_are_read_than_may_be_under_way(real: RealKafka) -> None:
    name, go = await topic(real.port, 2), asyncio.Event()

    async def script(payload: int) -> None:
        await go.wait()

    work, memory = Work(script), Memory()
    async with consuming(real.port, work, snapshot(channel("a", name)), memory, most=10) as consumption:
        async with producing(real.port) as producer:
            for number in range(60):
                await producer.send(name, str(number).encode(), key=str(number).encode(), partition=number % 2)
        await until(lambda: work.at_once >= 8)
        await anyio.sleep(0.3)
        assert work.most <= consumption.in_flight <= 10
        go.set()
        await until(lambda: len(memory.kept) == 60)
    assert work.most <= 10


async def test_what_is_put_back_waits_and_others_do_not(real: RealKafka) -> None:
    name, refused = await topic(real.port, 2), []

    def script(payload: int) -> PutBack | None:
        if payload == 0 and len(refused) < 3:
            refused.append(payload)
            return PutBack(0.1, "rate_limited")
        return None

    work, memory = Work(script), Memory()
    async with consuming(real.port, work, snapshot(channel("a", name)), memory):
        await publish(real.port, name, 0, partition=0)
        await publish(real.port, name, 1, partition=1)
        await until(lambda: len(memory.kept) == 2)
    assert work.done == [1, 0]
    assert len(refused) == 3


POISON = [b"hello", b"", b'"\xff"', b"[" * 70 + b"]" * 70, b'"' + b"x" * 2000 + b'"']


async def test_what_failed_goes_to_its_topic_as_it_was(real: RealKafka) -> None:
    name, dead, group, memory = await topic(real.port), await topic(real.port), fresh("group"), Memory()
    work = Work(lambda payload: "the stock is empty" if payload == "bad" else None)
    terms = {"dead_letters": dead, "max_bytes": 1000, "group": group}
    async with consuming(real.port, work, snapshot(channel("a", name)), memory, **terms):
        await publish(
            real.port, name, *POISON, "bad", "good", key=b"k", headers=[("h", b"\xff"), ("orion-error", b"x")]
        )
        await until(lambda: len(memory.kept) == 7)
    published = await consumed(real.port, dead, 6)
    assert [(each.key, each.value) for each in published] == [(b"k", value) for value in [*POISON, b'"bad"']]
    said = [dict(each.headers) for each in published]
    assert [each["orion-reason"].decode() for each in said] == (
        ["invalid_json"] * 4 + ["too_large", "processing_failed"]
    )
    last = said[-1]
    assert (last["h"], last["orion-error"]) == (b"\xff", b"the stock is empty")
    where = [last[f"orion-source-{each}"].decode() for each in ("topic", "partition", "offset")]
    assert where == [name, "0", "5"]
    assert int(last["orion-source-timestamp"]) > 1_700_000_000_000
    assert last["orion-failed-at"].startswith(b"20")
    assert memory.kept[last["orion-trace-id"].decode()].record.error_message == "the stock is empty"
    assert [each.dead_letter for each in memory.kept.values()] == [False] * 7
    assert await committed(real.port, group, name) == [7]


async def test_without_that_topic_failures_are_tried_again_by_themselves(real: RealKafka) -> None:
    name, memory = await topic(real.port), Memory()
    work = Work(lambda payload: "no" if payload == "bad" else None)
    async with consuming(real.port, work, snapshot(channel("a", name)), memory):
        await publish(real.port, name, b"hello", "bad", "good")
        await until(lambda: len(memory.kept) == 3)
    unreadable, bad = memory.failed()
    assert (unreadable.dead_letter, unreadable.record.input_json) == (False, None)
    assert "not acceptable JSON" in (unreadable.record.error_message or "")
    assert (bad.dead_letter, bad.record.input_json) == (True, b'"bad"')


async def test_a_mistake_of_ours_fails_one_record(real: RealKafka) -> None:
    name, memory = await topic(real.port), Memory()

    def script(payload: str) -> None:
        if payload == "bug":
            raise ZeroDivisionError("secret")

    async with consuming(real.port, Work(script), snapshot(channel("a", name)), memory):
        await publish(real.port, name, "bug", "good")
        await until(lambda: len(memory.kept) == 2)
    (bug,) = memory.failed()
    assert bug.record.error_message == "An internal error occurred"


async def test_a_failure_that_cannot_be_published_is_not_passed_over(real: RealKafka) -> None:
    name, dead, group, memory = await topic(real.port), fresh("dead"), fresh("group"), Memory()
    terms = {"dead_letters": dead, "group": group}
    async with consuming(real.port, Work(), snapshot(channel("a", name)), memory, **terms):
        await publish(real.port, name, "good", b"hello", "good", key=b"k")
        await until(lambda: len(memory.kept) == 1)
        await anyio.sleep(1.5)
        assert (len(memory.kept), await committed(real.port, group, name)) == (1, [1])
        await topic(real.port, name=dead)
        await until(lambda: len(memory.kept) == 3)
    assert [each.value for each in await consumed(real.port, dead, 1)] == [b"hello"]
    assert await committed(real.port, group, name) == [3]


async def test_nothing_is_committed_while_outcomes_cannot_be_kept(real: RealKafka) -> None:
    name, group, work, memory = await topic(real.port), fresh("group"), Work(), Memory()
    async with consuming(real.port, work, snapshot(channel("a", name)), memory, group=group):
        await publish(real.port, name, 0)
        await until(lambda: len(memory.kept) == 1)
        memory.away = True
        await publish(real.port, name, *range(1, 50))
        await anyio.sleep(1.5)
        assert await committed(real.port, group, name) == [1]
        memory.away = False
        await until(lambda: len(memory.kept) == 50)
    assert await committed(real.port, group, name) == [50]
    assert work.done == list(range(50))


async def test_what_is_known_is_not_worked_on_again(real: RealKafka) -> None:
    """As after a death between the outcome and the commit."""
    name, group, memory = await topic(real.port), fresh("group"), Memory()
    await publish(real.port, name, *range(30))
    async with consuming(real.port, Work(), snapshot(channel("a", name)), memory, group=group):
        await until(lambda: len(memory.kept) == 30)
    await go_back_to_the_beginning(real.port, group, name)
    work = Work()
    async with consuming(real.port, work, snapshot(channel("a", name)), memory, group=group):
        await publish(real.port, name, 30)
        await until(lambda: 30 in work.done)
    assert work.done == [30]
    assert await committed(real.port, group, name) == [31]


async def go_back_to_the_beginning(port: int, group: str, name: str) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=f"127.0.0.1:{port}", group_id=group, enable_auto_commit=False)
    await consumer.start()
    consumer.assign([TopicPartition(name, 0)])
    await consumer.commit({TopicPartition(name, 0): 0})
    await consumer.stop()


async def test_the_topics_follow_the_snapshot(real: RealKafka) -> None:
    first, second, work, memory = await topic(real.port), await topic(real.port), Work(), Memory()
    group = fresh("group")
    async with consuming(real.port, work, snapshot(channel("a", first)), memory, group=group) as consumption:
        await publish(real.port, first, 1)
        await until(lambda: len(memory.kept) == 1)
        consumption.apply(snapshot(channel("a", first), channel("b", second)))
        await publish(real.port, first, 2)
        await publish(real.port, second, 3)
        await until(lambda: len(memory.kept) == 3)
        consumption.apply(snapshot(channel("b", second)))
        await until(lambda: consumption.status()[0].topics == (second,))
        await publish(real.port, first, 4)
        await publish(real.port, second, 5)
        await until(lambda: len(memory.kept) == 4)
    assert sorted(work.done) == [1, 2, 3, 5]
    assert await committed(real.port, group, first) == [2]


async def test_a_change_of_something_else_disturbs_nobody(real: RealKafka) -> None:
    name, go, memory = await topic(real.port), asyncio.Event(), Memory()

    async def script(payload: int) -> None:
        await go.wait()

    work = Work(script)
    async with consuming(real.port, work, snapshot(channel("a", name)), memory) as consumption:
        await publish(real.port, name, 1)
        await until(lambda: work.begun == [1])
        consumption.apply(snapshot(channel("a", name), channel("other", None)))
        await anyio.sleep(0.2)
        assert work.at_once == 1
        go.set()
        await until(lambda: len(memory.kept) == 1)
    assert work.begun == [1]


async def test_a_topic_waits_for_its_channel(real: RealKafka) -> None:
    name, work, memory = await topic(real.port), Work(), Memory()
    async with consuming(real.port, work, snapshot(), memory, topics=((name, "a"),)) as consumption:
        await publish(real.port, name, 1, 2)
        await until(lambda: bool(consumption.status() and consumption.status()[0].partitions))
        await anyio.sleep(0.3)
        assert consumption.status()[0].held == {name: "there is no active channel 'a'"}
        consumption.apply(snapshot(channel("a", None)))
        await until(lambda: len(memory.kept) == 2)
        consumption.apply(snapshot())  # it is archived: nothing of the topic may be lost
        await publish(real.port, name, 3)
        await anyio.sleep(0.3)
        assert work.done == [1, 2]
        consumption.apply(snapshot(channel("a", None, fault="why")))
        await anyio.sleep(0.3)
        assert work.done == [1, 2]
        consumption.apply(snapshot(channel("a", None)))
        await until(lambda: len(memory.kept) == 3)


async def test_groups_each_get_every_record(real: RealKafka) -> None:
    name, work, memory = await topic(real.port), Work(), Memory()
    channels = snapshot(channel("a", name), channel("b", name, consumer_group=fresh("other")))
    async with consuming(real.port, work, channels, memory) as consumption:
        await publish(real.port, name, 1)
        await until(lambda: len(memory.kept) == 2)
        assert len(consumption.status()) == 2
    assert {each.record.channel for each in memory.kept.values()} == {"a", "b"}


async def test_a_topic_that_is_not_there_stops_no_other(real: RealKafka) -> None:
    name, memory = await topic(real.port), Memory()
    channels = snapshot(channel("a", name), channel("b", fresh("missing")))
    async with consuming(real.port, Work(), channels, memory):
        await publish(real.port, name, 1)
        await until(lambda: len(memory.kept) == 1)


async def test_only_what_was_committed_by_its_transaction(real: RealKafka) -> None:
    name, work, memory = await topic(real.port), Work(), Memory()
    async with producing(real.port, transactional_id=fresh("transaction")) as producer:
        for number, commit in ((1, True), (2, False), (3, True)):
            await producer.begin_transaction()
            await producer.send_and_wait(name, str(number).encode())
            await (producer.commit_transaction() if commit else producer.abort_transaction())
    async with consuming(real.port, work, snapshot(channel("a", name)), memory) as consumption:
        await until(lambda: len(memory.kept) == 2)
        await until(lambda: consumption.lag() == {(name, 0): 0})
    assert work.done == [1, 3]


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_compressed_records(real: RealKafka, codec: str) -> None:
    name, memory = await topic(real.port), Memory()
    async with consuming(real.port, Work(), snapshot(channel("a", name)), memory):
        async with producing(real.port, compression_type=codec) as producer:
            await producer.send_and_wait(name, json.dumps("x" * 500).encode())
        await until(lambda: len(memory.kept) == 1)


async def test_credentials(real: RealKafka) -> None:
    name, memory = await topic(real.port), Memory()

    def access(password: str) -> Access:
        return Access(brokers=(f"127.0.0.1:{real.guarded}",), auth={"username": "orion", "password": password})

    now = snapshot(channel("a", name))
    async with consuming(real.port, Work(), now, memory, access("a-wrong-guess")) as consumption:
        await until(lambda: "Authentication" in str(consumption.status() and consumption.status()[0].problem))
        assert "a-wrong-guess" not in str(consumption.status())
    async with consuming(real.port, Work(), now, memory, access(KAFKA_PASSWORD)):
        await publish(real.port, name, 1)
        await until(lambda: len(memory.kept) == 1)
