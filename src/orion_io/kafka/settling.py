"""From a record to its durable outcome: it is worked on until there is one, and that is kept until it is safe.

Nothing here gives up: what cannot be kept or published now is tried again, for the offset is committed only after it.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from aiokafka.errors import KafkaError  # type: ignore[import-untyped] # it has no types

from orion_core import encode
from orion_core.protocol import Job, PutBack, Request, StoreTrace
from orion_io.clock import Clock
from orion_io.kafka.backoff import Backoff
from orion_io.kafka.deliveries import Delivery
from orion_io.kafka.poison import DeadLetterTopic
from orion_io.kafka.release import Release
from orion_io.kafka.subscriptions import Target
from orion_io.kafka.terms import Headers, Outcomes, Terms, Work
from orion_io.kafka.verdicts import TOO_LARGE_RESULT, Circumstances, Verdict, record_of, smaller, verdict_on
from orion_io.storage import StorageUnavailable, TraceRecord, Unstorable
from orion_io.storage.queue_rows import Kept

logger = logging.getLogger(__name__)

HELD_SECONDS = 1.0  # between two looks whether a channel is there
LEAST_SECONDS = 0.05  # that a record which was put back waits
INTERNAL = "An internal error occurred"


class Settling:
    """Gives records their outcomes.

    Args:
        terms: Bounds of the work.
        work: Does it.
        outcomes: Keeps what came of it.
        dead_letters: Gets what failed; None where failures are tried again by themselves.
        clock: Tells the time.
        stored: Leaves out the headers that are never kept.
    """

    def __init__(
        self,
        *,
        terms: Terms,
        work: Work,
        outcomes: Outcomes,
        dead_letters: DeadLetterTopic | None,
        clock: Clock,
        stored: Callable[[Headers], Headers],
    ) -> None:
        self._terms = terms
        self._work = work
        self._outcomes = outcomes
        self._dead_letters = dead_letters
        self._clock = clock
        self._stored = stored
        self.oversized = 0  # results that were too large to be kept

    async def known(self, deliveries: Sequence[Delivery]) -> frozenset[str]:
        """The ids of those that have their outcome already."""
        backoff = Backoff()
        while True:
            try:
                return await self._outcomes.known([delivery.id for delivery in deliveries])
            except StorageUnavailable as error:
                await self._wait("the outcomes of records cannot be looked up", deliveries[0], error, backoff)

    async def settle(self, delivery: Delivery, target: Callable[[], Target], release: Release) -> None:
        """Work on a record until it has an outcome that is safe.

        Args:
            delivery: The record.
            target: Tells the channel of its topic; it may change with a reload.
            release: Ends waiting for better times.

        Raises:
            Released: The partition was given up before the work could begin.
        """
        taken_at, began = self._clock.wall_us(), self._clock.monotonic()
        verdict = await self._judge(delivery, target, release)
        self.oversized += verdict.reason == TOO_LARGE_RESULT
        around = Circumstances(
            owner=self._terms.owner,
            taken_at=taken_at,
            ended_at=self._clock.wall_us(),
            duration_ms=(self._clock.monotonic() - began) * 1000,
            metadata_json=encode(delivery.metadata(self._stored)),
        )
        topic = None if delivery.topic == self._terms.dead_letters else self._dead_letters  # or it would go in circles
        if verdict.failed and topic is not None:
            await self._publish(topic, delivery, verdict, around.ended_at)
        by_itself = verdict.failed and verdict.mendable and topic is None
        await self._keep(delivery, record_of(verdict, around), dead_letter=by_itself)

    async def _judge(self, delivery: Delivery, target: Callable[[], Target], release: Release) -> Verdict:
        channel = await self._ready(target, release)
        unreadable = delivery.unreadable(self._terms.max_bytes, self._terms.max_depth)
        if unreadable is None:
            return verdict_on(await self._worked(delivery, target, release), self._terms.max_result)
        reason, error = unreadable
        return Verdict(self._failure(delivery, channel, error, None), reason, mendable=False)

    async def _ready(self, target: Callable[[], Target], release: Release) -> Target:
        """The channel, as soon as there is one."""
        while (found := target()).held is not None:
            await release.pause(HELD_SECONDS)
        return found

    async def _worked(self, delivery: Delivery, target: Callable[[], Target], release: Release) -> StoreTrace:
        while True:
            found = await self._attempt(delivery, await self._ready(target, release))
            if isinstance(found, StoreTrace):
                return found
            await release.pause(max(found.seconds, LEAST_SECONDS))

    async def _attempt(self, delivery: Delivery, channel: Target) -> StoreTrace | PutBack:
        identity = delivery.id
        request = Request(identity, identity, "", "", "", {}, b"", "", self._clock.wall(), delivery.entropy)
        deadline = self._clock.monotonic() + self._terms.processing_seconds
        metadata = delivery.metadata(self._stored)
        job = Job(request, channel.channel, channel.channel_id, delivery.payload, metadata, False, deadline)
        try:
            found = await self._work(job)
        except Exception:  # a mistake of ours must neither skip the record nor stop its partition
            logger.exception("working on a record failed", extra={"fields": delivery.place})
            found = None
        return found or self._failure(delivery, channel, INTERNAL, delivery.payload)

    def _failure(self, delivery: Delivery, channel: Target, error: str, came: bytes | None) -> StoreTrace:
        """The outcome of a record that no workflow finished."""
        return StoreTrace(
            delivery.id, delivery.id, channel.channel, channel.channel_id, None, "async", "failed", came, None, error,
            self._clock.wall(),
        )  # fmt: skip

    async def _publish(self, topic: DeadLetterTopic, delivery: Delivery, verdict: Verdict, failed_at: int) -> None:
        backoff = Backoff()
        while True:
            try:
                return await topic.publish(delivery, verdict.reason, verdict.error, failed_at)
            except (KafkaError, OSError, TimeoutError) as failure:
                await self._wait("a record that failed cannot be published", delivery, failure, backoff)

    async def _keep(self, delivery: Delivery, record: TraceRecord, *, dead_letter: bool) -> None:
        backoff = Backoff()
        while True:
            try:
                return await self._outcomes.keep(Kept(record=record, dead_letter=dead_letter))
            except StorageUnavailable as error:
                await self._wait("the outcome of a record cannot be kept", delivery, error, backoff)
            except Unstorable as error:
                record, dead_letter = smaller(record, delivery), False
                await self._wait("the outcome of a record cannot be stored as it is", delivery, error, backoff)

    async def _wait(self, what: str, delivery: Delivery, error: Exception, backoff: Backoff) -> None:
        seconds = backoff.next()
        why = f"{type(error).__name__}: {error}"
        logger.warning("%s; trying again", what, extra={"fields": {**delivery.place, "error": why, "seconds": seconds}})
        await asyncio.sleep(seconds)
