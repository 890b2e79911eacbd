"""From the documented envelope to problem details, for callers who ask for them. Knows no endpoint."""

from collections.abc import Iterator
from typing import Any

import msgspec

from orion_server.problem_details.reasons import REASONS

PROBLEM_JSON = "application/problem+json"
JSON = "application/json"
NOTHING_MORE = "about:blank"  # RFC 9457 section 4.2.1


def asks_for_problem(accept: str | None) -> bool:
    """Whether a caller would rather have problem details than the envelope (RFC 9110 section 12.5.1).

    Args:
        accept: The `Accept` field, or None. Where both are as welcome, the documented envelope wins.
    """
    if accept is None or "problem" not in accept.lower():
        return False
    ranges = list(_ranges(accept))
    return _quality(PROBLEM_JSON, ranges) > _quality(JSON, ranges)


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for element in accept.split(","):
        media_range, *parameters = (part.strip().lower() for part in element.split(";"))
        weight = next((each[2:] for each in parameters if each.startswith("q=")), "1")
        try:
            yield media_range, min(1.0, max(0.0, float(weight)))
        except ValueError:
            yield media_range, 0.0


def _quality(media_type: str, ranges: list[tuple[str, float]]) -> float:
    """The weight of the most specific range that a type falls in."""
    for wanted in (media_type, media_type.partition("/")[0] + "/*", "*/*"):
        for media_range, weight in ranges:
            if media_range == wanted:
                return weight
    return 0.0


def problem_of(envelope: bytes, status: int) -> bytes:
    """Problem details with the envelope's members beside them, so that clients of either kind can read it.

    Args:
        envelope: JSON text with an `error` object.
        status: HTTP status.
    """
    document: dict[str, Any] = msgspec.json.decode(envelope)
    error: dict[str, Any] = document["error"]
    reason = REASONS.get(error.get("reason", ""))
    members: dict[str, Any] = {
        "type": reason.path if reason is not None else NOTHING_MORE,
        "title": reason.title if reason is not None else error["code"],
        "status": status,
        "detail": error["message"],
        "instance": f"urn:orion:request:{error['request_id']}",
    }
    kept = {name: value for name, value in error.items() if name not in ("message", "code")}
    beside = {name: value for name, value in document.items() if name not in members}
    return msgspec.json.encode({**members, "code": error["code"], **kept, **beside})


def error_form(envelope: bytes, status: int, accept: str | None) -> tuple[bytes, str]:
    """An error as its caller would rather have it: the content, and its type."""
    if asks_for_problem(accept):
        return problem_of(envelope, status), PROBLEM_JSON
    return envelope, JSON
