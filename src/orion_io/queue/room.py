"""How much may wait, and how much does. Knows no database: who knows better tells it.

One instance alone counts exactly: each request that comes in and each that is claimed passes here. What other instances
do on the same database is heard of with every measurement, a second old at most.
"""

from orion_io.storage.queue_rows import Backlog


class QueueFull(Exception):
    """There is no room for another request; `str` may be shown to a caller."""


class Room:
    """The bounds of the queue.

    Args:
        most: Requests that may wait.
        most_bytes: What they may weigh; 0 for any weight.
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._coming = Backlog(0, 0)  # on their way to the database
        self._waiting = Backlog(0, 0)  # there
        self.refusals = 0  # how often there was no room

    @property
    def waiting(self) -> Backlog:
        """What waits, as far as it is known, and what is about to."""
        return Backlog(self._coming.count + self._waiting.count, self._coming.size + self._waiting.size)

    @property
    def left_over(self) -> int:
        """How many more may wait, by their number."""
        return max(0, self._most - self.waiting.count)

    def take(self, size: int) -> None:
        """Make room for one more that is about to be kept.

        Raises:
            QueueFull: There is none.
        """
        now = self.waiting
        if now.count >= self._most:
            self.refusals += 1
            raise QueueFull(f"The queue is full: {now.count} requests wait (queue.buffer_size)")
        if self._most_bytes and now.size + size > self._most_bytes:
            self.refusals += 1
            text = f"{now.size} + {size} > {self._most_bytes} bytes (queue.max_queue_memory_bytes)"
            raise QueueFull(f"The queue's memory limit is exceeded: {text}")
        self._coming = _sum(self._coming, 1, size)

    def arrived(self, size: int) -> None:
        """One that was about to be kept is."""
        self._coming = _sum(self._coming, -1, -size)
        self._waiting = _sum(self._waiting, 1, size)

    def refused(self, size: int) -> None:
        """One that was about to be kept will not be."""
        self._coming = _sum(self._coming, -1, -size)

    def left(self, size: int) -> None:
        """One that waited waits no more."""
        self._waiting = _sum(self._waiting, -1, -size)

    def measured(self, backlog: Backlog) -> None:
        """This is what waits in the database."""
        self._waiting = backlog


def _sum(backlog: Backlog, count: int, size: int) -> Backlog:
    return Backlog(max(0, backlog.count + count), max(0, backlog.size + size))
