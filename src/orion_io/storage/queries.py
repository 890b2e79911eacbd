"""How lists are asked for: which rows, in which order, which page. Knows no database."""

from collections.abc import Sequence
from typing import Generic, Literal, TypeVar

import msgspec

from orion_io.storage.records import Status

R = TypeVar("R")

WORKFLOW_SORTS = ("priority", "name", "status", "created_at", "updated_at")
CHANNEL_SORTS = ("priority", "name", "status", "channel_type", "protocol", "created_at", "updated_at")
TRACE_SORTS = ("created_at", "updated_at", "status", "channel", "mode")
DEAD_LETTER_SORTS = ("created_at", "updated_at", "next_retry_at", "status", "channel")


class Mark(msgspec.Struct, frozen=True):
    """A place in a sorted list: the value a row has in the column it is sorted by, and the row's id."""

    value: int | str
    id: str


class Page(msgspec.Struct, frozen=True):
    """A part of a list: at most `limit` rows, after the first `offset` or, where a list says so, after a mark.

    A mark stays where it is while rows are added and removed, and is found at once however far down it lies.
    """

    limit: int = 50
    offset: int = 0
    after: Mark | None = None


class Sort(msgspec.Struct, frozen=True):
    """The order of a list; ties are broken by id. A column the list does not know means its first."""

    column: str = ""
    descending: bool = True


class WorkflowFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Workflows that have a version of this status, and whose listed version carries exactly this tag."""

    status: Status | None = None
    tag: str | None = None


class ChannelFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Channels that have a version of this status, and whose listed version has these members."""

    status: Status | None = None
    channel_type: str | None = None
    protocol: str | None = None


class TraceFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Traces with these members, created from `since` on and before `until` (microseconds); `channel` is a name."""

    status: str | None = None
    channel: str | None = None
    mode: str | None = None
    since: int | None = None
    until: int | None = None


class DeadLetterFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Dead letters with these members, created from `since` on and before `until`; `due`: to be retried by then.

    Instants are in microseconds. `ids` are the only ones meant, where they are given.
    """

    status: str | None = None
    channel: str | None = None
    trace_id: str | None = None
    since: int | None = None
    until: int | None = None
    due: int | None = None
    ids: tuple[str, ...] | None = None


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Audit entries with these members, from `since` on and before `until`, both in microseconds."""

    action: str | None = None
    resource_type: str | None = None
    resource_id: str | None = None
    principal: str | None = None
    outcome: Literal["done", "refused"] | None = None
    since: int | None = None
    until: int | None = None


class Rows(msgspec.Struct, Generic[R], frozen=True):
    """One page of a list, and how many rows the whole list has; `next` is where it goes on, where a list says so."""

    rows: list[R]
    total: int
    next: Mark | None = None


class Batch(msgspec.Struct, frozen=True):
    """What one of many small changes did: the ids it changed, how many rows it looked at, where the next one begins.

    `next` is None when there is nothing left to look at.
    """

    ids: Sequence[str]
    seen: int
    next: Mark | None = None
