"""What each part of a store promises: definitions and their life cycle, traces, the audit log. Knows no database."""

from collections.abc import Collection, Sequence
from typing import Protocol

from orion_io.storage.queries import (
    AuditFilter,
    Batch,
    ChannelFilter,
    DeadLetterFilter,
    Mark,
    Page,
    Rows,
    Sort,
    TraceFilter,
    WorkflowFilter,
)
from orion_io.storage.records import (
    AuditRecord,
    ChannelRecord,
    ConnectorRecord,
    DeadLetterRecord,
    TraceRecord,
    WorkflowRecord,
)


class Workflows(Protocol):
    """Versioned workflows: one draft at most, and several active versions that share the requests."""

    async def create(self, record: WorkflowRecord) -> None:
        """Keep a new workflow as it is given.

        Raises:
            IdTaken: Some version of that id exists.
        """
        ...

    async def replace(self, gone: Collection[str], kept: Sequence[WorkflowRecord]) -> None:
        """Remove every version of the ids in `gone`, then keep the versions in `kept` exactly as they are given.

        Raises:
            IdTaken: Some version of an id in `kept` is there still.
            Conflict: An id would have two drafts.
        """
        ...

    async def get(self, workflow_id: str, version: int | None = None) -> WorkflowRecord | None:
        """One version, or the highest one whatever its status; None when there is none."""
        ...

    async def update_draft(self, workflow_id: str, /, *, now: int, **changes: object) -> WorkflowRecord:
        """Replace members of the draft, named as in `WorkflowRecord`.

        Raises:
            NoDraft: There is no draft.
        """
        ...

    async def delete(self, workflow_id: str) -> int:
        """Remove every version. Returns how many there were."""
        ...

    async def list(self, where: WorkflowFilter, sort: Sort, page: Page) -> Rows[WorkflowRecord]:
        """One row for each workflow: its highest version, or the highest that has the status asked for."""
        ...

    async def versions(self, workflow_id: str, page: Page) -> Rows[WorkflowRecord]:
        """Every version, newest first; empty when nothing has that id."""
        ...

    async def new_version(self, workflow_id: str, *, now: int) -> WorkflowRecord:
        """Copy the highest version into a draft with the next number and the whole share.

        Raises:
            NotFound: Nothing has that id.
            DraftExists: There is a draft already.
        """
        ...

    async def activate(self, workflow_id: str, rollout_percentage: int | None = None, *, now: int) -> WorkflowRecord:
        """Make the draft active.

        Args:
            workflow_id: Which workflow.
            rollout_percentage: None or 100 archives every other active version; 0 to 99 leaves the rest of
                the requests to the version that was highest among the active, and archives the others.
            now: Microseconds since the epoch.

        Raises:
            NoDraft: There is no draft.
            ValueError: The percentage is outside 0 to 100.
        """
        ...

    async def archive(self, workflow_id: str, *, now: int) -> WorkflowRecord:
        """Archive every active version. Returns the highest of them.

        Raises:
            NoActive: No version is active.
        """
        ...

    async def set_rollout(
        self, workflow_id: str, percentage: int, version: int | None = None, *, now: int
    ) -> WorkflowRecord:
        """Change the share of an active version, by default of the highest.

        The next older active version takes the rest (for the oldest, the next newer one), any further one
        nothing. 100 on the highest of several archives the older. What a version that is alone leaves over is
        nobody's.

        Raises:
            NoActive: That version is not active, or none is.
            ValueError: The percentage is outside 0 to 100.
        """
        ...

    async def every(self) -> Sequence[WorkflowRecord]:
        """Every version of every workflow, in no particular order."""
        ...

    async def active(self) -> Sequence[WorkflowRecord]:
        """Every active version, by id, the highest version first."""
        ...


