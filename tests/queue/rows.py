"""Rows of the queue, as tests write them."""

from dataclasses import replace
from typing import Any

from orion_core.protocol import StoreTrace
from orion_io.queue.work import Work, ending_of
from orion_io.storage.queue_rows import Claim, Ending, Waiting
from orion_io.storage.queue_table import Terms

SECOND = 1_000_000  # microseconds
TERMS = Terms(
    owner="me", lease=10 * SECOND, suspects=False, deaths=3, max_retries=2, backoff=lambda retry: float(2**retry)
)


def waiting(identity: str, **members: Any) -> Waiting:
    given: dict[str, Any] = {
        "id": identity, "request_id": f"r-{identity}", "channel": "orders", "channel_id": "orders-id",
        "channel_version": 1, "order_key": None, "received_at": 1, "input_json": '{"n":1}', "metadata_json": "{}",
    }  # fmt: skip
    return Waiting(**{**given, **members})


def terms(**members: Any) -> Terms:
    return replace(TERMS, **members)


def ending(claim: Claim, status: str = "completed", error: str | None = None) -> Ending:
    """How an attempt ended."""
    result = b'{"ok":true}' if status == "completed" else None
    trace = StoreTrace(
        claim.id, claim.request_id, claim.channel, claim.channel_id, 1, "async", status, None, result, error, 1.0, b"[]"
    )
    return ending_of(Work(claim, "me", 2.0, 7), trace, 0)
