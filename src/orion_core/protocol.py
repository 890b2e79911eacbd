"""The whole contract between the core and whoever drives it. Knows no interpreter, no transport and no store.

`Engine.handle(request, now)` and `Execution.resume(outcomes, now)` answer with a step: `Respond` when the request is
finished, `Perform` when the world is needed. A driver carries the actions out, in any way it likes, and resumes the
execution with one outcome for each action, in their order. Instants (`now`, `deadline`) are seconds of one monotonic
clock; only `Request.received_at` is a wall instant. Nothing here reads either clock. The actions on connectors stand
in `orion_core.calls`.
"""

from dataclasses import dataclass
from typing import Any

import cython


@cython.final
@cython.cclass
@dataclass(frozen=True)
class Request:
    """One call of the data API, as the edge saw it.

    Args:
        id: Unique id (UUID text) of the message, and of its trace.
        request_id: The caller's `x-request-id`, or `id` when there was none.
        method: Upper-case method (RFC 9110 section 9).
        path: What follows `/api/v1/data/`, still percent-encoded, so that `%2F` stays inside its segment.
        query: The raw query string, without its question mark.
        headers: Header values under lower-case names.
        body: The content, b"" when there is none.
        client: Address of the peer.
        received_at: Wall instant, Unix seconds.
        entropy: 64 random bits from the edge; rollout draws from it, so that a replay agrees.
    """

    id: str
    request_id: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    client: str
    received_at: cython.double
    entropy: Any


@cython.final
@cython.cclass
@dataclass(frozen=True)
class Job:
    """A request nobody waits for: it was accepted earlier, or came from a topic.

    Args:
        request: Who it is and when the work begins; its content stands in `payload`.
        channel: The channel's name when it was accepted.
        channel_id: The channel's id.
        payload: JSON text.
        metadata: Facts about it; the message's own from here on.
        admitted: Whether the channel's checks were passed when it was accepted; else rate and validation are asked now.
        deadline: Monotonic instant by which it must be done; `inf` for no limit.
    """

    request: Request
    channel: str
    channel_id: str
    payload: bytes
    metadata: Any
    admitted: object
    deadline: cython.double


# --- actions: what the core asks the world to do -----------------------------------------------------------------


@cython.final
@cython.cclass
@dataclass(frozen=True)
class Sleep:
    """Wait until an instant; the outcome is `Done(None)`."""

    until: cython.double
    deadline: cython.double


@cython.final
@cython.cclass
@dataclass(frozen=True)
class Tick:
    """Come back at once with a fresh `now`: a rehearsal times its tasks without a clock in the core."""

    deadline: cython.double


@cython.final
@cython.cclass
class Ticket:
    """A place in a line. The core says when its turn has come; the driver wakes whoever holds it.

    Attributes:
        ready: Whether its turn has come.
        waker: What the driver calls on `Wake`; None while nobody waits for it.
    """

    def __init__(self) -> None:
        self.ready = False
        self.waker: Any = None


@cython.final
@cython.cclass
@dataclass(frozen=True)
class Await:
    """Wait until the ticket's turn has come: `Done(None)`, or `Failed("timeout")` at the deadline."""

    ticket: Ticket
    deadline: cython.double


@cython.final
@cython.cclass
@dataclass(frozen=True)
class Wake:
    """The turn of these tickets has come; nobody waits for this action itself."""

    tickets: tuple[Any, ...]


@cython.final
@cython.cclass
@dataclass(frozen=True)
class Accept:
    """Keep a request to be worked on later: `Done(None)` once it cannot be lost, else it is not there at all.

    Args:
        id: Of the request, and of its trace.
        request_id: The caller's.
        channel: The channel's name.
        channel_id: The channel's id.
        channel_version: Its version.
        input_json: The payload, a buffer.
        metadata_json: Facts about the request, without the headers that are never stored.
        order_key: What shares it is worked on one after the other; "" when nothing does.
        received_at: Wall instant, Unix seconds.
        deadline: Monotonic instant, seconds; `inf` for no limit.
    """

    id: str
    request_id: str
    channel: str
    channel_id: str
    channel_version: Any
    input_json: Any
    metadata_json: bytes
    order_key: str
    received_at: cython.double
    deadline: cython.double


@cython.final
@cython.cclass
@dataclass(frozen=True)
class PutBack:
    """A job could not begin now, and nothing of it was done: try again in `seconds`, and do not count it."""

    seconds: cython.double
    reason: str


