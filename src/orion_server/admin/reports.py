"""Answers that are neither a stored record nor a list, declared for the API documents. Builds none of them."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType

from orion_server.admin.views import ProblemView, View


class ValidationReport(View, frozen=True, kw_only=True):
    """What is wrong with a definition, and what is doubtful about it."""

    valid: bool
    errors: list[ProblemView]
    warnings: list[ProblemView]


class ImportFailure(View, frozen=True, kw_only=True):
    """A definition that was not imported."""

    kind: str
    index: Annotated[int, Meta(description="Its place among its kind in the body.")]
    error: str
    problems: list[ProblemView]


class ImportReport(View, frozen=True, kw_only=True):
    """What became of an import."""

    imported: int
    failed: int
    errors: list[ImportFailure]
    unchanged: Annotated[int | UnsetType, Meta(description="Stored already as they are, with `existing=update`.")] = (
        UNSET
    )


class DryRunStep(View, frozen=True, kw_only=True, omit_defaults=True):
    """One step of a dry run."""

    workflow_id: str
    task_id: Annotated[str | None, Meta(description="null when the workflow's own condition did not hold.")]
    result: Annotated[str, Meta(description="`executed`, `skipped`, `failed` or `halted`.")]
    duration_ms: float | None = None
    calls: Annotated[
        list[dict[str, Any]] | None, Meta(description="What would have been sent to connectors, an entry an attempt.")
    ] = None
    message: Annotated[Any, Meta(description="The message after it, when `verbose` is asked for.")] = None


class DryRunTrace(View, frozen=True, kw_only=True):
    """The steps of a dry run."""

    steps: list[DryRunStep]


class DryRunReport(View, frozen=True, kw_only=True):
    """What a workflow made of a sample."""

    matched: Annotated[bool, Meta(description="Whether the workflow's condition held.")]
    trace: DryRunTrace
    output: Annotated[Any, Meta(description="The message's data at the end.")]
    errors: list[dict[str, Any]]


class Breakers(View, frozen=True, kw_only=True):
    """Circuit breakers by key."""

    enabled: bool
    breakers: dict[str, str]


class ConnectorTest(View, frozen=True, kw_only=True, omit_defaults=True):
    """Whether a connector leads to a system that lets us in."""

    ok: bool
    latency_ms: Annotated[float, Meta(description="Of connecting, asking and closing.")]
    facts: Annotated[dict[str, Any] | None, Meta(description="What the system says of itself.")] = None
    reason: Annotated[str | None, Meta(description="Why not; a word of the table of errors.")] = None
    message: str | None = None
    detail: Annotated[str | None, Meta(description="The system's own words, without secrets.")] = None


class Retried(View, frozen=True, kw_only=True):
    """How many dead letters are retried."""

    retried: int
    skipped: Annotated[int, Meta(description="Not there, being retried already, or their trace has not failed.")]


class Discarded(View, frozen=True, kw_only=True):
    """How many dead letters were removed."""

    discarded: int
    skipped: Annotated[int, Meta(description="Not there, or being retried.")]


class BreakerReset(View, frozen=True, kw_only=True):
    """A circuit breaker that was closed."""

    reset: bool
    key: str


class ConnectorsReloaded(View, frozen=True, kw_only=True):
    """How many connectors may be used after a reload."""

    reloaded: bool
    connectors_count: int


class ErrorObject(View, frozen=True, kw_only=True, omit_defaults=True):
    """Why a request was refused."""

    code: str
    message: str
    reason: str | None = None
    request_id: str | None = None
    retryable: bool | None = None
    problems: list[ProblemView] | None = None
    task_id: str | None = None
    workflow_id: str | None = None


class ErrorEnvelope(View, frozen=True, kw_only=True):
    """Every error, whatever the status."""

    error: ErrorObject


class ProblemDetails(View, frozen=True, kw_only=True, omit_defaults=True):
    """The same as RFC 9457 has it, for who asks for it in `Accept`; the members of `error` stand beside its own."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    error: ErrorObject
    reason: str | None = None
    request_id: str | None = None
    retryable: bool | None = None
    problems: list[ProblemView] | None = None


class DataRequest(View, frozen=True, kw_only=True, omit_defaults=True):
    """What a channel is asked."""

    data: Any
    metadata: dict[str, Any] | None = None


class DataResponse(View, frozen=True, kw_only=True):
    """What a channel answers."""

    id: str
    status: str
    data: Any
    errors: list[dict[str, Any]]


class Accepted(View, frozen=True, kw_only=True):
    """An asynchronous request that waits its turn."""

    trace_id: str
    status: str


class Liveness(View, frozen=True, kw_only=True):
    """The process lives."""

    status: str


class Readiness(View, frozen=True, kw_only=True):
    """Whether requests should be sent here."""

    status: str
    components: dict[str, Any]


class Health(View, frozen=True, kw_only=True):
    """What the server consists of and how it is."""

    status: str
    version: str
    uptime_seconds: int
    workflows_loaded: int
    components: dict[str, str]
    connectors: dict[str, Any]
