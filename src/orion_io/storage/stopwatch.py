"""Times what a store is asked, by the part that is asked and the name of the call. Knows no part."""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast

from orion_io.tallies import Histogram

Part = TypeVar("Part")


class Stopwatch:
    """Takes the time of every call.

    Args:
        monotonic: Tells the time, seconds.

    Attributes:
        seconds: How long calls took, by names such as `workflows.create`; there are as many as a store has calls.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self.seconds: dict[str, Histogram] = {}

    def timing(self, part: Part, name: str) -> Part:
        """The part of a store, with its calls timed; `name` is what they are counted under."""
        return cast("Part", _Timed(self, part, name))  # it has every attribute that the part has

    async def time(self, operation: str, work: Any) -> Any:
        """Await `work`, a call of a store, whatever it gives or raises."""
        began = self._monotonic()
        try:
            return await work
        finally:
            histogram = self.seconds.get(operation)
            if histogram is None:
                histogram = self.seconds[operation] = Histogram()
            histogram.observe(self._monotonic() - began)


class _Timed:
    """Stands before a part; what is no coroutine passes as it is."""

    def __init__(self, stopwatch: Stopwatch, part: object, name: str) -> None:
        self._stopwatch = stopwatch
        self._part = part
        self._name = name

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        if not inspect.iscoroutinefunction(found):
            return found

        def call(*given: object, **named: object) -> Any:
            return self._stopwatch.time(f"{self._name}.{name}", found(*given, **named))

        return call
