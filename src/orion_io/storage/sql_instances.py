"""The servers that use this store, in SQL. Knows not when one is taken for gone."""

from collections.abc import Sequence

from sqlalchemy import delete

from orion_io.storage.records import InstanceRecord
from orion_io.storage.schema import instances
from orion_io.storage.sql_rows import RecordTable
from orion_io.storage.statements import Statements


class SqlInstances:
    """The `instances` table; see `orion_io.storage.agreement.Instances` for what each call promises."""

    def __init__(self, db: Statements) -> None:
        self._db = db
        self._rows = RecordTable(db, instances, InstanceRecord)

    async def beat(self, record: InstanceRecord) -> None:
        """Keep what an instance says; whoever writes is alone, so there is no moment without it."""
        await self.remove(record.id)
        await self._rows.insert(record)

    async def list(self) -> Sequence[InstanceRecord]:
        """Every instance, the one that started first at the beginning."""
        return await self._rows.many(self._rows.select().order_by(instances.c.started_at, instances.c.id))

    async def remove(self, instance_id: str, seen_at: int | None = None) -> int:
        """Remove an instance that has said nothing since `seen_at`. Returns how many there were."""
        this = self._rows.equal(id=instance_id, seen_at=seen_at)
        return await self._db.change(delete(instances).where(*this))
