"""The request log as the levels ask for it, open while the block runs. Nothing where somebody else has the log."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from orion_io.clock import Clock
from orion_server.line_writer import LineWriter
from orion_server.logs import handler
from orion_server.request_lines import FORMS, TARGET
from orion_server.request_log import RequestLog

MOST = 20_000  # lines that may wait
INTERVAL = 0.1  # seconds for which lines are gathered
PATIENCE = 5.0  # seconds that the last lines may take
FAILURES = 500  # the least status that is a warning


@asynccontextmanager
async def request_log(clock: Clock) -> AsyncIterator[RequestLog | None]:
    """What takes a line for each request; None when none are wanted."""
    target, writing = logging.getLogger(TARGET), handler()
    if writing is None or not target.isEnabledFor(logging.WARNING):
        yield None
        return
    writer = LineWriter(FORMS[writing.form], writing.write_lines)
    writer.start()
    log = RequestLog(writer, clock, 0 if target.isEnabledFor(logging.INFO) else FAILURES, MOST, INTERVAL)
    try:
        yield log
    finally:
        log.flush()
        await asyncio.to_thread(writer.close, PATIENCE)
