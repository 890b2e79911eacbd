"""One consumer group of this process: a membership, and the next one when it breaks. Knows no snapshot."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from aiokafka.errors import KafkaError  # type: ignore[import-untyped] # it has no types

from orion_io.kafka.backoff import Backoff
from orion_io.kafka.room import Room
from orion_io.kafka.session import Session
from orion_io.kafka.settlers import Subscription
from orion_io.kafka.settling import Settling
from orion_io.kafka.subscriptions import Targets, redirected, shape_of
from orion_io.kafka.terms import Access

logger = logging.getLogger(__name__)

STEADY_SECONDS = 60.0  # a membership that lasted so long had not failed to begin


@dataclass(frozen=True)
class GroupStatus:
    """What a group does now.

    Args:
        group: The consumer group.
        topics: What it consumes.
        partitions: The ones that are this process's, as topic and number.
        held: Topics of which nothing is worked on, and why.
        missing: Topics that do not exist, or that brokers do not show us.
        problem: What went wrong last, and is not known to be over; None when all is well.
    """

    group: str
    topics: tuple[str, ...]
    partitions: tuple[tuple[str, int], ...]
    held: Mapping[str, str]
    missing: tuple[str, ...]
    problem: str | None

    @property
    def well(self) -> bool:
        """Whether all its topics are consumed."""
        return self.problem is None and not self.held and not self.missing


class Group:
    """Consumes as a member of one group until it is stopped.

    Args:
        group: The consumer group.
        targets: Its topics and their channels.
        access: To the brokers.
        settling: Gives records their outcomes.
        room: What is shared with the other groups.
        lag_seconds: How often lag is measured.
    """

    def __init__(
        self, group: str, targets: Targets, *, access: Access, settling: Settling, room: Room, lag_seconds: float
    ) -> None:
        self._subscription = Subscription(group, targets)
        self._topics = sorted(targets)
        self._shape = shape_of(targets)
        self._access = access
        self._settling = settling
        self._room = room
        self._lag_seconds = lag_seconds
        self._session: Session | None = None
        self._connected = False
        self._problem: str | None = "not connected yet"
        self._stopping = asyncio.Event()
        self._task = asyncio.ensure_future(self._run())
        self._tell_held({})

    @property
    def lag(self) -> Mapping[tuple[str, int], int]:
        """Records behind, by topic and partition, of the partitions that are this process's."""
        return {} if self._session is None else self._session.lag.records

    def status(self) -> GroupStatus:
        """What it does now."""
        subscription, session = self._subscription, self._session
        held = {topic: target.held for topic, target in subscription.targets.items() if target.held is not None}
        assigned = () if session is None else tuple(session.assigned)
        problem = self._problem if session is None or self._problem is not None else session.problem
        missing = () if session is None else tuple(sorted(session.missing))
        return GroupStatus(subscription.group, tuple(self._topics), assigned, held, missing, problem)

    def fits(self, targets: Targets) -> bool:
        """Whether these can be consumed without a new membership."""
        return self._shape == shape_of(targets)

    def retarget(self, targets: Targets) -> None:
        """Send records to these channels from here on; those of topics that have none any more wait."""
        before, self._subscription.targets = self._subscription.targets, redirected(self._topics, targets)
        self._tell_held(before)
        if self._session is not None:
            self._session.retargeted()

    async def stop(self, seconds: float) -> None:
        """Leave the group.

        Args:
            seconds: How long what is under way may take.
        """
        self._stopping.set()
        if self._session is not None and self._connected:
            self._session.stop(seconds)
        else:
            self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        loop, backoff = asyncio.get_running_loop(), Backoff()
        while not self._stopping.is_set():
            began = loop.time()
            try:
                await self._consume()
            except Exception as error:  # whatever it was, records wait in their topics until the next attempt
                self._explain(error)
            if self._stopping.is_set():
                return
            if loop.time() - began > STEADY_SECONDS:
                backoff.reset()
            await self._wait(backoff.next())

    async def _consume(self) -> None:
        self._session = Session(
            self._subscription, access=self._access, settling=self._settling, room=self._room,
            lag_seconds=self._lag_seconds, connected=self._met,
        )  # fmt: skip
        try:
            await self._session.run()
        finally:
            self._session, self._connected = None, False

    def _met(self) -> None:
        """Brokers let us in."""
        self._connected, self._problem = True, None

    def _explain(self, error: Exception) -> None:
        self._problem = f"{type(error).__name__}: {error}"
        fields = {"group": self._subscription.group, "error": self._problem}
        expected = isinstance(error, KafkaError | OSError | TimeoutError)
        text = "consuming from Kafka failed; trying again"
        logger.log(
            logging.WARNING if expected else logging.ERROR, text, extra={"fields": fields},
            exc_info=None if expected else error,
        )  # fmt: skip

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

    def _tell_held(self, before: Targets) -> None:
        for topic, target in self._subscription.targets.items():
            was = before[topic].held if topic in before else None
            fields = {"group": self._subscription.group, "topic": topic, "channel": target.channel}
            if target.held is not None and target.held != was and target.channel:
                logger.warning("a topic is held back: %s", target.held, extra={"fields": fields})
            elif target.held is None and was is not None:
                logger.info("a topic is no longer held back", extra={"fields": fields})
