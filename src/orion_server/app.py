"""The ASGI application: HTTP in, the core or the admin API asked, HTTP out. Knows no storage and no definitions.

A data request that needs nothing of the world is answered without a task, a timer or a scope. Everything else goes
through `Call` and `Answer`.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import anyio

from orion_core.protocol import Perform, Request, Respond
from orion_io.clock import Clock
from orion_io.driver import Driver
from orion_server.body import Disconnected, Receive, TooLarge, read_body
from orion_server.exchange import Answer, Call, Refusal, refusal_answer
from orion_server.headers import JSON, request_id_of, response_headers

Send = Callable[[dict[str, Any]], Awaitable[None]]
Answerer = Callable[[Call], Awaitable[Answer]]

DATA = "/api/v1/data/"
DATA_LENGTH = len(DATA)
TRACES = "/api/v1/data/traces"
BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})

logger = logging.getLogger("orion.http")


class App:
    """Answers every request of the server.

    Args:
        driver: Runs data requests.
        control: Answers everything that is no data request.
        clock: Tells the time and makes ids.
        max_body: Bytes of content that are accepted.
    """

    def __init__(self, driver: Driver, control: Answerer, clock: Clock, max_body: int) -> None:
        self._driver = driver
        self._control = control
        self._clock = clock
        self._max_body = max_body
        self._begin = driver.begin
        self._identity = clock.identity
        self._monotonic = clock.monotonic
        self.in_flight = 0

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3.0).

        Data requests are answered right here: on this path each further coroutine would cost as much as a task of
        the workflow.
        """
        self.in_flight += 1
        try:
            path: str = scope["raw_path"].decode("latin-1")
            if not path.startswith(DATA) or is_trace_read(path):
                await self._call(scope, path, receive, send)
                return
            method: str = scope["method"]
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            identity, entropy, received_at = self._identity()
            given = headers.get("x-request-id")
            request_id = identity if given is None else request_id_of(given, identity)
            body = b""
            if has_content(method, headers):
                try:
                    body = await read_body(receive, headers, self._max_body)
                except TooLarge:
                    await self._too_large(request_id, send)
                    return
                except Disconnected:
                    return
            client, query = scope["client"], scope["query_string"]
            request = Request(
                identity, request_id, method, path[DATA_LENGTH:], query.decode("latin-1") if query else "", headers,
                body, client[0] if client else "", received_at, entropy,
            )  # fmt: skip
            now = self._monotonic()
            step = self._begin(request, now)
            if type(step) is Perform:
                finished = await self._finish(step, now, receive)
                if finished is None:
                    return
                step = finished
            start, content = written(step, request_id, method)  # type: ignore[arg-type] # a Perform was finished above
            await send(start)
            await send(content)
        finally:
            self.in_flight -= 1

    async def _finish(self, step: Perform, now: float, receive: Receive) -> Respond | None:
        """Carry on to the answer; None when the client left first."""
        answer: Respond | None = None
        async with anyio.create_task_group() as group:

            async def watch() -> None:
                while (await receive())["type"] != "http.disconnect":
                    continue
                group.cancel_scope.cancel()

            group.start_soon(watch)
            answer = await self._driver.finish(step, now)
            group.cancel_scope.cancel()
        return answer

    async def _too_large(self, request_id: str, send: Send) -> None:
        text = f"The request body is larger than {self._max_body} bytes"
        refusal = Refusal(413, "PAYLOAD_TOO_LARGE", text, reason="payload_too_large")
        await send_answer(refusal_answer(refusal, request_id), request_id, "POST", send)

    async def _call(self, scope: dict[str, Any], path: str, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        request_id = request_id_of(headers.get("x-request-id"), self._clock.uuid())
        method: str = scope["method"]
        try:
            body = await read_body(receive, headers, self._max_body) if has_content(method, headers) else b""
        except TooLarge:
            await self._too_large(request_id, send)
            return
        except Disconnected:
            return
        client = scope["client"]
        query = scope["query_string"].decode("latin-1")
        call = Call(method, path, query, headers, body, request_id, "anonymous", client[0] if client else "")
        await send_answer(await self._guarded(call), request_id, method, send)

    async def _guarded(self, call: Call) -> Answer:
        """The control plane's answer; what goes wrong unexpectedly is logged, and tells the caller nothing."""
        try:
            return await self._control(call)
        except Refusal as refusal:
            return refusal_answer(refusal, call.request_id)
        except Exception:
            logger.exception("unexpected failure", extra={"fields": {"request_id": call.request_id, "path": call.path}})
            internal = Refusal(500, "INTERNAL_ERROR", "An internal error occurred", "internal")
            return refusal_answer(internal, call.request_id)


def is_trace_read(path: str) -> bool:
    """Whether a path under the data API names stored traces rather than a channel."""
    return path.startswith(TRACES) and (len(path) == len(TRACES) or path[len(TRACES)] == "/")


def has_content(method: str, headers: dict[str, str]) -> bool:
    """Whether a request brings content (RFC 9112 section 6)."""
    return method not in BODILESS or "content-length" in headers or "transfer-encoding" in headers


def written(step: Respond, request_id: str, method: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The core's answer as ASGI messages; the headers of the common case are ready-made."""
    if len(step.headers) == 1 and step.body:
        headers = [*JSON, (b"x-request-id", request_id.encode("ascii"))]
    else:
        extra = [header for header in step.headers if header[0] != "content-type"]
        headers = response_headers(request_id, extra, "application/json" if step.body else "")
    body = b"" if method == "HEAD" else step.body
    return (
        {"type": "http.response.start", "status": step.status, "headers": headers},
        {"type": "http.response.body", "body": body},
    )


async def send_answer(answer: Answer, request_id: str, method: str, send: Send) -> None:
    """Write an answer of the control plane."""
    content_type = answer.content_type if answer.body else ""
    headers = response_headers(request_id, answer.headers, content_type)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else answer.body})
