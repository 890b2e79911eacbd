"""The only place that reads a clock or draws entropy; everything else is given one."""

import os
import time
from collections import deque

BATCH = 256  # ids drawn at once: one system call instead of one for each request


class Clock:
    """The real clock and the real entropy."""

    def __init__(self) -> None:
        self._ids: deque[tuple[str, int]] = deque()

    monotonic = staticmethod(time.monotonic)
    wall = staticmethod(time.time)

    def wall_us(self) -> int:
        """The wall instant in microseconds since the epoch, UTC."""
        return time.time_ns() // 1000

    def uuid(self) -> str:
        """A fresh random UUID (RFC 9562, version 4) as lower-case text."""
        return self.identity()[0]

    def identity(self) -> tuple[str, int]:
        """A fresh UUID and 64 random bits that have nothing to do with it."""
        if not self._ids:
            self._draw()
        return self._ids.popleft()

    def _draw(self) -> None:
        drawn = os.urandom(24 * BATCH)
        for start in range(0, len(drawn), 24):
            digits = drawn[start : start + 16].hex()
            variant = "89ab"[drawn[start + 8] & 3]
            text = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
            self._ids.append((text, int.from_bytes(drawn[start + 16 : start + 24], "big")))
