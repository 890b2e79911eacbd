"""Everything workflows and channels have in common: draft, active, archived, in numbered versions. Knows neither."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from orion_core import DefinitionProblems, Problem, Problems, at
from orion_core.definitions import Document
from orion_core.reading import describe
from orion_io.storage import ChannelRecord, NoDraft, NotFound, Page, Rows, Sort, Transaction, WorkflowRecord
from orion_server.admin.answering import data_answer, list_answer, page_of, sort_of
from orion_server.admin.auditing import Act, carry_out
from orion_server.admin.details import differences, whole
from orion_server.admin.endpoint import Asked
from orion_server.admin.requests import as_object, canonical, read_as, without_nulls
from orion_server.admin.services import Services
from orion_server.admin.views import View, problem_view
from orion_server.exchange import Answer, Refusal, json_answer

R = TypeVar("R", bound=WorkflowRecord | ChannelRecord)

# What the server decides; a document that was read from it may be sent back with them.
SERVER_MEMBERS = ("version", "status", "rollout_percentage", "created_at", "updated_at")
UNDRAFTED = "Invalid status transition to 'draft'. Use 'active' or 'archived'"


class Repository(Protocol[R]):
    """What the store promises for both; see `orion_io.storage.store`."""

    async def create(self, record: R, /) -> None: ...
    async def get(self, identifier: str, /, version: int | None = None) -> R | None: ...
    async def update_draft(self, identifier: str, /, *, now: int, **changes: object) -> R: ...
    async def delete(self, identifier: str, /) -> int: ...
    async def versions(self, identifier: str, /, page: Page) -> Rows[R]: ...
    async def new_version(self, identifier: str, /, *, now: int) -> R: ...
    async def archive(self, identifier: str, /, *, now: int) -> R: ...


class Lifecycle(ABC, Generic[R]):
    """The endpoints of one kind of versioned definition."""

    kind: str  # "workflow" or "channel"
    definition: type[Document]
    status_change: type[Any]  # a Struct with a member `status`
    editable: tuple[str, ...]  # members of the record that a draft may change
    reserved: frozenset[str]  # ids that are the last segment of another path

    # --- what each kind says for itself ---------------------------------------------------------------------------

    @abstractmethod
    def repository(self, tx: Transaction) -> Repository[R]:
        """Where it is kept."""

    @abstractmethod
    def read(self, services: Services, document: Mapping[str, object], version: int, problems: Problems) -> None:
        """Read and compile a document; everything wrong or doubtful goes to `problems`."""

    @abstractmethod
    def record(self, document: Mapping[str, object], identifier: str, now: int) -> R:
        """A draft, made of a document that was read without problems."""

    @abstractmethod
    def view(self, record: R) -> View:
        """A version as it is shown."""

    @abstractmethod
    async def rows(self, tx: Transaction, query: Mapping[str, object], sort: Sort, page: Page) -> Rows[R]:
        """One page of the list."""

    @abstractmethod
    async def check(self, services: Services, tx: Transaction, record: R) -> Problems:
        """Everything that must hold before a version may become active."""

    @abstractmethod
    async def prospects(self, services: Services, tx: Transaction, record: R) -> Sequence[Problem]:
        """What would keep a sound document from becoming active now."""

    @abstractmethod
    async def activate(self, tx: Transaction, identifier: str, change: Any, now: int) -> R:
        """Make the draft active, as the body of the request says."""

    @abstractmethod
    async def left_behind(self, services: Services, tx: Transaction, record: R) -> Sequence[Problem]:
        """What an archived version leaves without what it needs."""

    # --- endpoints ------------------------------------------------------------------------------------------------

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
        """Change the draft; members left out are kept, null brings back the default."""
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
        record = self.record(document, str(document.get(self.id_name, "")), asked.services.clock.wall_us())
        async with asked.services.store.read() as tx:
            return await self.prospects(asked.services, tx, record)

    # --- shared steps ---------------------------------------------------------------------------------------------

    @property
    def id_name(self) -> str:
        """What the id is called."""
        return f"{self.kind}_id"

    async def found(self, tx: Transaction, identifier: str, version: int | None) -> R:
        """A version that is there, or NotFound."""
        record = await self.repository(tx).get(identifier, version)
        if record is not None:
            return record
        if version is not None and await self.repository(tx).get(identifier) is not None:
            text = f"{self.kind.capitalize()} '{identifier}' has no version {version}"
            raise Refusal(404, "NOT_FOUND", text, "not_found")
        raise NotFound(self.kind, identifier)

    async def draft(self, tx: Transaction, identifier: str) -> R:
        """The draft, which is always the highest version; or NoDraft."""
        record = await self.repository(tx).get(identifier)
        if record is None or record.status != "draft":
            raise NoDraft(self.kind, identifier)
        return record

    def allow(self, change: Any) -> None:
        """Refuse a change of status whose members contradict each other."""

    def proper(self, document: Mapping[str, object], problems: Problems) -> dict[str, object]:
        """The document with its members under their proper names."""
        return canonical(document, self.definition)

    def fresh(self, document: Mapping[str, object], problems: Problems) -> dict[str, object]:
        """The document of something new: an optional member that is null says nothing."""
        return without_nulls(self.proper(document, problems), self.definition)

    def inspect(self, services: Services, document: Mapping[str, object], version: int, problems: Problems) -> None:
        """Read and compile a document, and refuse an id that no path could reach."""
        self.read(services, document, version, problems)
        given = document.get(self.id_name)
        if isinstance(given, str) and given in self.reserved:
            problems.error(at("", self.id_name), f"'{given}' is the name of an endpoint")

    def edited(self, record: R) -> dict[str, object]:
        """The members of a version that an admin may change."""
        return {name: getattr(record, name) for name in self.editable}

    def merged(self, draft: R, given: Mapping[str, object], problems: Problems) -> dict[str, object]:
        """The draft's document with what is given put over it; what the server decides may only be repeated."""
        shown = msgspec.structs.asdict(self.view(draft))
        for name in (self.id_name, *SERVER_MEMBERS):
            if name in given and name in shown and not name.endswith("_at") and given[name] != shown[name]:
                problems.error(at("", name), f"'{name}' cannot be changed here; it is {shown[name]!r}")
        changes = {name: value for name, value in given.items() if name not in shown or name in self.editable}
        return without_nulls({**self.edited(draft), **changes}, self.definition)

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


def refuse(problems: Problems) -> None:
    """Stop here when there are errors.

    Raises:
        DefinitionProblems: All of them.
    """
    if problems:
        raise DefinitionProblems(problems.errors)


def report(errors: Sequence[Problem], warnings: Sequence[Problem]) -> dict[str, object]:
    """The documented answer of a validation."""
    return {
        "valid": not errors,
        "errors": [problem_view(problem) for problem in errors],
        "warnings": [problem_view(problem) for problem in warnings],
    }
