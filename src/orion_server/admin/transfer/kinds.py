"""Workflows, channels and connectors as an import sees them: an item is read, then kept beside what is stored.

Knows no endpoint and no document around the items.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Protocol

import msgspec

from orion_core import DefinitionProblems, Problem, Problems, encode
from orion_core.connector_definitions import ConnectorDefinition
from orion_core.reading import describe
from orion_io.storage import IdTaken, Transaction
from orion_server.admin.auditing import Act
from orion_server.admin.channels import CHANNELS
from orion_server.admin.connector_documents import EDITABLE, edited, proper, record_of
from orion_server.admin.connectors import consequences
from orion_server.admin.details import differences, whole
from orion_server.admin.endpoint import Asked
from orion_server.admin.lifecycle import Lifecycle
from orion_server.admin.requests import without_nulls
from orion_server.admin.versioned import SERVER_MEMBERS, R, refuse
from orion_server.admin.views import connector_view
from orion_server.admin.workflows import WORKFLOWS


class Kind(Protocol):
    """One kind of definition.

    Attributes:
        word: What one is called.
        members: What several are called, in the API and in bundles.
    """

    @property
    def word(self) -> str: ...
    @property
    def members(self) -> str: ...

    def read(self, asked: Asked, item: object) -> dict[str, object]:
        """The document of an item; what a server decides (version, status, instants) is not taken over.

        Raises:
            DefinitionProblems: Everything that is wrong with it.
        """
        ...

    async def keep(self, asked: Asked, tx: Transaction, document: Mapping[str, object], *, update: bool) -> Act | None:
        """Keep what was read.

        Args:
            asked: The call.
            tx: Where to.
            document: What `read` returned.
            update: Whether what is stored under the id may be changed; it is refused otherwise.

        Returns:
            What was done; None when it is stored already as it is.

        Raises:
            Conflict: The id or name is taken.
            DefinitionProblems, Refusal, Unstorable: It cannot be kept.
        """
        ...


@dataclass(frozen=True)
class VersionedKind(Generic[R]):
    """Workflows or channels: what is new becomes a draft, what is stored gets one.

    Args:
        lifecycle: Which of them.
    """

    lifecycle: Lifecycle[R]

    @property
    def word(self) -> str:
        """What one is called."""
        return self.lifecycle.kind

    @property
    def members(self) -> str:
        """What several are called."""
        return f"{self.lifecycle.kind}s"

    def read(self, asked: Asked, item: object) -> dict[str, object]:
        """See `Kind.read`."""
        problems = Problems()
        own = {name: value for name, value in as_item(item).items() if name not in SERVER_MEMBERS}
        document = self.lifecycle.fresh(own, problems)
        self.lifecycle.inspect(asked.services, document, 1, problems)
        refuse(problems)
        return document

    async def keep(self, asked: Asked, tx: Transaction, document: Mapping[str, object], *, update: bool) -> Act | None:
        """See `Kind.keep`."""
        clock, lifecycle = asked.services.clock, self.lifecycle
        identifier = str(document.get(lifecycle.id_name) or clock.uuid())
        draft = lifecycle.record(document, identifier, clock.wall_us())
        repository = lifecycle.repository(tx)
        stored = await repository.get(identifier) if update else None
        if stored is None:
            await repository.create(draft)
            return Act(identifier, whole(lifecycle.view(draft)), self.word)
        before, after = lifecycle.edited(stored), lifecycle.edited(draft)
        if encode(before) == encode(after):
            return None
        now = clock.wall_us()
        if stored.status != "draft":
            stored = await repository.new_version(identifier, now=now)
        await repository.update_draft(identifier, now=now, **after)
        return Act(identifier, {"version": stored.version, "changes": differences(before, after)}, self.word)


@dataclass(frozen=True)
class ConnectorKind:
    """Connectors: no drafts, and secrets that exports do not show."""

    word: str = "connector"
    members: str = "connectors"

    def read(self, asked: Asked, item: object) -> dict[str, object]:
        """See `Kind.read`. Whether it is right shows when its secrets are there."""
        own = dict(as_item(item))
        if "config" in own:
            own.pop("config_json", None)  # repeats it, in what `GET` answers
        problems = Problems()
        document = proper({name: own[name] for name in own if name not in SERVER_MEMBERS}, problems)
        refuse(problems)
        return without_nulls(document, ConnectorDefinition)

    async def keep(self, asked: Asked, tx: Transaction, document: Mapping[str, object], *, update: bool) -> Act | None:
        """See `Kind.keep`. Where the item shows `******`, the stored secret stays."""
        clock = asked.services.clock
        identifier = str(document.get("id") or clock.uuid())
        stored = await tx.connectors.get(identifier)
        if stored is not None and not update:
            raise IdTaken(self.word, identifier)
        now = clock.wall_us()
        problems = Problems()
        record = record_of(document, {} if stored is None else stored.config, problems, identifier, now)
        if record.enabled:
            asked.services.reloader.compile_connector(record, problems)
            refuse(problems)
        if stored is None:
            await tx.connectors.create(record)
            return Act(identifier, whole(connector_view(record)), self.word)
        before, after = edited(stored), edited(record)
        if encode(before) == encode(after):
            return None
        await consequences(asked, tx, stored, record)
        await tx.connectors.update(identifier, now=now, **{name: after[name] for name in EDITABLE})
        return Act(identifier, {"changes": differences(before, after)}, self.word)


def as_item(item: object) -> Mapping[str, object]:
    """An item, which must be an object.

    Raises:
        DefinitionProblems: It is something else.
    """
    if isinstance(item, Mapping):
        return item
    raise DefinitionProblems([Problem("", f"{describe(item)} stands where an object is expected", "object")])


def written(identity: str, identifier: str, members: Mapping[str, object], kind: type[msgspec.Struct]) -> object:
    """A definition as an admin would write it: its id, and what is not left at null."""
    return without_nulls({identity: identifier, **members}, kind)


WORKFLOW_KIND = VersionedKind(WORKFLOWS)
CHANNEL_KIND = VersionedKind(CHANNELS)
CONNECTOR_KIND = ConnectorKind()
# In the order in which they need one another.
KINDS: tuple[Kind, ...] = (CONNECTOR_KIND, WORKFLOW_KIND, CHANNEL_KIND)
