"""A request that is worked on later: what is kept of it when it comes, and what is kept of its outcome.

Knows no execution. What is kept holds no header that the deny list names, so that a job runs without its caller's
credentials (docs/decisions/0023).
"""

from typing import Any

from orion_core.bounds import Bounds
from orion_core.documents import decode, encode, new_allowance
from orion_core.intake import state_facts
from orion_core.message import Message, new_message, new_payload
from orion_core.protocol import Accept, Job, Request
from orion_core.snapshot import Channel
from orion_core.steps import JobSteps

ACCEPT_SECONDS = 10.0  # in which a request must be safe, or is refused


def acceptance(request: Request, channel: Channel, message: Message, bounds: Bounds, now: float) -> Accept:
    """What makes a request safe that its channel admitted.

    Args:
        request: As it came.
        channel: Whose it is.
        message: Made of it.
        bounds: Says which headers are kept.
        now: Monotonic instant, seconds.
    """
    metadata = {**message.context["metadata"], "headers": bounds.stored_headers.of(request.headers)}
    return Accept(
        request.id, request.request_id, channel.name, channel.id, channel.version, message.payload.text,
        encode(metadata), channel.id if channel.ordered else "", request.received_at, now + ACCEPT_SECONDS,
    )  # fmt: skip


def accepted(request: Request) -> bytes:
    """The documented answer to a request that is safe."""
    return encode({"trace_id": request.id, "status": "pending"})


def message_of(job: Job, channel: Channel, bounds: Bounds) -> Message:
    """The message of a job, as its channel works on it.

    Raises:
        DocumentError: The payload is nested too deep.
        msgspec.DecodeError: It is no JSON.
    """
    payload = new_payload(job.payload, decode(job.payload, bounds.max_depth), bounds.max_depth)
    metadata: dict[str, Any] = job.metadata
    state_facts(metadata, channel.name, job.request.received_at)
    return new_message(payload, metadata, new_allowance(bounds.max_message_bytes))


def result_of(job: Job, message: Message, steps: JobSteps) -> bytes:
    """What came of a job: the message as the documented trace has it, but for the payload, which is kept already."""
    return encode(
        {
            "id": job.request.id,
            "context": message.context,
            "audit_trail": steps.audit_trail(),
            "errors": message.errors,
        }
    )
