"""The records of one partition that are under way: which may begin, and which offset may be committed.

Records of one lane are worked on one after the other, in the order they were taken in: a lane is a key, or all of the
partition. Records without a key share one. What may be committed is the offset after the last record before which
all are done. Offsets have holes where a topic was compacted or written in transactions, so nothing is concluded from
the numbers themselves. Knows no client, no clock and no task.
"""

from collections import deque

Lane = bytes | None


class Lanes:
    """The bookkeeping of one partition, from the moment it was assigned.

    Args:
        ordered: Whether all records share one lane.

    Attributes:
        committable: The offset to commit: of the first record that is not done, or after the last; None before the
            first is done.
    """

    def __init__(self, *, ordered: bool) -> None:
        self.committable: int | None = None
        self._ordered = ordered
        self._taken: deque[int] = deque()  # not committable yet, as they came
        self._done: set[int] = set()  # of those
        self._lanes: dict[Lane, deque[int]] = {}  # unfinished, the first of each under way
        self._lane_of: dict[int, Lane] = {}

    def __len__(self) -> int:
        """Records that are under way, or wait for one that is."""
        return len(self._lane_of)

    def take(self, offset: int, key: Lane) -> bool:
        """Take in the next record.

        Args:
            offset: Greater than that of every record before.
            key: Its key.

        Returns:
            Whether it may begin now; otherwise `done` will name it.
        """
        lane = None if self._ordered else key
        waiting = self._lanes.setdefault(lane, deque())
        waiting.append(offset)
        self._taken.append(offset)
        self._lane_of[offset] = lane
        return len(waiting) == 1

    def skip(self, offset: int) -> None:
        """Take in the next record, which was done before, so that nothing waits for it."""
        self._taken.append(offset)
        self._settle(offset)

    def done(self, offset: int) -> int | None:
        """A record that had begun has its outcome.

        Returns:
            The offset of the record that may begin now, or None.
        """
        lane = self._lane_of.pop(offset)
        waiting = self._lanes[lane]
        waiting.popleft()
        self._settle(offset)
        if waiting:
            return waiting[0]
        del self._lanes[lane]
        return None

    def _settle(self, offset: int) -> None:
        self._done.add(offset)
        while self._taken and self._taken[0] in self._done:
            first = self._taken.popleft()
            self._done.remove(first)
            self.committable = first + 1
