"""A thread that writes the request log, so that nobody waits for its stream. Knows no request.

Text is made where lines are taken, a handful at a time. The thread has next to nothing to do but to wait for the
stream: were it to make the text, it would ask for the interpreter lock a hundred times as often, and each time is a
wake-up that the event loop pays for, too.
"""

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from orion_server.request_lines import Batch

BREATH = 0.05  # seconds for which texts are gathered
SHEAF = 32  # texts written at once

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
        self._texts: SimpleQueue[tuple[str, int] | None] = SimpleQueue()  # each with how many lines it has
        self._taken = 0  # changed by those who write alone
        self._dropped = 0  # as above
        self._written = 0  # changed by the thread alone
        self._lost = 0  # as above
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
            self._texts.put((self._form(batch), len(batch)))
        return self._taken - self._written

    def close(self, seconds: float) -> None:
        """Write what is left, for so many seconds at most."""
        self._closing.set()
        self._texts.put(None)
        self._thread.join(seconds)

    def _run(self) -> None:
        waiting = [self._texts.get()]
        while waiting[-1] is not None:
            self._closing.wait(BREATH)  # what is left at the end is written without a rest
            waiting += [self._texts.get() for _ in range(self._texts.qsize())]
            self._write_all([each for each in waiting if each is not None])
            self._tell()
            waiting = [waiting[-1] and self._texts.get()]

    def _write_all(self, texts: list[tuple[str, int]]) -> None:
        for start in range(0, len(texts), SHEAF):
            sheaf = texts[start : start + SHEAF]
            count = sum(lines for _, lines in sheaf)
            try:
                self._emit("".join(text for text, _ in sheaf))
            except Exception:  # a stream that is closed, or full: what is lost is counted, and the next is tried
                self._lost += count
            self._written += count

    def _tell(self) -> None:
        """Say what was lost, once something can be said."""
        lost = self._dropped + self._lost - self._told
        if lost:
            self._told += lost
            logger.warning("lines of the request log were dropped", extra={"fields": {"lines": lost}})
