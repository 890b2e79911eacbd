"""Workflows in SQL: active versions share the requests. Knows not how a share is drawn."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, false, text

from orion_io.storage.errors import NoActive
from orion_io.storage.queries import WORKFLOW_SORTS, Page, Rows, Sort, WorkflowFilter
from orion_io.storage.records import WorkflowRecord
from orion_io.storage.remembered import Remembered
from orion_io.storage.schema import workflows
from orion_io.storage.sql_versions import VersionedTable
from orion_io.storage.statements import Statements

WHOLE = 100
# How each database looks into the list of tags; MySQL compares bytes, so that no collation has its own opinion.
TAGGED = {
    "sqlite": "EXISTS (SELECT 1 FROM json_each(workflows.tags_json) AS tags WHERE tags.value = :tag)",
    "postgresql": "CAST(workflows.tags_json AS jsonb) @> to_jsonb(CAST(:tag AS text))",
    "mysql": (
        "EXISTS (SELECT 1 FROM JSON_TABLE(workflows.tags_json, '$[*]' COLUMNS (tag LONGTEXT PATH '$')) AS tags"
        " WHERE CAST(tags.tag AS BINARY) = CAST(:tag AS BINARY))"
    ),
}
FIXED = frozenset(("workflow_id", "version", "status", "rollout_percentage", "created_at", "updated_at"))


class SqlWorkflows(VersionedTable[WorkflowRecord]):
    """The `workflows` table; see `orion_io.storage.parts.Workflows` for what each call promises."""

    def __init__(self, db: Statements, remembered: Remembered[WorkflowRecord]) -> None:
        super().__init__(db, workflows, WorkflowRecord, "workflow", FIXED, remembered)

    async def list(self, where: WorkflowFilter, sort: Sort, page: Page) -> Rows[WorkflowRecord]:
        """One row for each workflow: its highest version, or the highest that has the status asked for."""
        query = self._latest(where.status)
        if where.tag is not None:
            query = query.where(_tagged(where.tag, self._db.dialect))
        return await self._rows.page(self._rows.ordered(query, sort, WORKFLOW_SORTS, "workflow_id"), page)

    async def activate(self, workflow_id: str, rollout_percentage: int | None = None, *, now: int) -> WorkflowRecord:
        """Make the draft active, alone or for a share. Raises NoDraft, or ValueError for no percentage."""
        share = _checked(WHOLE if rollout_percentage is None else rollout_percentage)
        draft = await self._draft(workflow_id)
        before = await self._active(workflow_id)
        if share < WHOLE and before:
            stays, *before = before
            await self._set(workflow_id, stays.version, now, rollout_percentage=WHOLE - share)
        await self._archive_all(before, now)
        await self._set(workflow_id, draft.version, now, status="active", rollout_percentage=share)
        await self._generation.bump()
        return msgspec.structs.replace(draft, status="active", rollout_percentage=share, updated_at=now)

    async def set_rollout(
        self, workflow_id: str, percentage: int, version: int | None = None, *, now: int
    ) -> WorkflowRecord:
        """Change the share of an active version. Raises NoActive, or ValueError for an impossible share."""
        share = _checked(percentage)
        active = await self._active(workflow_id)
        chosen = next((each for each in active if version in (None, each.version)), None)
        if chosen is None:
            raise NoActive("workflow", workflow_id, version)
        others = _fillers(active, chosen)
        if share == WHOLE and chosen is active[0]:
            await self._archive_all(others, now)
        else:
            await self._fill(others, WHOLE - share, now)
        await self._set(workflow_id, chosen.version, now, rollout_percentage=share)
        await self._generation.bump()
        return msgspec.structs.replace(chosen, rollout_percentage=share, updated_at=now)

    def _fresh(self, highest: WorkflowRecord, now: int) -> WorkflowRecord:
        return msgspec.structs.replace(super()._fresh(highest, now), rollout_percentage=WHOLE)

    async def _archive_all(self, versions: Sequence[WorkflowRecord], now: int) -> None:
        for each in versions:
            await self._set(each.workflow_id, each.version, now, status="archived")

    async def _fill(self, others: Sequence[WorkflowRecord], rest: int, now: int) -> None:
        """The first of the others takes the rest, so that shares never add up to more than the whole."""
        for each in others:
            await self._set(each.workflow_id, each.version, now, rollout_percentage=rest)
            rest = 0


def _fillers(active: list[WorkflowRecord], chosen: WorkflowRecord) -> list[WorkflowRecord]:
    """The other active versions: the older from the nearest on, then the newer from the nearest on."""
    place = active.index(chosen)
    return active[place + 1 :] + active[:place][::-1]


def _checked(share: int) -> int:
    if not 0 <= share <= WHOLE:
        raise ValueError("a rollout percentage is between 0 and 100")
    return share


def _tagged(tag: str, dialect: str) -> ColumnElement[bool]:
    """Exactly this tag, letter for letter; with PostgreSQL, nothing stored holds NUL, and nothing sought may."""
    if dialect == "postgresql" and "\0" in tag:
        return false()
    return text(TAGGED[dialect]).bindparams(tag=tag).self_group()  # type: ignore[return-value] # a condition, as it stands