@cython.final
@cython.cclass
@dataclass(frozen=True)
class StoreTrace:
    """Keep a record of a finished execution; nobody waits for it.

    `input_json` (a buffer) and `result_json` (bytes) are what came and went. The driver measures the duration. A job's
    record has its steps too, JSON.
    """

    id: str
    request_id: str
    channel: str
    channel_id: str
    channel_version: Any
    mode: str
    status: str
    input_json: Any
    result_json: Any
    error_message: Any
    started_at: cython.double
    steps_json: Any = None


# --- outcomes: what became of an action ---------------------------------------------------------------------------


@cython.final
@cython.cclass
@dataclass(frozen=True)
class Done:
    """The action was carried out; `value` is what it gave."""

    value: object


@cython.final
@cython.cclass
@dataclass(frozen=True)
class Failed:
    """The action was not carried out, or nobody knows.

    Args:
        code: A word of `orion_core.failures`, such as "timeout" or "unavailable".
        message: What the caller may read.
        retryable: Whether trying again could help.
        detail: What only the operator may read.
        happened: Whether it may have been carried out all the same.
        retry_after: When the system wants to be asked again at the earliest, seconds from now; 0.0 for whenever.
    """

    code: str
    message: str
    retryable: object
    detail: str
    happened: object = True
    retry_after: cython.double = 0.0


# --- notes: what happened on the way, for logs and metrics --------------------------------------------------------


@cython.final
@cython.cclass
@dataclass(frozen=True)
class LogNote:
    """A `log` task spoke."""

    level: str
    message: str
    fields: object
    channel: str
    workflow_id: str
    task_id: str


@cython.final
@cython.cclass
@dataclass(frozen=True)
class UnmatchedNote:
    """A request fell in no workflow's rollout share, or met no workflow's condition."""

    channel: str


@cython.final
@cython.cclass
@dataclass(frozen=True)
class RefusalNote:
    """A check turned a request away; `reason` is the word of the failure."""

    channel: str
    reason: str


@cython.final
@cython.cclass
@dataclass(frozen=True)
class BreakerNote:
    """A breaker changed its state."""

    key: str
    state: str


@cython.final
@cython.cclass
@dataclass(frozen=True)
class LapseNote:
    """A store did not do what it was asked, and the request went on without it.

    Args:
        store: The connector's name.
        what: What was asked, such as "CacheGet".
        code: A word of `orion_core.failures`.
        detail: What only the operator may read.
    """

    store: str
    what: str
    code: str
    detail: str


@cython.final
@cython.cclass
@dataclass(frozen=True)
class CallNote:
    """A call on a connector failed.

    Args:
        channel: Whose task called.
        connector: The connector's name.
        task_id: Which task.
        code: A word of `orion_core.failures`.
        detail: What only the operator may read.
        tried: Retries there were before.
        wait: Seconds until the next; below zero when there is none.
    """

    channel: str
    connector: str
    task_id: str
    code: str
    detail: str
    tried: cython.int
    wait: cython.double


@cython.final
@cython.cclass
@dataclass(frozen=True)
class AttemptNote:
    """An attempt to call a connector has ended, well or not.

    Args:
        channel: Whose task called.
        connector: The connector's name.
        code: A word of `orion_core.failures`; "" when it went well.
        seconds: How long it took.
    """

    channel: str
    connector: str
    code: str
    seconds: cython.double


@cython.final
@cython.cclass
@dataclass(frozen=True)
class BugNote:
    """The core itself failed; the operator should see the traceback."""

    error: object


# --- steps: what the core wants next ------------------------------------------------------------------------------


@cython.final
@cython.cclass
@dataclass(frozen=True)
class Respond:
    """The request is finished.

    Args:
        status: HTTP status.
        headers: Pairs of lower-case name and value, beyond those the edge puts on every response.
        body: The content.
        after: Actions whose outcomes the answer does not depend on. Those on a cache store are done before it leaves:
            whoever asks again finds what they wrote.
        notes: What happened since the last step.
        channel: The name of the channel that was found; "" when there was none.
        outcome: What came of its workflows: "ok", "error", "timeout" or "cancelled"; "" when they were not begun.
    """

    status: cython.int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    after: tuple[Any, ...]
    notes: tuple[Any, ...]
    channel: str = ""
    outcome: str = ""


@cython.final
@cython.cclass
@dataclass(frozen=True)
class Perform:
    """The world is needed: carry `actions` out and resume `execution` with one outcome for each, in order."""

    actions: tuple[Any, ...]
    execution: object
    notes: tuple[Any, ...]


class ProtocolError(Exception):
    """The driver broke the contract, for instance by resuming an execution that does not wait."""
