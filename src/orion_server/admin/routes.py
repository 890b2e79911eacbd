"""Every endpoint of the admin API and of trace reading, in one table: routes and API documents are both made of it."""

from orion_core.connector_definitions import ConnectorDefinition
from orion_core.definitions import ChannelDefinition, WorkflowDefinition
from orion_io.storage import (
    CHANNEL_SORTS,
    DEAD_LETTER_SORTS,
    TRACE_SORTS,
    WORKFLOW_SORTS,
    ChannelRecord,
    WorkflowRecord,
)
from orion_server.admin import (
    audit,
    connector_test,
    connectors,
    dead_letters,
    dry_run,
    engine,
    functions,
    traces,
)
from orion_server.admin.channels import CHANNELS
from orion_server.admin.dry_run import Sample
from orion_server.admin.endpoint import Content, Endpoint, Handler, Parameter
from orion_server.admin.examples import BUNDLE, CHANNEL, CONNECTOR, SAMPLE, WORKFLOW
from orion_server.admin.lifecycle import Lifecycle
from orion_server.admin.reports import (
    BreakerReset,
    Breakers,
    ConnectorsReloaded,
    ConnectorTest,
    Discarded,
    DryRunReport,
    ImportReport,
    Retried,
    ValidationReport,
)
from orion_server.admin.transfer import backup, exporting, file_copies, importing, restore
from orion_server.admin.transfer.backup import Backup, BackupRequest, GivenBackup
from orion_server.admin.transfer.importing import Bundle
from orion_server.admin.views import (
    TRACE_PARTS,
    AuditView,
    ChannelView,
    ConnectorCopy,
    ConnectorView,
    DeadLetterRow,
    DeadLetterView,
    TraceRow,
    TraceView,
    View,
    WorkflowView,
)
from orion_server.admin.workflows import WORKFLOWS, RolloutChange

ADMIN = "/api/v1/admin"
STATUSES = ("draft", "active", "archived")

PAGE = (
    Parameter("limit", "integer", "How many at most.", default=50, bounds=(1, 1000)),
    Parameter("offset", "integer", "How many to leave out first.", default=0, bounds=(0, 2**62)),
)
CURSOR = Parameter("cursor", "text", "The `next_cursor` of the page before, with the same order and filters.")
SPAN = (
    Parameter("since", "instant", "From this instant on (RFC 3339)."),
    Parameter("until", "instant", "Before this instant (RFC 3339)."),
)
STATUS = Parameter("status", "text", "Only those that have a version of this status.", choices=STATUSES)
TAG = Parameter("tag", "text", "Only those with exactly this tag.")
CHANNEL_FILTERS = (
    STATUS,
    Parameter("channel_type", "text", "Only those of this type.", choices=("sync", "async")),
    Parameter("protocol", "text", "Only those of this protocol.", choices=("rest", "http", "kafka")),
)
VERSION = Parameter("version", "integer", "Which version; the highest when not given.", bounds=(0, 2**31 - 1))
IMPORTED = (
    Parameter("partial", "boolean", "Keep those that can be kept.", default=False),
    Parameter(
        "existing", "text", "What becomes of ids that are there: refused, or brought up to date by a draft.",
        choices=("refuse", "update"), default="refuse",
    ),
)  # fmt: skip


def sorting(columns: tuple[str, ...]) -> tuple[Parameter, ...]:
    """The parameters that order a list."""
    return (
        Parameter("sort_by", "text", "What to order by.", choices=columns, default=columns[0]),
        Parameter("sort_order", "text", "In which direction.", choices=("asc", "desc"), default="desc"),
    )


