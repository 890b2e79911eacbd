"""All that this process consumes from Kafka, kept in step with the snapshot. Knows no settings file and no server."""

import asyncio
import logging
from collections.abc import Callable, Mapping

from orion_core import Snapshot
from orion_io.clock import Clock
from orion_io.kafka.group import Group, GroupStatus
from orion_io.kafka.poison import DeadLetterTopic
from orion_io.kafka.room import Room
from orion_io.kafka.session import REVOKE_SECONDS
from orion_io.kafka.settling import Settling
from orion_io.kafka.subscriptions import Plan, plan_of
from orion_io.kafka.terms import Access, Headers, Outcomes, Terms, Work

logger = logging.getLogger(__name__)


class Consumption:
    """Consumes the topics of the settings and of channels.

    Args:
        access: To the brokers.
        terms: What is consumed, and within which bounds.
        work: Does the work on a record.
        outcomes: Keeps what came of it.
        clock: Tells the time.
        stored: Leaves out the headers that are never kept.
    """

    def __init__(
        self,
        *,
        access: Access,
        terms: Terms,
        work: Work,
        outcomes: Outcomes,
        clock: Clock,
        stored: Callable[[Headers], Headers] = dict,
    ) -> None:
        self._access = access
        self._terms = terms
        self._dead_letters = None if terms.dead_letters is None else DeadLetterTopic(access, terms.dead_letters)
        self._settling = Settling(
            terms=terms, work=work, outcomes=outcomes, dead_letters=self._dead_letters, clock=clock, stored=stored
        )
        self._room = Room(terms.most)
        self._groups: dict[str, Group] = {}
        self._plan = Plan()
        self._changed = asyncio.Event()

    def apply(self, snapshot: Snapshot) -> None:
        """Consume what this snapshot asks for; called after each that is installed.

        A group whose topics changed is left and joined anew: what is under way ends, what has its outcome is
        committed. Everything else goes on undisturbed.
        """
        plan = plan_of(self._terms.topics, snapshot, self._terms.group)
        for each in plan.passed_over:
            if each not in self._plan.passed_over:
                logger.warning("%s", each)
        self._plan = plan
        for name, group in self._groups.items():  # at once: no record may meet a snapshot without its channel
            group.retarget(plan.groups.get(name, {}))
        self._changed.set()

    async def run(self) -> None:
        """Keep in step with what `apply` is told, until this is cancelled; `stop` then ends what runs."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self._follow(self._plan)

    async def stop(self, seconds: float) -> None:
        """Consume nothing more; call it when `run` has ended.

        Args:
            seconds: How long what is under way may take; what takes longer comes again.
        """
        groups, self._groups = self._groups, {}
        await asyncio.gather(*(group.stop(seconds) for group in groups.values()))
        if self._dead_letters is not None:
            await self._dead_letters.close()

    def lag(self) -> Mapping[tuple[str, int], int]:
        """Records behind, by topic and partition, of this process's partitions; of several groups, the slowest's."""
        found: dict[tuple[str, int], int] = {}
        for group in self._groups.values():
            for where, records in group.lag.items():
                found[where] = max(records, found.get(where, 0))
        return found

    def status(self) -> tuple[GroupStatus, ...]:
        """What each group does."""
        return tuple(group.status() for _, group in sorted(self._groups.items()))

    @property
    def in_flight(self) -> int:
        """Records that were read and have no outcome yet."""
        return self._room.taken

    @property
    def oversized(self) -> int:
        """Results that were too large to be kept."""
        return self._settling.oversized

    async def _follow(self, plan: Plan) -> None:
        leaving = [name for name, group in self._groups.items() if not group.fits(plan.groups.get(name, {}))]
        await asyncio.gather(*(self._groups[name].stop(REVOKE_SECONDS) for name in leaving))
        for name in leaving:
            del self._groups[name]
        for name, targets in plan.groups.items():
            if name in self._groups:
                self._groups[name].retarget(targets)
            else:
                self._groups[name] = Group(
                    name, targets, access=self._access, settling=self._settling, room=self._room,
                    lag_seconds=self._terms.lag_seconds,
                )  # fmt: skip
