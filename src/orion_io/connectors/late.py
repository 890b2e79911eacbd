"""Drivers whose libraries are imported when a connector first needs them: who has no Kafka pays nothing for it."""

from importlib import import_module
from typing import Any

from orion_io.carrier import Carrier, Outcome
from orion_io.clock import Clock
from orion_io.connectors.pools import Pool, Pools


class Late:
    """A driver that may not be imported yet.

    Args:
        module: Its name, with `carriers` and `PROBE` in it.
        pool: The name of its pool's class.
        actions: What it carries out.
    """

    def __init__(self, module: str, pool: str, *actions: type) -> None:
        self._module = module
        self._pool = pool
        self._actions = actions

    def load(self) -> Any:
        """The module."""
        return import_module(self._module)

    def open(self, *given: Any) -> Pool:
        """The pool of a connector."""
        pool: Pool = getattr(self.load(), self._pool)(*given)
        return pool

    def carriers(self, pools: Pools) -> dict[type, Carrier]:
        """Who carries out which action."""
        found: dict[type, Carrier] = {}

        async def carry(action: Any, clock: Clock) -> Outcome:
            if not found:
                found.update(self.load().carriers(pools))
            return await found[type(action)](action, clock)

        return dict.fromkeys(self._actions, carry)
