"""Takes the traces of finished executions and hands them to whoever writes them. Knows no database."""

from typing import Literal, Protocol

import msgspec

from orion_core.protocol import StoreTrace
from orion_io.clock import Clock


class TraceSink(Protocol):
    """Where traces go: never waits, says whether it took one."""

    def offer(self, trace: "FinishedTrace", /) -> bool:
        """Take a trace, or refuse it because the queue is full."""
        ...


class FinishedTrace(msgspec.Struct, gc=False):
    """A trace as it is stored; instants are microseconds since the epoch, UTC.

    Thousands may wait for the disk at once: none of them is worth a look of the garbage collector.
    """

    id: str
    request_id: str
    channel: str
    channel_id: str
    channel_version: int
    mode: str
    status: str
    input_json: bytes | None
    result_json: bytes | None
    error_message: str | None
    duration_ms: float
    started_at: int
    completed_at: int


class Recorder:
    """Keeps the traces that the settings ask for.

    Args:
        sink: Takes them.
        keep: Every trace, those of failures, or none.
        clock: Tells when they ended.
    """

    def __init__(self, sink: TraceSink, keep: Literal["all", "errors", "none"], clock: Clock) -> None:
        self._offer = sink.offer
        self._all = keep == "all"
        self._errors = keep != "none"
        self._wall_us = clock.wall_us

    def record(self, trace: StoreTrace, duration_ms: float) -> None:
        """Hand a trace over, unless the settings leave it out.

        Args:
            trace: What the core knows of it.
            duration_ms: How long the request took, measured by the driver.
        """
        if not (self._all or (self._errors and trace.status == "failed")):
            return
        document = trace.input_json
        finished = FinishedTrace(
            trace.id, trace.request_id, trace.channel, trace.channel_id, trace.channel_version, trace.mode,
            trace.status, None if document is None else bytes(document), trace.result_json, trace.error_message,
            duration_ms, int(trace.started_at * 1_000_000), self._wall_us(),
        )  # fmt: skip
        self._offer(finished)
