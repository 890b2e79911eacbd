"""The endpoints workflows and channels have in common: draft, active, archived, in numbered versions. Knows neither."""

from collections.abc import Sequence
from typing import Any

from orion_core import Problem, Problems
from orion_core.reading import describe
from orion_io.storage import Transaction
from orion_server.admin.answering import data_answer, list_answer, page_of, sort_of
from orion_server.admin.auditing import Act, carry_out
from orion_server.admin.details import differences, whole
from orion_server.admin.endpoint import Asked
from orion_server.admin.requests import as_object, read_as
from orion_server.admin.versioned import R, Versioned, refuse
from orion_server.admin.views import problem_view
from orion_server.exchange import Answer, Refusal, json_answer

UNDRAFTED = "Invalid status transition to 'draft'. Use 'active' or 'archived'"


class Lifecycle(Versioned[R]):
    """The endpoints of one kind of versioned definition."""

    async def create(self, asked: Asked) -> Answer:
        """Keep a new definition as a draft."""
        problems = Problems()
        document = self.fresh(as_object(asked.document), problems)
        self.inspect(asked.services, document, 1, problems)
        refuse(problems)
        identifier = str(document.get(self.id_name) or asked.services.clock.uuid())
        record = self.record(document, identifier, asked.services.clock.wall_us())

        async def mutate(tx: Transaction) -> tuple[R, Sequence[Act]]:
            await self.repository(tx).create(record)
            return record, (Act(identifier, whole(self.view(record))),)

        return data_answer(self.view(await carry_out(asked, mutate, live=False)), problems.warnings, 201)

    async def entries(self, asked: Asked) -> Answer:
        """One row for each definition."""
        page, sort = page_of(asked.query), sort_of(asked.query)
        async with asked.services.store.read() as tx:
            rows = await self.rows(tx, asked.query, sort, page)
        return list_answer([self.view(record) for record in rows.rows], rows.total, page)

    async def get(self, asked: Asked) -> Answer:
        """The highest version, or the one that is asked for."""
        async with asked.services.store.read() as tx:
            record = await self.found(tx, asked.id, asked.query["version"])
        return data_answer(self.view(record))

    async def update(self, asked: Asked) -> Answer:
        """Change the draft; members left out are kept, null clears what may be null."""
        problems = Problems()
        given = self.proper(as_object(asked.document), problems)

        async def mutate(tx: Transaction) -> tuple[R, Sequence[Act]]:
            draft = await self.draft(tx, asked.id)
            document = self.merged(draft, given, problems)
            self.inspect(asked.services, document, draft.version, problems)
            refuse(problems)
            now = asked.services.clock.wall_us()
            wanted = self.record(document, asked.id, now)
            changes = {name: getattr(wanted, name) for name in self.editable}
            changed = await self.repository(tx).update_draft(asked.id, now=now, **changes)
            details = {"version": draft.version, "changes": differences(self.edited(draft), self.edited(changed))}
            return changed, (Act(asked.id, details),)

        return data_answer(self.view(await carry_out(asked, mutate, live=False)), problems.warnings)

    async def delete(self, asked: Asked) -> Answer:
        """Remove every version."""

        async def mutate(tx: Transaction) -> tuple[None, Sequence[Act]]:
            last = await self.found(tx, asked.id, None)
            versions = await self.repository(tx).delete(asked.id)
            return None, (Act(asked.id, {"versions": versions, "last": whole(self.view(last))}),)

        await carry_out(asked, mutate, live=True)
        return Answer(204)

    async def status(self, asked: Asked) -> Answer:
        """Activate the draft, or archive what is active."""
        change = read_as(asked.document, self.status_change)
        if change.status == "draft":
            raise Refusal(400, "BAD_REQUEST", UNDRAFTED, "invalid_transition", [Problem("/status", UNDRAFTED)])
        self.allow(change)
        step = self._activated if change.status == "active" else self._archived

        async def mutate(tx: Transaction) -> tuple[tuple[R, Sequence[Problem]], Sequence[Act]]:
            record, before, warnings = await step(asked, tx, change)
            return (record, warnings), (Act(asked.id, self._transition(record, before)),)

        record, warnings = await carry_out(asked, mutate, live=True)
        return data_answer(self.view(record), warnings)

    async def versions(self, asked: Asked) -> Answer:
        """Every version, newest first."""
        page = page_of(asked.query)
        async with asked.services.store.read() as tx:
            await self.found(tx, asked.id, None)
            rows = await self.repository(tx).versions(asked.id, page)
        return list_answer([self.view(record) for record in rows.rows], rows.total, page)

    async def new_version(self, asked: Asked) -> Answer:
        """Copy the highest version into a draft."""

        async def mutate(tx: Transaction) -> tuple[R, Sequence[Act]]:
            record = await self.repository(tx).new_version(asked.id, now=asked.services.clock.wall_us())
            return record, (Act(asked.id, {"version": record.version}),)

        return data_answer(self.view(await carry_out(asked, mutate, live=False)), (), 201)

    async def validate(self, asked: Asked) -> Answer:
        """Say what is wrong with a document, and keep nothing."""
        problems = Problems()
        prospects = await self._judge(asked, problems)
        return json_answer(report(problems.errors, [*problems.warnings, *prospects]))

    async def _judge(self, asked: Asked, problems: Problems) -> Sequence[Problem]:
        """Everything wrong with the document goes to `problems`; what keeps a sound one from running is returned."""
        if not isinstance(asked.document, dict):
            text = f"{describe(asked.document)} stands where an object is expected"
            problems.error("", text, expected="object")
            return ()
        document = self.fresh(asked.document, problems)
        self.inspect(asked.services, document, 1, problems)
        if problems:
            return ()
        clock = asked.services.clock
        record = self.record(document, str(document.get(self.id_name) or clock.uuid()), clock.wall_us())
        async with asked.services.store.read() as tx:
            return await self.prospects(asked.services, tx, record)

    async def _activated(self, asked: Asked, tx: Transaction, change: Any) -> tuple[R, str, Sequence[Problem]]:
        draft = await self.draft(tx, asked.id)
        problems = await self.check(asked.services, tx, draft)
        refuse(problems)
        record = await self.activate(tx, asked.id, change, asked.services.clock.wall_us())
        return record, "draft", problems.warnings

    async def _archived(self, asked: Asked, tx: Transaction, change: Any) -> tuple[R, str, Sequence[Problem]]:
        record = await self.repository(tx).archive(asked.id, now=asked.services.clock.wall_us())
        return record, "active", await self.left_behind(asked.services, tx, record)

    def _transition(self, record: R, before: str) -> dict[str, object]:
        share = getattr(record, "rollout_percentage", None)
        details: dict[str, object] = {
            "version": record.version, "changes": [{"path": "/status", "from": before, "to": record.status}],
        }  # fmt: skip
        return details if share is None else {**details, "rollout_percentage": share}


def report(errors: Sequence[Problem], warnings: Sequence[Problem]) -> dict[str, object]:
    """The documented answer of a validation."""
    return {
        "valid": not errors,
        "errors": [problem_view(problem) for problem in errors],
        "warnings": [problem_view(problem) for problem in warnings],
    }
