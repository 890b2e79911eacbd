"""Every reason there is for a refusal, declared once: documented, served and checked from here. Refuses nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Reason:
    """A row of the table.

    Args:
        word: The finer word beside the code.
        status: HTTP status.
        code: One of the documented error codes.
        retryable: Whether the same request may succeed later.
        plane: Which requests get it.
        advice: What it means and what to do, in Markdown without links.
    """

    word: str
    status: int
    code: str
    retryable: bool
    plane: Literal["data", "admin", "both"]
    advice: str

    @property
    def title(self) -> str:
        """The word as people write it."""
        return self.word.replace("_", " ").capitalize()

    @property
    def path(self) -> str:
        """Where its page is served."""
        return f"/problems/{self.word.replace('_', '-')}"


_ROWS = (
    Reason(
        "import_refused", 400, "BAD_REQUEST", False, "admin",
        "Nothing was imported; mend what `problems` lists, or ask for `?partial=true`.",
    ),
    Reason(
        "invalid_data", 400, "BAD_REQUEST", False, "data",
        "The body has no `data`, or a task found the data unusable (XML that is not well-formed, a source that is"
        " not there).",
    ),
    Reason(
        "invalid_definition", 400, "BAD_REQUEST", False, "admin",
        "Mend what `problems` lists.",
    ),
    Reason(
        "invalid_idempotency_key", 400, "BAD_REQUEST", False, "data",
        "The header that `deduplication` names holds no text, or more than 255 characters.",
    ),
    Reason(
        "invalid_json", 400, "BAD_REQUEST", False, "both",
        "The body is not JSON, is nested deeper than `engine.limits.max_depth`, or holds a number or text that "
        "could not be written back (`NaN`, `1e999`, a lone surrogate). The message says where.",
    ),
    Reason(
        "invalid_path", 400, "BAD_REQUEST", False, "both",
        "The path or query is not percent-encoded UTF-8, is too long, or names no channel.",
    ),
    Reason(
        "invalid_query", 400, "BAD_REQUEST", False, "admin",
        "`problems` names each parameter and what it may be.",
    ),
    Reason(
        "malformed_request", 400, "BAD_REQUEST", False, "both",
        "The request's framing can be read in more than one way, or not at all: no `Host` or two, a length beside "
        "chunks, chunks that are none. The connection is closed.",
    ),
    Reason(
        "missing_body", 400, "BAD_REQUEST", False, "admin",
        "Send the JSON document that the API description asks for.",
    ),
    Reason(
        "wrong_passphrase", 400, "BAD_REQUEST", False, "admin",
        "The passphrase is not the one the backup was made with, or its `sealed` part was changed since.",
    ),
    Reason(
        "no_active_version", 400, "BAD_REQUEST", False, "admin",
        "Activate a version first.",
    ),
    Reason(
        "no_database_file", 400, "BAD_REQUEST", False, "admin",
        "The database is not SQLite's, or lies in memory: there is no file to copy. `POST /backup` needs none.",
    ),
    Reason(
        "no_draft", 400, "BAD_REQUEST", False, "admin",
        "Make a new version (`POST …/versions`) first.",
    ),
    Reason(
        "unstorable", 400, "BAD_REQUEST", False, "admin",
        "A value no database can hold, such as a NUL character.",
    ),
    Reason(
        "validation_failed", 400, "BAD_REQUEST", False, "data",
        "The channel's `validation_logic` said no, or a `validation` task with `on_failure: reject` found broken "
        "rules; `errors` lists those.",
    ),
    Reason(
        "unauthorized", 401, "UNAUTHORIZED", False, "admin",
        "Send the key as `admin_auth.header` says.",
    ),
    Reason(
        "forbidden", 403, "FORBIDDEN", False, "admin",
        "The key's role is `read`, and this changes something.",
    ),
    Reason(
        "origin_not_allowed", 403, "FORBIDDEN", False, "both",
        "The channel's `cors.allowed_origins`, or for `/mcp` `mcp.allowed_origins`, does not name the `Origin` of the "
        "request.",
    ),
    Reason(
        "no_route", 404, "NOT_FOUND", False, "data",
        "No active channel has this name or pattern. Names and paths are case-sensitive.",
    ),
    Reason(
        "not_found", 404, "NOT_FOUND", False, "admin",
        "Nothing has that id.",
    ),
    Reason(
        "unknown_path", 404, "NOT_FOUND", False, "admin",
        "Nothing answers that path; `/docs` lists what does.",
    ),
    Reason(
        "method_not_allowed", 405, "METHOD_NOT_ALLOWED", False, "both",
        "The path is known; `Allow` says by which methods.",
    ),
    Reason(
        "request_timeout", 408, "REQUEST_TIMEOUT", True, "both",
        "The body did not come within `server.body_timeout_secs`, or the head within `server.header_timeout_secs`. "
        "The connection is closed.",
    ),
    Reason(
        "conflict", 409, "CONFLICT", False, "admin",
        "The id or name is taken, or a draft exists already.",
    ),
    Reason(
        "retry_under_way", 409, "CONFLICT", False, "admin",
        "The dead letter is being retried; its trace says how that ends.",
    ),
    Reason(
        "not_retryable", 409, "CONFLICT", False, "admin",
        "The dead letter's trace has not failed, so there is nothing to retry. Discard the dead letter.",
    ),
    Reason(
        "duplicate_request", 409, "CONFLICT", False, "data",
        "The idempotency key was seen within the channel's window.",
    ),
    Reason(
        "request_in_flight", 409, "CONFLICT", True, "data",
        "The first request with this idempotency key is still under way. Ask again after `Retry-After`.",
    ),
    Reason(
        "payload_too_large", 413, "PAYLOAD_TOO_LARGE", False, "both",
        "The body exceeds `ingest.max_payload_size`; an import or a restore, `ingest.max_definitions_size`.",
    ),
    Reason(
        "target_too_long", 414, "URI_TOO_LONG", False, "both",
        "The path and query of a request may take 16 KiB. The connection is closed.",
    ),
    Reason(
        "unsupported_media_type", 415, "UNSUPPORTED_MEDIA_TYPE", False, "both",
        "Send `Content-Type: application/json` (or any `+json`) with a body.",
    ),
    Reason(
        "host_not_allowed", 421, "MISDIRECTED_REQUEST", False, "admin",
        "`/mcp` was asked under a name that `mcp.allowed_hosts` lacks.",
    ),
    Reason(
        "headers_too_large", 431, "HEADERS_TOO_LARGE", False, "both",
        "All headers of a request together may take 32 KiB, and be a hundred. The connection is closed.",
    ),
    Reason(
        "idempotency_key_reused", 422, "UNPROCESSABLE_CONTENT", False, "data",
        "The idempotency key came with another request before. Use a new key.",
    ),
    Reason(
        "rate_limited", 429, "RATE_LIMITED", True, "both",
        "The channel's `rate_limit`, or the platform's for this client, is used up. Wait for `Retry-After`.",
    ),
    Reason(
        "too_many_failures", 429, "RATE_LIMITED", True, "admin",
        "Too many wrong keys came from this client. Wait for `Retry-After`.",
    ),
    Reason(
        "client_closed", 499, "CLIENT_CLOSED_REQUEST", True, "data",
        "The caller left before the answer; seen in traces only.",
    ),
    Reason(
        "channel_call_refused", 500, "INTERNAL_ERROR", False, "data",
        "`channel_call`s are nested deeper than `engine.max_channel_call_depth`, or form a cycle.",
    ),
    Reason(
        "internal", 500, "INTERNAL_ERROR", False, "both",
        "A mistake of ours; the log has the traceback under the request id.",
    ),
    Reason(
        "limit_exceeded", 500, "INTERNAL_ERROR", False, "data",
        "The request used up a bound of `[engine.limits]`: logic nodes, message size, or depth. A rule cannot "
        "catch this.",
    ),
    Reason(
        "logic_failed", 500, "INTERNAL_ERROR", False, "data",
        "A JSONLogic rule of a task failed (`throw`, arithmetic on text). `error.task_id` names the task.",
    ),
    Reason(
        "address_refused", 500, "INTERNAL_ERROR", False, "data",
        "A connector leads to a private or reserved address. For a service of your own, set the connector's "
        "`allow_private_urls`.",
    ),
    Reason(
        "connector_failed", 500, "INTERNAL_ERROR", True, "data",
        "An outside system could not be reached, or failed, and the retries were used up. The log has the "
        "detail under the connector's name.",
    ),
    Reason(
        "connector_missing", 500, "INTERNAL_ERROR", False, "data",
        "No enabled connector of the right type has the name that the task gives.",
    ),
    Reason(
        "connector_refused", 500, "INTERNAL_ERROR", False, "data",
        "An outside system refused the call, or its answer cannot be used. The log has the detail under the "
        "connector's name.",
    ),
    Reason(
        "task_failed", 500, "INTERNAL_ERROR", False, "data",
        "A task failed; `error.task_id` names it and `errors` says why. Mend the workflow, or let it "
        "`continue_on_error`.",
    ),
    Reason(
        "deduplication_unavailable", 503, "DEDUP_UNAVAILABLE", True, "data",
        "The idempotency key cannot be remembered now, so the request was not carried out.",
    ),
    Reason(
        "at_capacity", 503, "SERVICE_UNAVAILABLE", True, "data",
        "The channel's `backpressure.max_concurrent` requests are under way. Try again after `Retry-After`.",
    ),
    Reason(
        "circuit_open", 503, "SERVICE_UNAVAILABLE", True, "data",
        "A connector failed so often that calls are paused; `GET /api/v1/admin/connectors/circuit-breakers` shows"
        " which.",
    ),
    Reason(
        "definition_invalid", 503, "SERVICE_UNAVAILABLE", False, "data",
        "A stored definition cannot run in this version; `/api/v1/admin/engine/status` lists the problems under "
        "`faults`.",
    ),
    Reason(
        "limiter_unavailable", 503, "SERVICE_UNAVAILABLE", True, "data",
        "The store where servers of the cluster count requests does not answer, and `cluster.rate_limits` is `closed`.",
    ),
    Reason(
        "queue_full", 503, "SERVICE_UNAVAILABLE", True, "data",
        "More asynchronous requests wait than `queue.buffer_size` or `queue.max_queue_memory_bytes` allow. Nothing was "
        "kept of this one; try again after `Retry-After`.",
    ),
    Reason(
        "storage_unavailable", 503, "SERVICE_UNAVAILABLE", True, "both",
        "The database does not answer; the log says why. Nothing was kept of an asynchronous request.",
    ),
    Reason(
        "too_many_connections", 503, "SERVICE_UNAVAILABLE", True, "both",
        "As many connections as `server.max_connections` allows are open. The connection is closed.",
    ),
    Reason(
        "unavailable", 503, "SERVICE_UNAVAILABLE", True, "data",
        "A system a task needs did not answer. Try again after `Retry-After`.",
    ),
    Reason(
        "workflow_inactive", 503, "SERVICE_UNAVAILABLE", True, "data",
        "The channel's workflow was archived or deleted. Activate a version.",
    ),
    Reason(
        "timeout", 504, "TIMEOUT", True, "data",
        "The channel's `timeout_ms`, or a `channel_call`'s, has passed.",
    ),
)  # fmt: skip

REASONS: Mapping[str, Reason] = {row.word: row for row in _ROWS}
