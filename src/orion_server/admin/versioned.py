"""What the endpoints of a versioned kind build on: what each kind says for itself, and how its documents are read.

Knows neither workflows nor channels, and answers nothing.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from orion_core import DefinitionProblems, Problem, Problems, at
from orion_core.definitions import Document
from orion_io.storage import ChannelRecord, NoDraft, NotFound, Page, Rows, Sort, Transaction, WorkflowRecord
from orion_server.admin.requests import canonical, put_over, without_nulls
from orion_server.admin.services import Services
from orion_server.admin.views import View
from orion_server.exchange import Refusal

R = TypeVar("R", bound=WorkflowRecord | ChannelRecord)

# What the server decides; a document that was read from it may be sent back with them.
SERVER_MEMBERS = ("version", "status", "rollout_percentage", "created_at", "updated_at")


class Repository(Protocol[R]):
    """What the store promises for both; see `orion_io.storage.store`."""

    async def create(self, record: R, /) -> None: ...
    async def get(self, identifier: str, /, version: int | None = None) -> R | None: ...
    async def update_draft(self, identifier: str, /, *, now: int, **changes: object) -> R: ...
    async def delete(self, identifier: str, /) -> int: ...
    async def versions(self, identifier: str, /, page: Page) -> Rows[R]: ...
    async def new_version(self, identifier: str, /, *, now: int) -> R: ...
    async def archive(self, identifier: str, /, *, now: int) -> R: ...


class Versioned(ABC, Generic[R]):
    """One kind of versioned definition."""

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

    # --- shared by all kinds --------------------------------------------------------------------------------------

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
        return put_over(self.edited(draft), changes, self.definition)


def refuse(problems: Problems) -> None:
    """Stop here when there are errors.

    Raises:
        DefinitionProblems: All of them.
    """
    if problems:
        raise DefinitionProblems(problems.errors)
