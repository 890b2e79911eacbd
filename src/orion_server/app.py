"""The application: HTTP requests in, the core or the control plane asked, replies out. Knows no storage."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import cython

from orion_core import is_preflight
from orion_io.clock import Clock
from orion_server.bodies import BodyLimits
from orion_server.edge import DATA, Edge
from orion_server.exchange import VARIES, Answer, Call, Refusal, refusal_answer
from orion_server.faults import fault_refusal
from orion_server.gate import Gate
from orion_server.headers import StandardHeaders, request_id_of
from orion_server.problem_details import error_form
from orion_server.request_log import RequestLog
from orion_server.request_tally import RequestTally
from orion_server.transports.replies import Pending, Reply
from orion_server.transports.transport import Fault

Answerer = Callable[[Call], Awaitable[Answer]]
Patterns = Callable[[str, str], str]  # given a method and a path, the pattern that the path follows

TRACES = "/api/v1/data/traces"
PROBES = frozenset(("/health", "/healthz", "/readyz", "/metrics"))

logger = logging.getLogger(__name__)


@cython.final
@cython.cclass
class App:
    """Answers every request of the server.

    Args:
        edge: Answers data requests.
        control: Answers everything else.
        clock: Makes ids.
        bodies: How much content is accepted.
        gate: What every request passes first.
        headers: What stands on every response.
        log: Takes a line for each request that is no data request; None when they are not logged.
        tally: Counts them, under the patterns of their paths; None when nobody wants to know.
    """

    def __init__(
        self,
        edge: Edge,
        control: Answerer,
        clock: Clock,
        bodies: BodyLimits,
        gate: Gate,
        headers: StandardHeaders,
        log: RequestLog | None = None,
        tally: tuple[RequestTally, Patterns] | None = None,
    ) -> None:
        self._gate = gate
        self._watches = gate.watches
        self._headers = headers
        self._edge = edge
        self._control = control
        self._clock = clock
        self._bodies = bodies
        self._log: Any = log
        self._tally: Any = tally
        self.max_body = bodies.usual

    @cython.ccall
    def answer(self, method: str, path: str, query: str, headers: dict[str, Any], body: bytes, client: str) -> Any:
        """Answer one request, or say what has to be waited for (`Application.answer`)."""
        if self._watches:
            client = self._gate.client(client, headers)
            try:
                waiting = self._gate.check(path, client)
            except Refusal as refusal:
                return self._refused(refusal, headers, method, path, client)
            if waiting is not None:
                passed = self._passed(waiting, method, path, query, headers, body, client)
                return Pending(passed, cancellable=is_data(path))
        return self._asked(method, path, query, headers, body, client)

    async def _passed(
        self,
        waiting: Awaitable[None],
        method: str,
        path: str,
        query: str,
        headers: dict[str, str],
        body: bytes,
        client: str,
    ) -> Reply:
        """Answer a request once it is known whether it may pass."""
        try:
            await waiting
        except Refusal as refusal:
            return self._refused(refusal, headers, method, path, client)
        answer: Any = self._asked(method, path, query, headers, body, client)
        reply: Reply = await answer.work if isinstance(answer, Pending) else answer
        return reply

    @cython.cfunc
    def _asked(self, method: str, path: str, query: str, headers: dict[str, Any], body: bytes, client: str) -> object:
        """Ask the core, or the control plane."""
        if is_data(path):
            return self._edge.answer(method, path, query, headers, body, client)
        call = Call(method, path, query, headers, body, self._request_id(headers), "anonymous", client)
        return Pending(self._called(call, self._clock.monotonic()), cancellable=False)

    def most_body(self, path: str, headers: dict[str, str], client: str) -> int:
        """Bytes that are accepted of a request that has more content than usual (`Application.most_body`)."""
        return self._bodies.most(path, headers, self._gate.client(client, headers))

    def refuse(self, fault: Fault, headers: dict[str, str], why: str = "") -> Reply:
        """Answer a request that cannot be taken whole (`Application.refuse`)."""
        return self._refused(fault_refusal(fault, why), headers, "POST")

    def _refused(
        self, refusal: Refusal, headers: dict[str, str], method: str, path: str = "", client: str = ""
    ) -> Reply:
        call = Call(method, path, "", headers, b"", self._request_id(headers), "anonymous", client)
        answer = refusal_answer(refusal, call.request_id)
        self._note(call, answer, self._clock.monotonic())
        return self._written(answer, call, headers)

    def _request_id(self, headers: dict[str, str]) -> str:
        return request_id_of(headers.get("x-request-id"), self._clock.uuid())

    async def _called(self, call: Call, started: float) -> Reply:
        """The control plane's answer; what goes wrong unexpectedly is logged, and tells the caller nothing."""
        if is_preflight(call.method, call.headers):
            told = Answer(204, headers=self._gate.cors(call.path).preflight(call.headers["origin"]))
            self._note(call, told, started)
            return self._written(told, call, {})
        try:
            answer = await self._control(call)
        except Refusal as refusal:
            answer = refusal_answer(refusal, call.request_id)
        except Exception:
            logger.exception("unexpected failure", extra={"fields": {"request_id": call.request_id, "path": call.path}})
            internal = Refusal(500, "INTERNAL_ERROR", "An internal error occurred", "internal")
            answer = refusal_answer(internal, call.request_id)
        self._note(call, answer, started)
        return self._written(answer, call, call.headers)

    def _note(self, call: Call, answer: Answer, started: float) -> None:
        """Have the request counted, and logged unless it is a probe that found all well."""
        if self._tally is not None:
            tally, pattern_of = self._tally
            seconds = self._clock.monotonic() - started
            tally.control(call.method, pattern_of(call.method, call.path), answer.status, seconds)
        if self._log is not None and (answer.status >= 400 or call.path not in PROBES):
            self._log.control(call, answer.status, answer.body if answer.status >= 400 else None, started)

    def _written(self, answer: Answer, call: Call, asked: Mapping[str, str]) -> Reply:
        """An answer of the control plane as a reply; `asked` are the headers it is fitted to."""
        body, content_type = answer.body, answer.content_type if answer.body else ""
        extra = [*answer.headers, *self._gate.cors_headers(call.path, asked.get("origin"))]
        if answer.status >= 400 and body and not answer.foreign:
            body, content_type = error_form(body, answer.status, asked.get("accept"))
            extra.append(VARIES)
        return Reply(answer.status, *self._headers.of(call.request_id, extra, content_type), body)


@cython.cfunc
def is_data(path: str) -> cython.bint:
    """Whether a path names a channel."""
    return path.startswith(DATA) and not is_trace_read(path)


def is_trace_read(path: str) -> bool:
    """Whether a path under the data API names stored traces rather than a channel."""
    return path.startswith(TRACES) and (len(path) == len(TRACES) or path[len(TRACES)] == "/")
