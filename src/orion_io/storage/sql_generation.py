"""The count of changes to what the engine runs, in its one row. Knows not what changed."""

from sqlalchemy import func, select, update

from orion_io.storage.schema import generation
from orion_io.storage.statements import Statements

RAISED = "orion_generation"  # the channel on which PostgreSQL tells who listens


class SqlGeneration:
    """The `generation` table."""

    def __init__(self, db: Statements) -> None:
        self._db = db

    async def current(self) -> int:
        """The number of changes so far."""
        return await self._db.number(select(generation.c.number))

    async def bump(self) -> int:
        """Count one more, and have the database say so once it is committed. Returns the new number."""
        await self._db.change(update(generation).values(number=generation.c.number + 1))
        if self._db.dialect == "postgresql":  # equal notifications of one transaction are one
            await self._db.first(select(func.pg_notify(RAISED, "")))
        return await self.current()
