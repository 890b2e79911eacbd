"""Versioned definitions: one draft at most, numbered upwards. Knows not what makes a version active."""

from collections.abc import Collection, Sequence
from typing import Any, Generic, TypeVar, cast

import msgspec
from sqlalchemy import Select, Table, delete, func, select, update

from orion_io.storage.errors import DraftExists, IdTaken, NoActive, NoDraft, NotFound
from orion_io.storage.queries import Page, Rows
from orion_io.storage.records import ChannelRecord, Status, WorkflowRecord
from orion_io.storage.remembered import Remembered
from orion_io.storage.sql_generation import SqlGeneration
from orion_io.storage.sql_rows import RecordTable, only
from orion_io.storage.statements import Statements

V = TypeVar("V", WorkflowRecord, ChannelRecord)


class VersionedTable(Generic[V]):
    """What workflows and channels have in common.

    Args:
        db: Where the statements run.
        table: The table; its first column is the id.
        record: The type of its rows.
        kind: What the texts call it.
        fixed: The members no edit of a draft may change.
        remembered: What was active when it was last read.
    """

    def __init__(
        self,
        db: Statements,
        table: Table,
        record: type[V],
        kind: str,
        fixed: frozenset[str],
        remembered: Remembered[V],
    ) -> None:
        self._rows: RecordTable[V] = RecordTable(db, table, record)
        self._db = db
        self._table = table
        self._kind = kind
        self._id = table.c[f"{kind}_id"]
        self._editable = frozenset(record.__struct_fields__) - fixed
        self._generation = SqlGeneration(db)
        self._remembered: Remembered[V] = remembered

    async def create(self, record: V) -> None:
        """Keep a new definition as it is given. Raises IdTaken when some version of it exists."""
        identifier = self.id_of(record)
        if await self.get(identifier) is not None:
            raise IdTaken(self._kind, identifier)
        await self._rows.insert(record)
        if record.status == "active":
            await self._generation.bump()

    async def replace(self, gone: Collection[str], kept: Sequence[V]) -> None:
        """Remove every version of some ids, then keep versions as they are given. Raises IdTaken."""
        await self._rows.remove(self._id, gone)
        taken = await self._rows.present(self._id, {self.id_of(record) for record in kept})
        if taken is not None:
            raise IdTaken(self._kind, taken)
        await self._rows.insert_all(kept)
        if gone or kept:
            await self._generation.bump()

    async def get(self, identifier: str, version: int | None = None) -> V | None:
        """One version, or the highest one whatever its status; None when there is none."""
        query = self._versions(identifier)
        if version is not None:
            query = query.where(self._table.c.version == version)
        return await self._rows.one(query.limit(1))

    async def update_draft(self, identifier: str, /, *, now: int, **changes: object) -> V:
        """Replace members of the draft. Raises NoDraft when there is none."""
        only(changes, self._editable)
        draft = await self._draft(identifier)
        await self._set(identifier, draft.version, now, **changes)
        return msgspec.structs.replace(draft, updated_at=now, **changes)

    async def delete(self, identifier: str) -> int:
        """Remove every version. Returns how many there were."""
        ran = await self._active(identifier)
        removed = await self._db.change(delete(self._table).where(self._id == identifier))
        if ran:
            await self._generation.bump()
        return removed

    async def versions(self, identifier: str, page: Page) -> Rows[V]:
        """Every version, newest first."""
        return await self._rows.page(self._versions(identifier), page)

    async def new_version(self, identifier: str, *, now: int) -> V:
        """Copy the highest version into a draft. Raises NotFound, or DraftExists."""
        highest = await self.get(identifier)
        if highest is None:
            raise NotFound(self._kind, identifier)
        if highest.status == "draft" or await self._with_status(identifier, "draft"):
            raise DraftExists(self._kind, identifier)
        fresh = self._fresh(highest, now)
        await self._rows.insert(fresh)
        return fresh

    async def archive(self, identifier: str, *, now: int) -> V:
        """Archive every active version, and return the highest. Raises NoActive when there is none."""
        active = await self._active(identifier)
        if not active:
            raise NoActive(self._kind, identifier)
        for each in active:
            await self._set(identifier, each.version, now, status="archived")
        await self._generation.bump()
        return msgspec.structs.replace(active[0], status="archived", updated_at=now)

    async def every(self) -> list[V]:
        """Every version of everything."""
        return await self._rows.many(self._rows.select())

    async def active(self) -> list[V]:
        """Every active version, by id, the highest version first."""
        columns = self._table.c
        query = self._remembered.select().where(columns.status == "active")
        rows = await self._db.all(query.order_by(self._id, columns.version.desc()))
        return self._remembered.records(rows)

    def id_of(self, record: V) -> str:
        """The id of a record, whatever its member is called."""
        return cast("str", getattr(record, self._id.name))  # both records have it as text

    def _latest(self, status: Status | None) -> Select[Any]:  # a row's types depend on the record
        """One row for each id: the highest version, or the highest of that status."""
        highest = select(self._id.label("id"), func.max(self._table.c.version).label("version"))
        if status is not None:
            highest = highest.where(self._table.c.status == status)
        chosen = highest.group_by(self._id).subquery()
        same = (self._id == chosen.c.id) & (self._table.c.version == chosen.c.version)
        return self._rows.select().join(chosen, same)

    def _versions(self, identifier: str) -> Select[Any]:  # as above
        return self._rows.select().where(self._id == identifier).order_by(self._table.c.version.desc())

    async def _with_status(self, identifier: str, status: Status) -> list[V]:
        return await self._rows.many(self._versions(identifier).where(self._table.c.status == status))

    async def _active(self, identifier: str) -> list[V]:
        return await self._with_status(identifier, "active")

    async def _draft(self, identifier: str) -> V:
        drafts = await self._with_status(identifier, "draft")
        if not drafts:
            raise NoDraft(self._kind, identifier)
        return drafts[0]

    async def _set(self, identifier: str, version: int, now: int, **values: object) -> None:
        this = (self._id == identifier) & (self._table.c.version == version)
        await self._db.change(update(self._table).where(this).values(updated_at=now, **values))

    def _fresh(self, highest: V, now: int) -> V:
        return msgspec.structs.replace(
            highest, version=highest.version + 1, status="draft", created_at=now, updated_at=now
        )
