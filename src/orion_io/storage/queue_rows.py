"""What goes into the durable queue and what comes out of it, as values. Knows no statement and no thread."""

from dataclasses import dataclass

from orion_io.storage.records import TraceRecord


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A request to be worked on later.

    Args:
        id: Of the request, and of its trace.
        request_id: The caller's.
        channel: The channel's name.
        channel_id: Its id.
        channel_version: Its version.
        order_key: What shares it is worked on one after the other; None when nothing does.
        received_at: Microseconds since the epoch, UTC.
        input_json: The payload.
        metadata_json: Facts about the request.
    """

    id: str
    request_id: str
    channel: str
    channel_id: str
    channel_version: int
    order_key: str | None
    received_at: int
    input_json: str
    metadata_json: str

    @property
    def size(self) -> int:
        """What it weighs while it waits: its documents, in characters."""
        return len(self.input_json) + len(self.metadata_json)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A request that is ours to work on until its lease ends.

    Args:
        id: Of the request.
        request_id: The caller's.
        channel: The channel's name.
        channel_id: Its id.
        fence: Tells this claim from every other of the same request.
        attempt: How many there were, with this one.
        crashes: How many of them never said how they ended.
        size: What it weighed while it waited.
        started_at: When this one began, microseconds since the epoch on the database's clock.
        input_json: The payload.
        metadata_json: Facts about the request.
        attempts_json: What is known of the earlier ones, JSON.
    """

    id: str
    request_id: str
    channel: str
    channel_id: str
    fence: int
    attempt: int
    crashes: int
    size: int
    started_at: int
    input_json: str
    metadata_json: str
    attempts_json: str | None


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How an attempt ended.

    Args:
        claim: Whose.
        status: "completed" or "failed".
        channel_version: That worked on it; None when there was none.
        result_json: What came of it.
        error_message: Why it failed.
        steps_json: Which tasks ran.
        attempts_json: What is known of all attempts.
        duration_ms: How long this one took.
        completed_at: When it ended, microseconds since the epoch, UTC.
        dead_letter: Whether one that failed leaves a dead letter.
    """

    claim: Claim
    status: str
    channel_version: int | None
    result_json: str | None
    error_message: str | None
    steps_json: str | None
    attempts_json: str
    duration_ms: float
    completed_at: int
    dead_letter: bool


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A trace that was worked on as it came, and whether it failed for somebody to look after."""

    record: TraceRecord
    dead_letter: bool


@dataclass(frozen=True)
class Backlog:
    """What waits: how many requests, and what they weigh."""

    count: int
    size: int
