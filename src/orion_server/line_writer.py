"""A thread that writes the request log, so that nobody waits for its stream. Knows no request.

It makes text by the handful, with a rest after each: the interpreter lock is held while text is made, and thousands of
lines at once would stop requests for milliseconds (as decision 0014 found of traces).
"""

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from orion_server.request_lines import Batch

HANDFUL = 64  # lines made into text at once
BREATH = 0.0005  # seconds between handfuls

logger = logging.getLogger(__name__)


class LineWriter:
    """See `orion_server.request_log.Lines`.

    Args:
        form: Makes text of a batch.
        emit: Writes text; may take its time.
    """

    def __init__(self, form: Callable[[Batch], str], emit: Callable[[str], None]) -> None:
        self._form = form
        self._emit = emit
        self._closing = threading.Event()
        self._batches: SimpleQueue[list[tuple[Any, ...]] | None] = SimpleQueue()
        self._taken = 0  # changed by those who write alone
        self._written = 0  # changed by the thread alone
        self._dropped = 0
        self._told = 0
        self._thread = threading.Thread(target=self._run, name="orion-request-log", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def write(self, batch: list[tuple[Any, ...]], dropped: int, /) -> int:
        """Take a batch; returns how many lines are not written yet."""
        self._dropped += dropped
        if batch:
            self._taken += len(batch)
            self._batches.put(batch)
        return self._taken - self._written

    def close(self, seconds: float) -> None:
        """Write what is left, for so many seconds at most."""
        self._closing.set()
        self._batches.put(None)
        self._thread.join(seconds)

    def _run(self) -> None:
        while (batch := self._batches.get()) is not None:
            for start in range(0, len(batch), HANDFUL):
                self._write_some(batch[start : start + HANDFUL])
            self._tell()

    def _write_some(self, lines: list[tuple[Any, ...]]) -> None:
        try:
            self._emit(self._form(lines))
        except Exception:  # a stream that is closed, or full: what is lost is counted, and the next is tried
            self._dropped += len(lines)
        self._written += len(lines)
        self._closing.wait(BREATH)  # what is left at the end is written without a rest

    def _tell(self) -> None:
        """Say what was lost, once something can be said."""
        lost = self._dropped - self._told
        if lost:
            self._told += lost
            logger.warning("lines of the request log were dropped", extra={"fields": {"lines": lost}})