def family(
    lifecycle: Lifecycle[WorkflowRecord] | Lifecycle[ChannelRecord],
    tag: str,
    view: type[View],
    example: object,
    lists: tuple[Parameter, ...],
) -> tuple[Endpoint, ...]:
    """The endpoints that workflows and channels have in common."""
    kind, definition = lifecycle.kind, lifecycle.definition
    root = f"{ADMIN}/{kind}s"
    one = Content(view, "data")
    new = Content(definition, example=example)
    change = Content(definition, "change", example={"description": "Says more now"})
    return (
        Endpoint(
            method="POST", path=root, summary=f"Create a {kind} as a draft", tag=tag, body=new, status=201, answer=one,
            refusals=(409,), handler=lifecycle.create, action="create", resource=kind,
        ),
        Endpoint(
            method="GET", path=root, summary=f"List {kind}s, one row for each", tag=tag,
            query=(*lists, *PAGE), answer=Content(view, "list"), handler=lifecycle.entries,
        ),
        Endpoint(
            method="POST", path=f"{root}/validate", summary=f"Check a {kind} and keep nothing", tag=tag, body=new,
            answer=Content(ValidationReport), handler=lifecycle.validate,
        ),
        Endpoint(
            method="GET", path=root + "/{id}", summary=f"Get a {kind}", tag=tag, query=(VERSION,), answer=one,
            handler=lifecycle.get,
        ),
        Endpoint(
            method="PUT", path=root + "/{id}", summary=f"Change the draft of a {kind}", tag=tag, body=change,
            answer=one, handler=lifecycle.update, action="update", resource=kind,
        ),
        Endpoint(
            method="DELETE", path=root + "/{id}", summary=f"Delete a {kind}, all its versions", tag=tag, status=204,
            handler=lifecycle.delete, action="delete", resource=kind,
        ),
        Endpoint(
            method="PATCH", path=root + "/{id}/status", summary=f"Activate the draft of a {kind}, or archive it",
            tag=tag, body=Content(lifecycle.status_change, example={"status": "active"}), answer=one,
            refusals=(409,), handler=lifecycle.status, action="status", resource=kind,
        ),
        Endpoint(
            method="GET", path=root + "/{id}/versions", summary=f"List the versions of a {kind}, newest first", tag=tag,
            query=PAGE, answer=Content(view, "list"), handler=lifecycle.versions,
        ),
        Endpoint(
            method="POST", path=root + "/{id}/versions", summary=f"Copy the highest version of a {kind} into a draft",
            tag=tag, status=201, answer=one, refusals=(409,), handler=lifecycle.new_version, action="create_version",
            resource=kind,
        ),
    )  # fmt: skip


def moving(
    kind: str, body: Content, answer: Content, filters: tuple[Parameter, ...], take_in: Handler, hand_out: Handler
) -> tuple[Endpoint, ...]:
    """The endpoints that move definitions of one kind between servers."""
    tag, made = f"{kind.capitalize()}s", "" if kind == "connector" else " as drafts"
    return (
        Endpoint(
            method="POST", path=f"{ADMIN}/{kind}s/import", summary=f"Import {kind}s{made}", tag=tag, query=IMPORTED,
            body=body, wraps=2, answer=Content(ImportReport), refusals=(409,), handler=take_in, action="import",
            resource=kind,
        ),
        Endpoint(
            method="GET", path=f"{ADMIN}/{kind}s/export", summary=f"Export {kind}s", tag=tag, query=filters,
            answer=answer, handler=hand_out,
        ),
    )  # fmt: skip


WORKFLOW_ENDPOINTS = (
    *family(
        WORKFLOWS, "Workflows", WorkflowView, WORKFLOW, (STATUS, TAG, *sorting(WORKFLOW_SORTS)),
    ),
    Endpoint(
        method="PATCH", path=ADMIN + "/workflows/{id}/rollout", summary="Change the share of an active version",
        tag="Workflows", body=Content(RolloutChange, example={"rollout_percentage": 50}),
        answer=Content(WorkflowView, "data"), handler=WORKFLOWS.rollout, action="rollout", resource="workflow",
    ),
    Endpoint(
        method="POST", path=ADMIN + "/workflows/{id}/test", summary="Run a workflow on a sample", tag="Workflows",
        query=(
            Parameter("verbose", "boolean", "Show the message after each step.", default=False),
            VERSION,
        ),
        body=Content(Sample, example=SAMPLE), answer=Content(DryRunReport), refusals=(504,), handler=dry_run.run_dry,
    ),
    *moving(
        "workflow", Content(WorkflowDefinition, "array", example=[WORKFLOW]), Content(WorkflowView, "all"),
        (STATUS, TAG), importing.import_workflows, exporting.export_workflows,
    ),
)  # fmt: skip

CHANNEL_ENDPOINTS = (
    *family(CHANNELS, "Channels", ChannelView, CHANNEL, (*CHANNEL_FILTERS, *sorting(CHANNEL_SORTS))),
    *moving(
        "channel", Content(ChannelDefinition, "array", example=[CHANNEL]), Content(ChannelView, "all"),
        CHANNEL_FILTERS, importing.import_channels, exporting.export_channels,
    ),
)  # fmt: skip