class Channels(Protocol):
    """Versioned channels: one draft and one active version at most; no two active ones share a name."""

    async def create(self, record: ChannelRecord) -> None:
        """Keep a new channel as it is given.

        Raises:
            IdTaken: Some version of that id exists.
        """
        ...

    async def replace(self, gone: Collection[str], kept: Sequence[ChannelRecord]) -> None:
        """Remove every version of the ids in `gone`, then keep the versions in `kept` exactly as they are given.

        Raises:
            IdTaken: Some version of an id in `kept` is there still.
            NameTaken: Another channel that is active has the name of one that comes in active.
            Conflict: An id would have two drafts, or two active versions.
        """
        ...

    async def get(self, channel_id: str, version: int | None = None) -> ChannelRecord | None:
        """One version, or the highest one whatever its status; None when there is none."""
        ...

    async def update_draft(self, channel_id: str, /, *, now: int, **changes: object) -> ChannelRecord:
        """Replace members of the draft, named as in `ChannelRecord`.

        Raises:
            NoDraft: There is no draft.
        """
        ...

    async def delete(self, channel_id: str) -> int:
        """Remove every version. Returns how many there were."""
        ...

    async def list(self, where: ChannelFilter, sort: Sort, page: Page) -> Rows[ChannelRecord]:
        """One row for each channel: its highest version, or the highest that has the status asked for."""
        ...

    async def versions(self, channel_id: str, page: Page) -> Rows[ChannelRecord]:
        """Every version, newest first; empty when nothing has that id."""
        ...

    async def new_version(self, channel_id: str, *, now: int) -> ChannelRecord:
        """Copy the highest version into a draft with the next number.

        Raises:
            NotFound: Nothing has that id.
            DraftExists: There is a draft already.
        """
        ...

    async def activate(self, channel_id: str, *, now: int) -> ChannelRecord:
        """Make the draft active and archive the version that was.

        Raises:
            NoDraft: There is no draft.
            NameTaken: Another channel of that name is active.
        """
        ...

    async def archive(self, channel_id: str, *, now: int) -> ChannelRecord:
        """Archive the active version, and return it.

        Raises:
            NoActive: No version is active.
        """
        ...

    async def every(self) -> Sequence[ChannelRecord]:
        """Every version of every channel, in no particular order."""
        ...

    async def active(self) -> Sequence[ChannelRecord]:
        """Every active version, by id."""
        ...

    async def by_workflow(self, workflow_id: str) -> Sequence[ChannelRecord]:
        """The active channels that name this workflow, alone or among several."""
        ...


class Connectors(Protocol):
    """Connectors: no versions, unique names."""

    async def create(self, record: ConnectorRecord) -> None:
        """Keep a new connector.

        Raises:
            IdTaken: The id is in use.
            NameTaken: The name is in use.
        """
        ...

    async def replace(self, gone: Collection[str], kept: Sequence[ConnectorRecord]) -> None:
        """Remove the connectors whose ids are in `gone`, then keep those in `kept` exactly as they are given.

        Raises:
            IdTaken: An id in `kept` is in use still.
            NameTaken: A name in `kept` is in use still.
        """
        ...

    async def get(self, connector_id: str) -> ConnectorRecord | None:
        """The connector with that id, or None."""
        ...

    async def by_name(self, name: str) -> ConnectorRecord | None:
        """The connector of that name, enabled or not, or None."""
        ...

    async def update(self, connector_id: str, /, *, now: int, **changes: object) -> ConnectorRecord:
        """Replace members, named as in `ConnectorRecord`.

        Raises:
            NotFound: Nothing has that id.
            NameTaken: Another connector has the new name.
        """
        ...

    async def delete(self, connector_id: str) -> int:
        """Remove a connector. Returns 1, or 0 when there was none."""
        ...

    async def list(self, page: Page) -> Rows[ConnectorRecord]:
        """Every connector, enabled or not, by name."""
        ...

    async def every(self) -> Sequence[ConnectorRecord]:
        """Every connector, in no particular order."""
        ...

    async def enabled(self) -> Sequence[ConnectorRecord]:
        """The connectors that may be used, by name."""
        ...


