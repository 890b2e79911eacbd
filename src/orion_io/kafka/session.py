"""One membership in a consumer group: from the client's start until it is stopped, or breaks.

Facts of the client that shape this file. It never returns a record twice and never goes back by itself, so after any
error of a poll it is thrown away: what that poll had read is gone with it, and comes again from the committed offset.
Its rebalances take all partitions away and give all again, after the listener returned; heartbeats go on meanwhile.
Records may be polled before the listener hears of an assignment. Pauses end with an assignment.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener  # type: ignore[import-untyped]
from aiokafka.errors import CommitFailedError, KafkaConnectionError, KafkaError  # type: ignore[import-untyped]

from orion_io.connectors.kafka import CLIENT, access_of, knock
from orion_io.kafka.deliveries import Delivery
from orion_io.kafka.lag import Lag
from orion_io.kafka.partition import Partition
from orion_io.kafka.room import Room
from orion_io.kafka.settlers import Subscription, TopicSettler
from orion_io.kafka.settling import Settling
from orion_io.kafka.terms import Access

logger = logging.getLogger(__name__)

START_SECONDS = 30.0
REVOKE_SECONDS = 5.0  # what is under way may take so long when partitions go to others, who wait for us
REBALANCE_SECONDS = 30.0  # how long they wait; a member that takes longer is left out
COMMIT_INTERVAL = 1.0
COMMIT_SECONDS = 5.0
POLL_MILLISECONDS = 500
FULL_SECONDS = 0.5
SHORT_SECONDS = 0.01  # between looks at some partitions while others are full
METADATA_SECONDS = 10.0  # until new partitions, and topics that were missing, are noticed
FETCH_BYTES = 16 * 1024 * 1024
RETRY_MILLISECONDS = 500  # between attempts of the client, each of which it logs
NEVER = 2**31 - 1  # milliseconds without a poll after which we would be taken for stuck: we wait for room instead


class LogWentBack(Exception):
    """A partition gave a record from before one it gave already: the topic is another of the same name."""


class Session(ConsumerRebalanceListener):  # type: ignore[misc] # the client has no types
    """A membership.

    Args:
        subscription: What is consumed.
        access: To the brokers.
        settling: Gives records their outcomes.
        room: What is shared with the other groups.
        lag_seconds: How often lag is measured; 0.0 means never.
        connected: Called once brokers were met.
    """

    def __init__(
        self,
        subscription: Subscription,
        *,
        access: Access,
        settling: Settling,
        room: Room,
        lag_seconds: float,
        connected: Callable[[], None],
    ) -> None:
        self._subscription = subscription
        self._access = access
        self._settling = settling
        self._room = room
        self._connected = connected
        self._consumer: Any = None
        self._partitions: dict[Any, Partition] = {}
        self._committed: dict[Any, int] = {}
        self._letting_go = asyncio.Lock()
        self._grace = REVOKE_SECONDS
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._measured = lag_seconds > 0.0
        self.lag = Lag(lag_seconds)
        self.problem: str | None = None
        self.missing: frozenset[str] = frozenset()

    @property
    def assigned(self) -> list[tuple[str, int]]:
        """The partitions that are ours."""
        return sorted((each.topic, each.partition) for each in self._partitions)

    async def run(self) -> None:
        """Consume until `stop`.

        Raises:
            KafkaError: The client broke.
            OSError: No broker can be reached.
            TimeoutError: No broker answers.
            LogWentBack: A topic was made anew.
        """
        await self._start()
        self._connected()
        loops = [self._poll, self._commit_now_and_then, *([self._measure] if self._measured else [])]
        tasks = [asyncio.ensure_future(loop()) for loop in loops]
        try:
            await asyncio.wait([*tasks, self._ended], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            await self._let_go(self._grace)
            await self._close()
        if self._ended.done():
            self._ended.result()
        for result in results:
            if isinstance(result, Exception):
                raise result

    def stop(self, seconds: float) -> None:
        """Stop consuming: what is under way may take that long, the rest is left for the next member."""
        self._grace = seconds
        if not self._ended.done():
            self._ended.set_result(None)

    def retargeted(self) -> None:
        """The channels of topics changed: what was held may go on, and the other way round."""
        if self._consumer is None:
            return
        for partition in self._consumer.assignment():
            pause = self._subscription.held(partition.topic)
            (self._consumer.pause if pause else self._consumer.resume)(partition)

    # --- the listener's part: the client awaits both ---

    async def on_partitions_revoked(self, revoked: Iterable[Any]) -> None:
        """All partitions are taken away; some of them may come back."""
        await self._let_go(min(self._grace, REVOKE_SECONDS))

    async def on_partitions_assigned(self, assigned: Iterable[Any]) -> None:
        """These partitions are ours from here on."""
        for each in assigned:
            self._partition(each)
        self.retargeted()
        self.lag.ask()
        self.problem = None
        given = [f"{topic}/{partition}" for topic, partition in self.assigned]
        logger.info("partitions", extra={"fields": {"group": self._subscription.group, "partitions": given}})

    # --- the client ---

    async def _start(self) -> None:
        milliseconds = int(self._access.session_seconds * 1000)
        rebalance = max(int(REBALANCE_SECONDS * 1000), milliseconds)
        access = access_of(self._access)
        consumer = AIOKafkaConsumer(
            bootstrap_servers=list(self._access.brokers), client_id=CLIENT, group_id=self._subscription.group,
            enable_auto_commit=False, auto_offset_reset="earliest", isolation_level="read_committed",
            session_timeout_ms=milliseconds, heartbeat_interval_ms=milliseconds // 3,
            rebalance_timeout_ms=rebalance, request_timeout_ms=rebalance + 10_000, max_poll_interval_ms=NEVER,
            metadata_max_age_ms=int(METADATA_SECONDS * 1000), retry_backoff_ms=RETRY_MILLISECONDS,
            fetch_max_bytes=FETCH_BYTES, **access,
        )  # fmt: skip
        self._consumer = consumer
        try:
            async with asyncio.timeout(START_SECONDS):
                await consumer.start()
        except BaseException as error:
            await self._close()
            if isinstance(error, KafkaConnectionError) and self._access.auth:
                await knock(self._access.brokers[0], access)
            raise
        # Only now: the client's start would wait for topics that do not exist, and for the group.
        consumer.subscribe(sorted(self._subscription.targets), listener=self)

    async def _close(self) -> None:
        """Leave the group. It may be in the middle of a rebalance; then the brokers find out by our silence."""
        closing = asyncio.ensure_future(self._consumer.stop())
        await asyncio.wait({closing}, timeout=REVOKE_SECONDS)
        if not closing.done():
            closing.cancel()
        with suppress(asyncio.CancelledError, KafkaError, OSError):
            await closing

    # --- reading ---

    async def _poll(self) -> None:
        while True:
            wanted, most = self._wanted()
            if most == 0:
                await self._room.freed(FULL_SECONDS)
                continue
            timeout = 0 if wanted else POLL_MILLISECONDS
            batches = await self._consumer.getmany(*wanted, timeout_ms=timeout, max_records=most)
            for partition, records in batches.items():  # no await: a rebalance may begin at the next
                self._take(partition, records)
            if not batches and wanted:
                await self._room.freed(SHORT_SECONDS)

    def _wanted(self) -> tuple[list[Any], int]:
        """The partitions to read from (all of them when none is named), and how many records at most."""
        flowing = {tp: each for tp, each in self._partitions.items() if not self._subscription.held(tp.topic)}
        if not self._partitions:
            return [], self._room.for_one(0)
        rooms = {tp: room for tp, each in flowing.items() if (room := self._room.for_one(each.taken))}
        if not rooms:
            return [], 0
        return [] if len(rooms) == len(flowing) else list(rooms), min(rooms.values())

    def _take(self, where: Any, records: Sequence[Any]) -> None:
        partition = self._partition(where)
        if not partition.follows(records[0].offset):
            raise LogWentBack(f"{where.topic}/{where.partition} went back to offset {records[0].offset}")
        group = self._subscription.group
        partition.take(
            [
                Delivery(
                    group, each.topic, each.partition, each.offset, each.timestamp, each.key, each.value, each.headers
                )
                for each in records
            ]
        )

    def _partition(self, where: Any) -> Partition:
        found = self._partitions.get(where)
        if found is None:
            settler = TopicSettler(self._settling, self._subscription, where.topic)
            ordered = settler.target().ordered
            found = Partition(ordered=ordered, settler=settler, room=self._room, broken=self._broken)
            self._partitions[where] = found
        return found

    def _broken(self, error: BaseException) -> None:
        if not self._ended.done():
            self._ended.set_exception(error)

    # --- committing ---

    async def _commit_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(COMMIT_INTERVAL)
            await self._commit(self._partitions)
            self._look_for_topics()

    async def _let_go(self, seconds: float) -> None:
        """Give up all partitions: let what is under way end, and commit what has its outcome."""
        async with self._letting_go:
            partitions, self._partitions = self._partitions, {}
            await asyncio.gather(*(each.close(seconds) for each in partitions.values()))
            await self._commit(partitions)
            self._committed.clear()

    async def _commit(self, partitions: Mapping[Any, Partition]) -> None:
        assigned = self._consumer.assignment()
        offsets = {
            tp: each.committable
            for tp, each in partitions.items()
            if each.committable is not None and each.committable != self._committed.get(tp) and tp in assigned
        }
        if not offsets:
            return
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                await self._consumer.commit(offsets)
        except CommitFailedError:
            logger.info("partitions were given to others before what was done could be committed: it comes again")
        except (KafkaError, TimeoutError) as error:
            self._complain("offsets could not be committed", error)
        else:
            self._committed |= offsets

    # --- watching ---

    async def _measure(self) -> None:
        while True:
            await self.lag.due()
            try:
                await self.lag.measure(self._consumer, self._partitions)
            except (KafkaError, OSError, TimeoutError) as error:
                self._complain("lag could not be measured", error)
            else:
                self.problem = None

    def _look_for_topics(self) -> None:
        """Tell once of topics that are not there, or not for us: the client takes them for empty."""
        if not self._partitions and not self._consumer.assignment():
            return  # the client may not have asked yet
        known = self._consumer.partitions_for_topic
        missing = frozenset(topic for topic in self._subscription.targets if not known(topic))
        if missing - self.missing:
            fields = {"group": self._subscription.group, "topics": sorted(missing)}
            logger.warning("topics do not exist, or are not ours to read", extra={"fields": fields})
        self.missing = missing

    def _complain(self, what: str, error: Exception) -> None:
        self.problem = f"{what}: {type(error).__name__}: {error}".rstrip(": ")
        logger.warning(self.problem, extra={"fields": {"group": self._subscription.group}})