CONNECTOR_ENDPOINTS = (
    Endpoint(
        method="POST", path=f"{ADMIN}/connectors", summary="Create a connector", tag="Connectors",
        body=Content(ConnectorDefinition, example=CONNECTOR), status=201, answer=Content(ConnectorView, "data"),
        refusals=(409,), handler=connectors.create, action="create", resource="connector",
    ),
    Endpoint(
        method="POST", path=f"{ADMIN}/connectors/validate", summary="Check a connector and keep nothing",
        tag="Connectors", body=Content(ConnectorDefinition, example=CONNECTOR), answer=Content(ValidationReport),
        handler=connectors.validate,
    ),
    Endpoint(
        method="GET", path=f"{ADMIN}/connectors", summary="List connectors by name", tag="Connectors", query=PAGE,
        answer=Content(ConnectorView, "list"), handler=connectors.entries,
    ),
    *moving(
        "connector", Content(ConnectorDefinition, "array", example=[CONNECTOR]), Content(ConnectorCopy, "all"), (),
        importing.import_connectors, exporting.export_connectors,
    ),
    Endpoint(
        method="POST", path=f"{ADMIN}/connectors/reload", summary="Read every connector again", tag="Connectors",
        answer=Content(ConnectorsReloaded), handler=connectors.reload, action="reload", resource="connector",
    ),
    Endpoint(
        method="GET", path=f"{ADMIN}/connectors/circuit-breakers", summary="List circuit breakers", tag="Connectors",
        answer=Content(Breakers), handler=connectors.breakers,
    ),
    Endpoint(
        method="POST", path=ADMIN + "/connectors/circuit-breakers/{key}", summary="Reset a circuit breaker",
        tag="Connectors", answer=Content(BreakerReset), handler=connectors.reset_breaker, action="reset",
        resource="circuit_breaker",
    ),
    Endpoint(
        method="POST", path=ADMIN + "/connectors/{id}/test", summary="Try a connector", tag="Connectors",
        answer=Content(ConnectorTest), handler=connector_test.try_out,
    ),
    Endpoint(
        method="GET", path=ADMIN + "/connectors/{id}", summary="Get a connector", tag="Connectors",
        answer=Content(ConnectorView, "data"), handler=connectors.get,
    ),
    Endpoint(
        method="PUT", path=ADMIN + "/connectors/{id}", summary="Change a connector", tag="Connectors",
        body=Content(ConnectorDefinition, "change", example={"enabled": False}), answer=Content(ConnectorView, "data"),
        refusals=(409,), handler=connectors.update, action="update", resource="connector",
    ),
    Endpoint(
        method="DELETE", path=ADMIN + "/connectors/{id}", summary="Delete a connector", tag="Connectors", status=204,
        refusals=(409,), handler=connectors.delete, action="delete", resource="connector",
    ),
)  # fmt: skip

ENGINE_ENDPOINTS = (
    Endpoint(
        method="GET", path=f"{ADMIN}/engine/status", summary="What runs", tag="Engine",
        answer=Content(engine.EngineStatus), handler=engine.status,
    ),
    Endpoint(
        method="POST", path=f"{ADMIN}/engine/reload", summary="Read and install every definition again", tag="Engine",
        answer=Content(engine.Reloaded), handler=engine.reload, action="reload", resource="engine",
    ),
)  # fmt: skip

FUNCTION_ENDPOINTS = (
    Endpoint(
        method="GET", path=f"{ADMIN}/functions", summary="List what tasks may do", tag="Functions",
        answer=Content(functions.FunctionView, "all"), handler=functions.entries,
    ),
    Endpoint(
        method="GET", path=ADMIN + "/functions/{id}", summary="Get a function", tag="Functions",
        answer=Content(functions.FunctionView, "data"), handler=functions.entry,
    ),
)  # fmt: skip

BACKUP_ENDPOINTS = (
    Endpoint(
        method="GET", path=f"{ADMIN}/export", summary="Export every definition in a bundle", tag="Backup",
        query=(STATUS,), answer=Content(Bundle), handler=exporting.export_bundle,
    ),
    Endpoint(
        method="POST", path=f"{ADMIN}/import", summary="Import a bundle", tag="Backup", query=IMPORTED,
        body=Content(Bundle, example=BUNDLE), wraps=2, answer=Content(ImportReport), refusals=(409,),
        handler=importing.import_bundle, action="import", resource="bundle",
    ),
    Endpoint(
        method="POST", path=f"{ADMIN}/backup", summary="Back up every version of every definition", tag="Backup",
        body=Content(BackupRequest, example={"passphrase": "correct horse battery"}), body_required=False,
        answer=Content(Backup), handler=backup.back_up, action="backup", resource="backup",
    ),
    Endpoint(
        method="POST", path=f"{ADMIN}/backups", summary="Copy the database file (SQLite)", tag="Backup",
        answer=Content(file_copies.MadeCopy, "data"), refusals=(400, 409), handler=file_copies.make, action="backup",
        resource="backup",
    ),
    Endpoint(
        method="GET", path=f"{ADMIN}/backups", summary="List the copies of the database file", tag="Backup",
        answer=Content(file_copies.PresentCopy, "all"), handler=file_copies.entries,
    ),
    Endpoint(
        method="POST", path=f"{ADMIN}/restore", summary="Put a backup in place of what is stored", tag="Backup",
        query=(
            Parameter("dry_run", "boolean", "Say what would change, and keep nothing.", default=False),
            Parameter(
                "mode", "text", "Whether what is not in the backup is removed, or stays.",
                choices=("replace", "merge"), default="replace",
            ),
            Parameter(
                "missing_secrets", "text", "What becomes of connectors whose secrets are not known.",
                choices=("refuse", "disable"), default="refuse",
            ),
        ),
        body=Content(GivenBackup), wraps=2, answer=Content(restore.RestoreReport), refusals=(409,),
        handler=restore.restore, action="restore", resource="backup",
    ),
)  # fmt: skip

