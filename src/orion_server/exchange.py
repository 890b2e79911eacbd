"""What the admin API and its transport hand each other: a call in, an answer or a refusal out. Knows no endpoint."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from orion_core import Problem

JSON = "application/json"
VARIES = ("vary", "accept")  # of errors, which come in two forms
RETRYABLE = frozenset((408, 429, 502, 503, 504))  # statuses after which the same request may succeed


@dataclass(frozen=True, slots=True)
class Call:
    """One request outside the data plane.

    Args:
        method: Upper-case method.
        path: Raw path, still percent-encoded, without the query.
        query: Raw query string.
        headers: Values under lower-case names.
        body: The content.
        request_id: The `x-request-id` that the answer will carry.
        principal: Who calls, as the audit log names them.
        client: Address of the caller.
        may_write: Whether the caller may change anything.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    request_id: str
    principal: str
    client: str
    may_write: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back.

    Args:
        status: HTTP status.
        body: The content; b"" for none.
        headers: Further headers, lower-case names.
        content_type: Of the content.
        foreign: Whether errors too have another protocol's form, and keep it.
    """

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = JSON
    foreign: bool = False


@dataclass
class Refusal(Exception):
    """A request that is not carried out.

    Args:
        status: HTTP status.
        code: One of the documented error codes.
        message: What the caller may read.
        reason: The finer word beside the code.
        problems: Everything wrong with the body, each with its pointer.
        headers: Further headers, such as `allow`.
    """

    status: int
    code: str
    message: str
    reason: str = ""
    problems: Iterable[Problem] = field(default=())
    headers: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        super().__init__(self.message)


def json_answer(value: object, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """An answer with a JSON value; member order is kept."""
    return Answer(status, msgspec.json.encode(value), headers)


def refusal_answer(refusal: Refusal, request_id: str) -> Answer:
    """The documented error envelope, with every problem beside it."""
    error: dict[str, object] = {"code": refusal.code, "message": refusal.message}
    if refusal.reason:
        error["reason"] = refusal.reason
    error["request_id"] = request_id
    error["retryable"] = refusal.status in RETRYABLE
    problems = [problem_object(problem) for problem in refusal.problems]
    if problems:
        error["problems"] = problems
    return json_answer({"error": error}, refusal.status, refusal.headers)


def problem_object(problem: Problem) -> dict[str, object]:
    """A problem as clients read it: `field` as the public documentation spells places, `pointer` per RFC 6901."""
    shown: dict[str, object] = {"field": problem.field, "message": problem.message, "pointer": problem.pointer}
    if problem.expected is not None:
        shown["expected"] = problem.expected
    if problem.hint is not None:
        shown["hint"] = problem.hint
    return shown
