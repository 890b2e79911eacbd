"""Workflows: what the lifecycle does not say of them, and their rollout. Knows no channel but those that name one."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from orion_core import DefinitionProblems, Problem, Problems, check_references
from orion_core.definitions import Document, Percentage, WorkflowDefinition, read_workflow
from orion_io.active import workflow_of
from orion_io.storage import (
    NoActive,
    Page,
    Rows,
    Sort,
    Transaction,
    WorkflowFilter,
    WorkflowRecord,
)
from orion_server.admin.answering import data_answer
from orion_server.admin.auditing import Act, carry_out
from orion_server.admin.endpoint import Asked
from orion_server.admin.lifecycle import Lifecycle
from orion_server.admin.requests import read_as
from orion_server.admin.services import Services
from orion_server.admin.versioned import Repository
from orion_server.admin.views import WorkflowView, workflow_view
from orion_server.exchange import Answer

EDITABLE = (
    "name", "description", "priority", "condition", "tasks", "tags", "continue_on_error", "rollout_key",
)  # fmt: skip


class WorkflowStatus(Document, frozen=True, kw_only=True):
    """Asks for another status of a workflow."""

    status: Literal["active", "archived", "draft"]
    rollout_percentage: Percentage | None = None


class RolloutChange(Document, frozen=True, kw_only=True):
    """Asks for another share of an active version."""

    rollout_percentage: Percentage
    version: int | None = None


class Workflows(Lifecycle[WorkflowRecord]):
    """The endpoints of workflows."""

    kind = "workflow"
    definition = WorkflowDefinition
    status_change = WorkflowStatus
    editable = EDITABLE
    reserved = frozenset(("import", "export", "validate"))

    def repository(self, tx: Transaction) -> Repository[WorkflowRecord]:
        """Where workflows are kept."""
        return tx.workflows

    def read(self, services: Services, document: Mapping[str, object], version: int, problems: Problems) -> None:
        """Read and compile a workflow; a function that cannot run yet is doubtful only."""
        definition = read_workflow(document, problems)
        if definition is not None:
            compiler = services.reloader.compiler
            compiler.workflow(definition, definition.workflow_id or "", version, problems)

    def record(self, document: Mapping[str, object], identifier: str, now: int) -> WorkflowRecord:
        """A draft with the tasks as they were written."""
        members = {name: document[name] for name in EDITABLE if name in document}
        facts = {"workflow_id": identifier, "created_at": now, "updated_at": now}
        return msgspec.convert({**members, **facts}, WorkflowRecord)

    def view(self, record: WorkflowRecord) -> WorkflowView:
        """A version as it is shown."""
        return workflow_view(record)

    async def rows(self, tx: Transaction, query: Mapping[str, object], sort: Sort, page: Page) -> Rows[WorkflowRecord]:
        """One page of the list."""
        return await tx.workflows.list(filter_of(query), sort, page)

    async def check(self, services: Services, tx: Transaction, record: WorkflowRecord) -> Problems:
        """Everything that must hold before a version may become active."""
        return await services.reloader.check_workflow(tx, record)

    async def prospects(self, services: Services, tx: Transaction, record: WorkflowRecord) -> Sequence[Problem]:
        """Connectors and channels that its tasks name and nobody has."""
        missing = Problems()
        definition = workflow_of(record, missing)
        if definition is not None:
            compiled = services.reloader.compiler.workflow(definition, "", 1, Problems())
            connectors = await services.reloader.connectors(tx)
            channels = [channel.name for channel in await tx.channels.active()]
            check_references(compiled.references if compiled else (), connectors, channels, missing)
        return missing.errors

    def allow(self, change: WorkflowStatus) -> None:
        """A share says something only of a version that becomes active."""
        if change.rollout_percentage is not None and change.status != "active":
            text = "rollout_percentage applies only when status is 'active'"
            raise DefinitionProblems([Problem("/rollout_percentage", text)])

    async def activate(self, tx: Transaction, identifier: str, change: WorkflowStatus, now: int) -> WorkflowRecord:
        """Make the draft active for the share that is asked for, by default for every request."""
        return await tx.workflows.activate(identifier, change.rollout_percentage, now=now)

    async def left_behind(self, services: Services, tx: Transaction, record: WorkflowRecord) -> Sequence[Problem]:
        """The active channels that have no workflow to answer with now."""
        channels = await tx.channels.by_workflow(record.workflow_id)
        text = "active channel '{}' names this workflow; it answers 503 until a version is active again"
        return [Problem("", text.format(channel.name)) for channel in channels]

    async def rollout(self, asked: Asked) -> Answer:
        """Change the share of an active version; the next older one takes the rest."""
        change = read_as(asked.document, RolloutChange)

        async def mutate(tx: Transaction) -> tuple[WorkflowRecord, Sequence[Act]]:
            before = await self._shared(tx, asked.id, change.version)
            now = asked.services.clock.wall_us()
            record = await tx.workflows.set_rollout(asked.id, change.rollout_percentage, change.version, now=now)
            shares = {"path": "/rollout_percentage", "from": before, "to": record.rollout_percentage}
            return record, (Act(asked.id, {"version": record.version, "changes": [shares]}),)

        return data_answer(self.view(await carry_out(asked, mutate, live=True)))

    async def _shared(self, tx: Transaction, identifier: str, version: int | None) -> int:
        """The share that is about to change."""
        for record in await tx.workflows.active():
            if record.workflow_id == identifier and version in (None, record.version):
                return record.rollout_percentage
        raise NoActive("workflow", identifier, version)


def filter_of(query: Mapping[str, object]) -> WorkflowFilter:
    """Which workflows a list or an export is asked for."""
    return msgspec.convert({"status": query["status"], "tag": query["tag"]}, WorkflowFilter)


WORKFLOWS = Workflows()