class Traces(Protocol):
    """Records of executions."""

    async def get(self, trace_id: str) -> TraceRecord | None:
        """A trace with its documents, or None."""
        ...

    async def list(self, where: TraceFilter, sort: Sort, page: Page, *, documents: bool = False) -> Rows[TraceRecord]:
        """Traces, by default the newest first; input, metadata, result, steps and attempts only when asked for.

        Goes on after `page.after`; `next` says where the page after this one begins.
        """
        ...

    async def insert(self, record: TraceRecord) -> None:
        """Keep a trace.

        Raises:
            IdTaken: The id is in use.
        """
        ...

    async def expired(self, before: int, page: Page) -> Sequence[Mark]:
        """The oldest that ended and are older than `before` (microseconds), and have no dead letter.

        Both the beginning and the last change of a trace are older then. Goes on after `page.after`.
        """
        ...

    async def delete_expired(self, before: int, ids: Sequence[str]) -> int:
        """Remove those of them that are expired still. Returns how many there were."""
        ...


class DeadLetters(Protocol):
    """Asynchronous requests given up, one a trace at most."""

    async def append(self, record: DeadLetterRecord) -> None:
        """Keep a dead letter.

        Raises:
            IdTaken: The id is in use.
        """
        ...

    async def get(self, dead_letter_id: str) -> DeadLetterRecord | None:
        """The dead letter with that id, or None."""
        ...

    async def of_trace(self, trace_id: str) -> DeadLetterRecord | None:
        """The dead letter of that trace without its documents, or None."""
        ...

    async def list(self, where: DeadLetterFilter, sort: Sort, page: Page) -> Rows[DeadLetterRecord]:
        """Dead letters without their documents, by default the newest first.

        Goes on after `page.after`; `next` says where the page after this one begins.
        """
        ...

    async def delete(self, dead_letter_id: str) -> int:
        """Remove a dead letter, whatever its status. Returns 1, or 0 when there was none."""
        ...

    async def retry(self, dead_letter_id: str, *, now: int) -> DeadLetterRecord:
        """Put the trace of a dead letter back into the queue, which is then `retrying`.

        The trace is `pending`, belongs to nobody, comes after everything that waits now, and has a new fence; its
        error stands until the next outcome. One that is gone is made anew from the dead letter.

        Args:
            dead_letter_id: Which.
            now: Microseconds since the epoch.

        Raises:
            NotFound: Nothing has that id.
            RetryUnderWay: It is `retrying`.
            NotRetryable: Its trace has not failed.
        """
        ...

    async def discard(self, dead_letter_id: str) -> DeadLetterRecord:
        """Remove a dead letter, and return it; its trace stays failed.

        Raises:
            NotFound: Nothing has that id.
            RetryUnderWay: It is `retrying`.
        """
        ...

    async def retry_some(self, where: DeadLetterFilter, sort: Sort, page: Page, *, now: int) -> Batch:
        """Retry the first of those that are not under way, as `retry` does, and leave out what cannot be retried.

        Args:
            where: Which.
            sort: By "id" or "next_retry_at".
            page: How many (1000 at most), and after which mark; `offset` is not looked at.
            now: Microseconds since the epoch; no two batches share one, so that what they queue keeps its order.
        """
        ...

    async def discard_some(self, where: DeadLetterFilter, sort: Sort, page: Page) -> Batch:
        """Discard the first of those that are not under way. The arguments are those of `retry_some`."""
        ...


class Audit(Protocol):
    """The audit log; entries are appended and never changed."""

    async def append(self, record: AuditRecord) -> None:
        """Keep an entry; it commits with the change it speaks of when both share the transaction."""
        ...

    async def list(self, where: AuditFilter, page: Page) -> Rows[AuditRecord]:
        """Entries, newest first."""
        ...
