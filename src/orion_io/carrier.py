"""From an action to its outcome: which coroutine carries out which type. Knows the protocol, no execution.

A carrier is given the action and the clock and answers with `Done` or `Failed` by the action's deadline. What it
raises for a reason of the outside world is an outcome too; what it raises for a mistake of ours is not caught here.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import anyio

from orion_core.protocol import Await, Done, Failed, Sleep, Tick
from orion_io.clock import Clock

Outcome = Done | Failed
Carrier = Callable[[Any, Clock], Awaitable[Outcome]]


async def sleep(action: Sleep, clock: Clock) -> Outcome:
    """Wait until the instant, but not beyond the deadline."""
    now = clock.monotonic()
    await anyio.sleep(max(0.0, min(action.until, action.deadline) - now))
    if action.until > action.deadline:
        return Failed("timeout", "The wait was longer than the time that was left", True, "")
    return Done(None)


async def tick(action: Tick, clock: Clock) -> Outcome:  # noqa: ARG001 - the driver's next `now` is the whole answer
    """Come back at once."""
    return Done(None)


async def turn(action: Await, clock: Clock) -> Outcome:
    """Wait until the ticket's turn has come, but not beyond the deadline."""
    ticket = action.ticket
    if not ticket.ready:
        event = anyio.Event()
        ticket.waker = event.set
        with anyio.move_on_after(action.deadline - clock.monotonic()):
            await event.wait()
        ticket.waker = None
    return (
        Done(None) if ticket.ready else Failed("timeout", "The wait was longer than the time that was left", True, "")
    )


CARRIERS: Mapping[type, Carrier] = {Sleep: sleep, Tick: tick, Await: turn}
