"""How many records may be under way at once, and how partitions share that. Knows no records.

A partition whose records do not move (their channel is limited, their store slow) must not take all the room, or it
would stop the others with it. So each may hold a multiple of what it leaves to the others, and one that holds nothing
may always have one record, as long as there is room at all.
"""

import asyncio

SHARE = 4  # how much more than what it leaves one partition may hold
BATCHES = 8  # who holds much already waits for an eighth of the room, to read in batches


class Room:
    """The room of all consumers of a process.

    Args:
        most: Records at once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0
        self._partitions = 0
        self._batch = max(1, most // BATCHES)
        self._waiting: asyncio.Event | None = None

    @property
    def taken(self) -> int:
        """Records that are under way."""
        return self._taken

    def enter(self) -> None:
        """There is one partition more."""
        self._partitions += 1

    def leave(self) -> None:
        """There is one partition less."""
        self._partitions -= 1

    def for_one(self, own: int) -> int:
        """How many more records a partition may read now.

        Args:
            own: Records of it that are under way.
        """
        left = self._most - self._taken
        if self._partitions > 1:
            left = max((SHARE * left - own) // (SHARE + 1), min(left, 1 - own))
        return left if left >= (1 if own < self._batch else self._batch) else 0

    def take(self, records: int) -> None:
        """Records were read."""
        self._taken += records

    def give_back(self, records: int) -> None:
        """Records have their outcome, or were let go."""
        self._taken -= records
        if self._waiting is not None:
            self._waiting.set()
            self._waiting = None

    async def freed(self, seconds: float) -> None:
        """Wait until some room is given back, or the time is over."""
        if self._waiting is None:
            self._waiting = asyncio.Event()
        waiting = self._waiting
        try:
            async with asyncio.timeout(seconds):
                await waiting.wait()
        except TimeoutError:
            return
