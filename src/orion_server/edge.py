"""The data API's edge: a complete HTTP request in, the core asked, a reply out. Knows no transport and no store."""

import asyncio
from typing import Any

import cython

from orion_core.protocol import Perform, Request, Respond
from orion_io.clock import Clock
from orion_io.driver import Driver
from orion_server.exchange import VARIES
from orion_server.headers import StandardHeaders, request_id_of
from orion_server.problem_details import error_form
from orion_server.request_log import GONE, RequestLog
from orion_server.request_tally import RequestTally
from orion_server.transports.replies import Pending, Reply

DATA = "/api/v1/data/"
DATA_LENGTH: cython.int = len(DATA)


@cython.final
@cython.cclass
class Edge:
    """Answers data requests. One that needs nothing of the world is answered without a coroutine.

    Args:
        driver: Runs them.
        clock: Tells the time and makes ids.
        headers: What stands on every response.
        log: Takes a line for each request; None when they are not logged.
        tally: Counts them; None when nobody wants to know.
    """

    def __init__(
        self,
        driver: Driver,
        clock: Clock,
        headers: StandardHeaders,
        log: RequestLog | None = None,
        tally: RequestTally | None = None,
    ) -> None:
        self._driver = driver
        self._clock = clock
        self._headers = headers
        self._json = headers.json
        self._log = log
        self._tally: Any = tally

    @cython.ccall
    def answer(self, method: str, path: str, query: str, headers: dict[str, Any], body: bytes, client: str) -> Any:
        """Answer one request with a `Reply` or a `Pending`; the arguments are those of `Application.answer`."""
        identity, entropy, received_at = self._clock.identity()
        given = headers.get("x-request-id")
        request_id = identity if given is None else request_id_of(given, identity)
        request = Request(
            identity, request_id, method, path[DATA_LENGTH:], query, headers, body, client, received_at, entropy
        )
        now: cython.double = self._clock.monotonic()
        step = self._driver.begin(request, now)
        if type(step) is Respond:
            answered: Respond = step
            if self._log is not None:
                self._log.data(request, answered, now)
            if self._tally is not None:
                self._tally.data(method, answered.channel, answered.status, self._clock.monotonic() - now)
            return self._written(answered, request_id, headers)
        return Pending(self._finish(step, now, request), cancellable=True)

    async def _finish(self, step: Perform, now: float, request: Request) -> Reply:
        log: Any = self._log
        try:
            last = await self._driver.finish(step, now)
        except asyncio.CancelledError:
            if log is not None:
                log.left(request, now)
            if self._tally is not None:
                self._tally.data(request.method, "", GONE, self._clock.monotonic() - now)
            raise
        if log is not None:
            log.data(request, last, now)
        if self._tally is not None:
            self._tally.data(request.method, last.channel, last.status, self._clock.monotonic() - now)
        answer: Reply = self._written(last, request.request_id, request.headers)
        return answer

    @cython.ccall
    def _written(self, step: Respond, request_id: str, asked: dict[str, Any]) -> Any:
        """The core's answer as a reply; the headers of an answer with content are ready-made but for its own."""
        if not step.body:
            return Reply(step.status, *self._headers.of(request_id, step.headers, ""), b"")
        if step.status >= 400:
            return self._refused(step, request_id, asked.get("accept"))
        own = [(b"x-request-id", request_id.encode("ascii"))]
        if len(step.headers) > 1:  # the first is the content type
            for name, value in step.headers[1:]:
                own.append((name.encode("ascii"), value.encode("latin-1", "replace")))
        return Reply(step.status, self._json, own, step.body)

    def _refused(self, step: Respond, request_id: str, accept: str | None) -> Reply:
        """An error, in the form the caller asks for."""
        body, content_type = error_form(step.body, step.status, accept)
        extra = (*step.headers[1:], VARIES)
        return Reply(step.status, *self._headers.of(request_id, extra, content_type), body)
