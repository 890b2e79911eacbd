"""The admin API's one door: finds the endpoint, reads what it is asked, and turns every failure into the envelope.

Knows no resource; `routes.ENDPOINTS` is the table it works from.
"""

import dataclasses
import logging
from collections.abc import Iterable

import msgspec

from orion_core import DefinitionProblems, DocumentError
from orion_core.routing import PathRefused, Route, RouteTable, split_path
from orion_io.storage import (
    Conflict,
    NoActive,
    NoDraft,
    NotFound,
    NotRetryable,
    RetryUnderWay,
    StoreError,
    Uncopyable,
    Unstorable,
)
from orion_server.admin.auditing import record_refusal
from orion_server.admin.endpoint import Asked, Endpoint
from orion_server.admin.requests import read_json, read_query, told
from orion_server.admin.routes import ENDPOINTS
from orion_server.admin.services import Services
from orion_server.admin.transfer.importing import ReportedRefusal
from orion_server.exchange import Answer, Call, Refusal, refusal_answer

logger = logging.getLogger(__name__)

INTERNAL = Refusal(500, "INTERNAL_ERROR", "An internal error occurred", "internal")
# What the store's errors are to a caller: status, code, reason. The first type that fits counts.
STORE_ERRORS: tuple[tuple[type[StoreError], tuple[int, str, str]], ...] = (
    (NotFound, (404, "NOT_FOUND", "not_found")),
    (RetryUnderWay, (409, "CONFLICT", "retry_under_way")),
    (NotRetryable, (409, "CONFLICT", "not_retryable")),
    (Conflict, (409, "CONFLICT", "conflict")),
    (NoDraft, (400, "BAD_REQUEST", "no_draft")),
    (NoActive, (400, "BAD_REQUEST", "no_active_version")),
    (Unstorable, (400, "BAD_REQUEST", "unstorable")),
    (Uncopyable, (400, "BAD_REQUEST", "no_database_file")),
)


class AdminApi:
    """Answers the admin API and the reading of traces.

    Args:
        services: What the endpoints work with.
        endpoints: The table of endpoints.
    """

    def __init__(self, services: Services, endpoints: Iterable[Endpoint] = ENDPOINTS) -> None:
        self._services = services
        self._routes = RouteTable(Route(each.path, (each.method,), 0, each) for each in endpoints)

    async def answer(self, call: Call) -> Answer:
        """Answer a call; whatever goes wrong becomes the documented envelope."""
        try:
            endpoint, parameters = self._find(call)
        except Refusal as refusal:
            return shown(refusal, call)
        return await self._ask(Asked(self._services, call, endpoint, parameters, {}))

    async def _ask(self, asked: Asked) -> Answer:
        endpoint, call = asked.endpoint, asked.call
        try:
            # The body first, so that a refused attempt can say what it was about.
            asked = self._with_body(asked)
            check_role(endpoint, call)
            asked = dataclasses.replace(asked, query=read_query(call.query, endpoint.query))
            return await endpoint.handler(asked)
        except Exception as error:  # the one place that turns every failure into an answer
            refused = refusal_of(error, call)
        if endpoint.action and refused.status != 503:  # a store that failed could not take the entry either
            await record_refusal(asked, refused.reason, refused.message)
        return shown(refused, call)

    def _find(self, call: Call) -> tuple[Endpoint, dict[str, str]]:
        method = "GET" if call.method == "HEAD" else call.method
        try:
            match = self._routes.match(method, split_path(call.path))
        except PathRefused as refused:
            raise Refusal(400, "BAD_REQUEST", str(refused), "invalid_path") from None
        if isinstance(match.target, Endpoint):
            return match.target, match.parameters
        if not match.allowed:
            raise Refusal(404, "NOT_FOUND", f"Nothing answers {call.method} {call.path[:200]}", "unknown_path")
        allowed = {*match.allowed, *(("HEAD",) if "GET" in match.allowed else ())}
        allow = ", ".join(sorted(allowed))
        text = f"{call.method} is not answered here; allowed: {allow}"
        raise Refusal(405, "METHOD_NOT_ALLOWED", text, "method_not_allowed", headers=(("allow", allow),))

    def _with_body(self, asked: Asked) -> Asked:
        body = asked.endpoint.body
        if body is None or not (asked.call.body or asked.endpoint.body_required):
            return asked
        max_depth = self._services.reloader.engine.bounds.max_depth
        return dataclasses.replace(asked, document=read_json(asked.call, max_depth + asked.endpoint.wraps))


def check_role(endpoint: Endpoint, call: Call) -> None:
    """Refuse to change anything for who may only read.

    Raises:
        Refusal: 403.
    """
    if endpoint.action and not call.may_write:
        text = f"{call.principal} may read only; this asks for a key with the role 'write'"
        raise Refusal(403, "FORBIDDEN", text, "forbidden")


def refusal_of(error: Exception, call: Call) -> Refusal:
    """What a failure is to the caller; those that are the server's own are logged."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, DefinitionProblems):
        return Refusal(400, "BAD_REQUEST", told(error.problems), "invalid_definition", error.problems)
    if isinstance(error, DocumentError):
        return Refusal(400, "BAD_REQUEST", str(error), "invalid_json")
    if isinstance(error, StoreError):
        return _refusal_of_store(error, call)
    fields = {"fields": {"request_id": call.request_id, "method": call.method, "path": call.path}}
    logger.error("unexpected failure", exc_info=error, extra=fields)
    return INTERNAL


def _refusal_of_store(error: StoreError, call: Call) -> Refusal:
    for kind, (status, code, reason) in STORE_ERRORS:
        if isinstance(error, kind):
            return Refusal(status, code, str(error), reason)
    fields = {"fields": {"request_id": call.request_id, "detail": error.detail}}
    logger.error("the storage failed: %s", error, extra=fields)
    return Refusal(503, "SERVICE_UNAVAILABLE", str(error), "storage_unavailable", headers=(("retry-after", "1"),))


def shown(refusal: Refusal, call: Call) -> Answer:
    """The envelope, with a report beside the error where there is one."""
    answer = refusal_answer(refusal, call.request_id)
    if not isinstance(refusal, ReportedRefusal):
        return answer
    body = {**msgspec.json.decode(answer.body), **refusal.report}
    return Answer(answer.status, msgspec.json.encode(body), answer.headers)
