"""The application: HTTP requests in, the core or the control plane asked, replies out. Knows no storage."""

import logging
from collections.abc import Awaitable, Callable

from orion_io.clock import Clock
from orion_server.edge import DATA, Edge
from orion_server.exchange import Answer, Call, Refusal, refusal_answer
from orion_server.headers import request_id_of, response_headers
from orion_server.transports.transport import Pending, Reply

Answerer = Callable[[Call], Awaitable[Answer]]

TRACES = "/api/v1/data/traces"

logger = logging.getLogger("orion.http")


class App:
    """Answers every request of the server.

    Args:
        edge: Answers data requests.
        control: Answers everything else.
        clock: Makes ids.
        max_body: Bytes of content that are accepted.
    """

    def __init__(self, edge: Edge, control: Answerer, clock: Clock, max_body: int) -> None:
        self._data = edge.answer
        self._control = control
        self._clock = clock
        self.max_body = max_body

    def answer(
        self, method: str, path: str, query: str, headers: dict[str, str], body: bytes, client: str
    ) -> Reply | Pending:
        """Answer one request, or say what has to be waited for (`Application.answer`)."""
        if path.startswith(DATA) and not is_trace_read(path):
            answer: Reply | Pending = self._data(method, path, query, headers, body, client)
            return answer
        call = Call(method, path, query, headers, body, self._request_id(headers), "anonymous", client)
        return Pending(self._called(call), cancellable=False)

    def too_large(self, headers: dict[str, str]) -> Reply:
        """Refuse a request for the size of its content (`Application.too_large`)."""
        request_id = self._request_id(headers)
        text = f"The request body is larger than {self.max_body} bytes"
        refusal = Refusal(413, "PAYLOAD_TOO_LARGE", text, reason="payload_too_large")
        return written(refusal_answer(refusal, request_id), request_id, "POST")

    def _request_id(self, headers: dict[str, str]) -> str:
        return request_id_of(headers.get("x-request-id"), self._clock.uuid())

    async def _called(self, call: Call) -> Reply:
        """The control plane's answer; what goes wrong unexpectedly is logged, and tells the caller nothing."""
        try:
            answer = await self._control(call)
        except Refusal as refusal:
            answer = refusal_answer(refusal, call.request_id)
        except Exception:
            logger.exception("unexpected failure", extra={"fields": {"request_id": call.request_id, "path": call.path}})
            internal = Refusal(500, "INTERNAL_ERROR", "An internal error occurred", "internal")
            answer = refusal_answer(internal, call.request_id)
        return written(answer, call.request_id, call.method)


def is_trace_read(path: str) -> bool:
    """Whether a path under the data API names stored traces rather than a channel."""
    return path.startswith(TRACES) and (len(path) == len(TRACES) or path[len(TRACES)] == "/")


def written(answer: Answer, request_id: str, method: str) -> Reply:
    """An answer of the control plane as a reply."""
    headers = response_headers(request_id, answer.headers, answer.content_type if answer.body else "")
    return Reply(answer.status, headers, b"" if method == "HEAD" else answer.body)
