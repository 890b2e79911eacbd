"""How far consumption is behind: what a partition's log holds beyond what has its outcome. Measured now and then."""

import asyncio
from collections.abc import Mapping
from typing import Any

from orion_io.kafka.partition import Partition

MEASURE_SECONDS = 10.0


class Lag:
    """The lag of the partitions of one membership.

    Args:
        seconds: Between two measurements.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._asked = asyncio.Event()
        self.records: Mapping[tuple[str, int], int] = {}

    def ask(self) -> None:
        """Measure soon: the partitions changed."""
        self._asked.set()

    async def due(self) -> None:
        """Wait for the next measurement."""
        try:
            async with asyncio.timeout(self._seconds):
                await self._asked.wait()
        except TimeoutError:
            return
        self._asked.clear()

    async def measure(self, consumer: Any, partitions: Mapping[Any, Partition]) -> None:
        """Measure.

        Raises:
            KafkaError: The brokers do not say.
            TimeoutError: They do not answer.
        """
        mine = dict(partitions)
        async with asyncio.timeout(MEASURE_SECONDS):
            ends = await consumer.end_offsets(list(mine)) if mine else {}
            found = {}
            for where, end in ends.items():
                reached = mine[where].committable if mine[where].taken else None
                # With nothing under way, the position counts: it is past the marks that transactions leave in the log.
                begin = reached if reached is not None else await consumer.position(where)
                found[where.topic, where.partition] = max(0, end - begin)
        self.records = found
