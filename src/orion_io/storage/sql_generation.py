"""The count of changes to what the engine runs, in its one row. Knows not what changed."""

from sqlalchemy import select, update

from orion_io.storage.schema import generation
from orion_io.storage.statements import Statements


class SqlGeneration:
    """The `generation` table."""

    def __init__(self, db: Statements) -> None:
        self._db = db

    async def current(self) -> int:
        """The number of changes so far."""
        return await self._db.number(select(generation.c.number))

    async def bump(self) -> int:
        """Count one more. Returns the new number."""
        await self._db.change(update(generation).values(number=generation.c.number + 1))
        return await self.current()
