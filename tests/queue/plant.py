"""The queue, its workers and the real engine in one process, over a connection that a test may break."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from orion_core.protocol import Accept
from orion_io.carrier import CARRIERS
from orion_io.clock import Clock
from orion_io.driver import Driver
from orion_io.queue.accepting import acceptor
from orion_io.queue.ledger import Ledger
from orion_io.queue.queue import Queue
from orion_io.queue.room import Room
from orion_io.queue.workers import Workers, WorkRules
from orion_io.recorder import Recorder
from orion_io.storage.queue_table import Terms
from orion_io.storage.raw import RawConnect
from tests.core.service import PARSE, Json, Service, one, request
from tests.queue.rows import terms

RULES = WorkRules(workers=2, timeout=5.0, poll=0.02, max_result=0)


class NoTraces:
    """Synchronous requests are none of our business."""

    def offer(self, trace: object, duration_ms: float, completed_at: int, /) -> bool:
        return True


@dataclass
class Plant:
    """A running queue.

    Args:
        connect: Opens its connection.
        service: What the requests ask.
        given: Terms of leases and failures.
        rules: How is worked.
        room: How much may wait.
    """

    connect: RawConnect
    service: Service = field(default_factory=lambda: one(PARSE))
    given: Terms = field(default_factory=terms)
    rules: WorkRules = RULES
    room: Room = field(default_factory=lambda: Room(1000, 0))

    def __post_init__(self) -> None:
        self.clock = Clock()
        self.ledger = Ledger(
            self.connect, self.given, self.room, wall_us=self.clock.wall_us, monotonic=self.clock.monotonic
        )
        recorder = Recorder(NoTraces(), "none", self.clock)
        carriers = {**CARRIERS, Accept: acceptor(self.ledger)}
        self.driver = Driver(self.service.engine, self.clock, recorder, lambda note, request: None, carriers)
        self.workers = Workers(self.ledger, self.driver, self.clock, self.rules)
        self.queue = Queue(self.ledger, self.workers)

    async def submit(self, body: object = None, path: str = "main", **members: Any) -> tuple[int, str]:
        """Ask for asynchronous work. Returns the status, and the id of the request."""
        identity, entropy, wall = self.clock.identity()
        asked = request(f"{path}/async", body, id=identity, entropy=entropy, received_at=wall, **members)
        answer = await self.driver.serve(asked)
        return answer.status, identity

    @asynccontextmanager
    async def working(self, *, workers: bool = True) -> AsyncIterator[None]:
        """While the block runs, the ledger keeps what comes, and workers work on it."""
        self.ledger.start()
        working = asyncio.ensure_future(self.queue.run()) if workers else None
        try:
            yield
        finally:
            if working is not None:
                await self.queue.stop(2.0)
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)
            await self.ledger.close(10.0)


async def until(condition: Any, seconds: float = 10.0) -> None:
    """Wait until an asynchronous condition holds."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.01)


__all__ = ["Json", "NoTraces", "Plant", "until"]
