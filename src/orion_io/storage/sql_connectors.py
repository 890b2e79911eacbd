"""Connectors in SQL. Knows nothing of what their configurations mean."""

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import delete, update

from orion_io.storage.errors import IdTaken, NameTaken, NotFound
from orion_io.storage.queries import Page, Rows
from orion_io.storage.records import ConnectorRecord
from orion_io.storage.schema import connectors
from orion_io.storage.sql_generation import SqlGeneration
from orion_io.storage.sql_rows import RecordTable, only
from orion_io.storage.statements import Statements

EDITABLE = frozenset(("name", "connector_type", "config", "enabled"))


class SqlConnectors:
    """The `connectors` table; see `orion_io.storage.parts.Connectors` for what each call promises."""

    def __init__(self, db: Statements) -> None:
        self._db = db
        self._rows = RecordTable(db, connectors, ConnectorRecord)
        self._generation = SqlGeneration(db)

    async def create(self, record: ConnectorRecord) -> None:
        """Keep a new connector. Raises IdTaken or NameTaken."""
        if await self.get(record.id) is not None:
            raise IdTaken("connector", record.id)
        if await self.by_name(record.name) is not None:
            raise NameTaken("Connector", record.name)
        await self._rows.insert(record)
        await self._generation.bump()

    async def replace(self, gone: Collection[str], kept: Sequence[ConnectorRecord]) -> None:
        """Remove some connectors, then keep connectors as they are given. Raises IdTaken or NameTaken."""
        await self._rows.remove(connectors.c.id, gone)
        taken = await self._rows.present(connectors.c.id, [record.id for record in kept])
        if taken is not None:
            raise IdTaken("connector", taken)
        taken = await self._rows.present(connectors.c.name, [record.name for record in kept])
        if taken is not None:
            raise NameTaken("Connector", taken)
        await self._rows.insert_all(kept)
        if gone or kept:
            await self._generation.bump()

    async def get(self, connector_id: str) -> ConnectorRecord | None:
        """The connector with that id, or None."""
        return await self._rows.one(self._rows.select().where(connectors.c.id == connector_id))

    async def by_name(self, name: str) -> ConnectorRecord | None:
        """The connector of that name, enabled or not, or None."""
        return await self._rows.one(self._rows.select().where(connectors.c.name == name))

    async def update(self, connector_id: str, /, *, now: int, **changes: object) -> ConnectorRecord:
        """Replace members. Raises NotFound or NameTaken."""
        only(changes, EDITABLE)
        before = await self.get(connector_id)
        if before is None:
            raise NotFound("connector", connector_id)
        after = msgspec.structs.replace(before, updated_at=now, **changes)
        if after.name != before.name and await self.by_name(after.name) is not None:
            raise NameTaken("Connector", after.name)
        this = connectors.c.id == connector_id
        await self._db.change(update(connectors).where(this).values(updated_at=now, **changes))
        await self._generation.bump()
        return after

    async def delete(self, connector_id: str) -> int:
        """Remove a connector. Returns 1, or 0 when there was none."""
        removed = await self._db.change(delete(connectors).where(connectors.c.id == connector_id))
        if removed:
            await self._generation.bump()
        return removed

    async def list(self, page: Page) -> Rows[ConnectorRecord]:
        """Every connector, enabled or not, by name."""
        return await self._rows.page(self._rows.select().order_by(connectors.c.name), page)

    async def every(self) -> Sequence[ConnectorRecord]:
        """Every connector."""
        return await self._rows.many(self._rows.select())

    async def enabled(self) -> Sequence[ConnectorRecord]:
        """The connectors that may be used, by name."""
        query = self._rows.select().where(connectors.c.enabled)
        return await self._rows.many(query.order_by(connectors.c.name))
