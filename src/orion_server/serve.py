"""Runs the server in this process until it is told to stop. Knows the event loop, nothing else."""

import asyncio
import gc

from orion_core import Compiler
from orion_server.alone import owner_given, work_alone
from orion_server.lifespan import running
from orion_server.settings import Settings

try:
    from uvloop import new_event_loop
except ImportError:  # not made for Windows
    from asyncio import new_event_loop  # type: ignore[assignment] # the same interface


def serve(settings: Settings, compiler: Compiler | None = None) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        settings: Read and checked.
        compiler: Knows functions and operators beyond the built-in ones; who embeds Orion brings them here.

    Raises:
        AddressUnavailable: The address cannot be listened on.
        StoreError: The database cannot be opened or migrated.
    """
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_serve(settings, compiler))


async def _serve(settings: Settings, compiler: Compiler | None) -> None:
    owner = owner_given()
    if owner is not None:
        await work_alone(settings, compiler, owner)
        return
    async with running(settings, compiler) as server:
        gc.collect()
        gc.freeze()  # what start-up made lives as long as the process: no collection need look at it again
        await server.run()
