"""Letting go of a partition: what waits for better times finds out at once. Knows no records."""

import asyncio


class Released(Exception):
    """The partition is given up; what was not begun is somebody else's, or comes again."""


class Release:
    """Whether a partition is given up."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    @property
    def given(self) -> bool:
        """Whether it is."""
        return self._event.is_set()

    def give(self) -> None:
        """Give it up."""
        self._event.set()

    async def pause(self, seconds: float) -> None:
        """Wait for some time.

        Raises:
            Released: The partition was given up meanwhile.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        raise Released