RECORD_ENDPOINTS = (
    Endpoint(
        method="GET", path=f"{ADMIN}/audit-logs", summary="Who did what, newest first", tag="Audit",
        query=(
            Parameter("action", "text", "Only this action, such as `activate`."),
            Parameter("resource_type", "text", "Only this type of resource, such as `workflow`."),
            Parameter("resource_id", "text", "Only this resource."),
            Parameter("principal", "text", "Only what this principal did."),
            Parameter("outcome", "text", "Only what was done, or refused.", choices=("done", "refused")),
            *SPAN, *PAGE,
        ),
        answer=Content(AuditView, "audit"), handler=audit.entries,
    ),
    Endpoint(
        method="GET", path="/api/v1/data/traces", summary="List traces", tag="Traces",
        query=(
            Parameter("status", "text", "Only this status.", choices=("pending", "running", "completed", "failed")),
            Parameter("channel", "text", "Only this channel, by name."),
            Parameter("mode", "text", "Only this mode.", choices=("sync", "async")),
            Parameter("documents", "boolean", "Show input and result, in lists of at most 100 rows.", default=True),
            *SPAN, *sorting(TRACE_SORTS), *PAGE, CURSOR,
        ),
        answer=Content(TraceRow, "pages"), handler=traces.entries,
    ),
    Endpoint(
        method="GET", path="/api/v1/data/traces/{id}", summary="Get a trace", tag="Traces", answer=Content(TraceView),
        query=(
            Parameter("include", "words", "What to show beside the result.", choices=TRACE_PARTS, default=frozenset()),
        ),
        handler=traces.entry,
    ),
)  # fmt: skip

SELECTION = Content(dead_letters.Selection, example={"all": True, "channel": "orders"})
DEAD_LETTER_ENDPOINTS = (
    Endpoint(
        method="GET", path=f"{ADMIN}/dlq", summary="List asynchronous requests that failed", tag="Dead letters",
        query=(
            Parameter("channel", "text", "Only this channel, by name."),
            Parameter("status", "text", "Only this status.", choices=("waiting", "retrying", "exhausted")),
            Parameter("trace_id", "text", "Only that of this trace."),
            *SPAN, *sorting(DEAD_LETTER_SORTS), *PAGE, CURSOR,
        ),
        answer=Content(DeadLetterRow, "pages"), handler=dead_letters.entries,
    ),
    Endpoint(
        method="POST", path=f"{ADMIN}/dlq/retry", summary="Retry many dead letters", tag="Dead letters",
        body=SELECTION, answer=Content(Retried, "data"), handler=dead_letters.retry_many, action="retry",
        resource="dead_letter",
    ),
    Endpoint(
        method="POST", path=f"{ADMIN}/dlq/discard", summary="Discard many dead letters", tag="Dead letters",
        body=SELECTION, answer=Content(Discarded, "data"), handler=dead_letters.discard_many, action="discard",
        resource="dead_letter",
    ),
    Endpoint(
        method="GET", path=ADMIN + "/dlq/{id}", summary="Get a dead letter", tag="Dead letters",
        answer=Content(DeadLetterView, "data"), handler=dead_letters.get,
    ),
    Endpoint(
        method="DELETE", path=ADMIN + "/dlq/{id}", summary="Discard a dead letter; its trace stays failed",
        tag="Dead letters", status=204, refusals=(409,), handler=dead_letters.discard, action="discard",
        resource="dead_letter",
    ),
    Endpoint(
        method="POST", path=ADMIN + "/dlq/{id}/retry", summary="Run the trace of a dead letter again",
        tag="Dead letters", answer=Content(DeadLetterRow, "data"), refusals=(409,), handler=dead_letters.retry,
        action="retry", resource="dead_letter",
    ),
)  # fmt: skip

ENDPOINTS: tuple[Endpoint, ...] = (
    *WORKFLOW_ENDPOINTS, *CHANNEL_ENDPOINTS, *CONNECTOR_ENDPOINTS, *ENGINE_ENDPOINTS, *FUNCTION_ENDPOINTS,
    *BACKUP_ENDPOINTS, *RECORD_ENDPOINTS, *DEAD_LETTER_ENDPOINTS,
)  # fmt: skip
