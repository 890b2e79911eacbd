"""A thread that writes the request log, so that nobody waits for its stream. Knows no request."""

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from orion_server.request_lines import Batch

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
        self._batches.put(None)
        self._thread.join(seconds)

    def _run(self) -> None:
        while (batch := self._batches.get()) is not None:
            try:
                self._emit(self._form(batch))
            except Exception:  # a stream that is closed, or full: what is lost is counted, and the next is tried
                self._dropped += len(batch)
            self._written += len(batch)
            self._tell()

    def _tell(self) -> None:
        """Say what was lost, once something can be said."""
        lost = self._dropped - self._told
        if lost:
            self._told += lost
            logger.warning("lines of the request log were dropped", extra={"fields": {"lines": lost}})
