"""The only place that reads a clock or draws entropy; everything else is given one."""

import os
import time
from collections import deque

BATCH = 256  # draws at once: one system call instead of one for each request


class Clock:
    """The real clock and the real entropy."""

    def __init__(self) -> None:
        self._drawn: deque[tuple[str, int]] = deque()
        self._millisecond = 0
        self._stamp = ""

    monotonic = staticmethod(time.monotonic)
    wall = staticmethod(time.time)

    def wall_us(self) -> int:
        """The wall instant in microseconds since the epoch, UTC."""
        return time.time_ns() // 1000

    def uuid(self) -> str:
        """A fresh UUID as lower-case text."""
        return self.identity()[0]

    def identity(self) -> tuple[str, int, float]:
        """A fresh UUID (RFC 9562, version 7), 64 random bits unrelated to it, and the wall instant in Unix seconds.

        Version 7 begins with the time, so that traces written one after the other lie side by side in their index:
        three times the rows per second of random ids.
        """
        wall = time.time()
        millisecond = int(wall * 1000)
        if millisecond != self._millisecond:
            digits = f"{millisecond:012x}"
            self._millisecond, self._stamp = millisecond, f"{digits[:8]}-{digits[8:]}"
        if not self._drawn:
            self._draw()
        tail, entropy = self._drawn.popleft()
        return self._stamp + tail, entropy, wall

    def _draw(self) -> None:
        drawn = os.urandom(24 * BATCH)
        for start in range(0, len(drawn), 24):
            digits = drawn[start : start + 16].hex()
            variant = "89ab"[drawn[start + 8] & 3]
            tail = f"-7{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
            self._drawn.append((tail, int.from_bytes(drawn[start + 16 : start + 24], "big")))
