"""A process that works on suspects, one at a time, for the server that started it. Serves nothing.

It is the same program with the same settings, told by a variable what it is for, so that whoever embeds Orion with
functions of its own need do nothing. It ends when there is nothing left to do, and when its server is gone.
"""

import asyncio
import logging
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process

from orion_core import Compiler
from orion_io.queue.workers import Workers
from orion_server.queueing import rules_of
from orion_server.runtime import ended, open_runtime
from orion_server.settings import Settings

VARIABLE = "ORION_QUARANTINE"  # holds the name under which the process claims
IDLE_SECONDS = 5.0  # after which it ends
POLL_SECONDS = 0.2
STOP_SECONDS = 5.0  # in which it must have ended when its server stops

logger = logging.getLogger(__name__)


def owner_given() -> str | None:
    """The name under which this process is to work on suspects; None for a server."""
    return os.environ.get(VARIABLE)


class AloneProcess:
    """The process, as its server sees it."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def ended(self) -> int:
        """Wait for its end."""
        return await self._process.wait()

    def stop(self) -> None:
        """Close what it listens to, for it to let go of its work; one that does not end is ended."""
        if self._process.returncode is None and self._process.stdin is not None:
            self._process.stdin.close()
            asyncio.get_running_loop().call_later(STOP_SECONDS, self._kill)

    def _kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()


async def spawn(owner: str) -> AloneProcess:
    """Start this program once more, to work on suspects under a name."""
    logger.info("suspects are worked on in a process of their own", extra={"fields": {"owner": owner}})
    environment = {**os.environ, VARIABLE: owner}
    process = await asyncio.create_subprocess_exec(sys.executable, *sys.orig_argv[1:], stdin=PIPE, env=environment)
    return AloneProcess(process)


async def work_alone(settings: Settings, compiler: Compiler | None, owner: str) -> None:
    """Work on suspects until there are none, or the server that started this process is gone."""
    async with open_runtime(settings, compiler, suspects_owner=owner) as runtime:
        await runtime.reloader.start()
        ledger = runtime.ledger
        workers = Workers(ledger, runtime.driver, runtime.clock, rules_of(settings, workers=1))
        gone = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(sys.stdin.fileno(), gone.set)
        for each in (signal.SIGTERM, signal.SIGINT):  # which a terminal, or an init system, sends to both
            loop.add_signal_handler(each, gone.set)
        working = asyncio.create_task(workers.run())
        idle = 0.0
        while idle < IDLE_SECONDS and not gone.is_set() and not working.done():
            await asyncio.sleep(POLL_SECONDS)
            idle = 0.0 if workers.active else idle + POLL_SECONDS
        loop.remove_reader(sys.stdin.fileno())
        await workers.stop(0.0)
        await ended(working)
