"""How lists are asked for: which rows, in which order, which page. Knows no database."""

from typing import Generic, Literal, TypeVar

import msgspec

from orion_io.storage.records import Status

R = TypeVar("R")

WORKFLOW_SORTS = ("priority", "name", "status", "created_at", "updated_at")
CHANNEL_SORTS = ("priority", "name", "status", "channel_type", "protocol", "created_at", "updated_at")
TRACE_SORTS = ("created_at", "updated_at", "status", "channel", "mode")


class Page(msgspec.Struct, frozen=True):
    """A part of a list: at most `limit` rows, after the first `offset`."""

    limit: int = 50
    offset: int = 0


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
    """Traces with these members; `channel` is a name."""

    status: str | None = None
    channel: str | None = None
    mode: str | None = None


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
    """One page of a list, and how many rows the whole list has."""

    rows: list[R]
    total: int
