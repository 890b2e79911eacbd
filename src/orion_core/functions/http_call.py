"""`http_call`: a request to an HTTP API through a connector. Builds the request and reads the answer; sends nothing."""

from base64 import b64encode
from typing import Annotated, Any, Literal

import cython
import msgspec
from msgspec import Meta
from msgspec.structs import replace

from orion_core.calls import HttpAnswer, HttpCall
from orion_core.connector import HTTP, Connector
from orion_core.documents import DocumentError, decode, encode
from orion_core.failures import CONNECTOR_REFUSED, INVALID_DATA, Failure
from orion_core.functions.building import Building, Function
from orion_core.functions.connected import IDEMPOTENCY_KEY, ConnectorFunction, ConnectorInput, TimeoutMs, place
from orion_core.functions.http_request import (
    Headers,
    Unsendable,
    check_header_name,
    encode_body,
    join_url,
    retry_after,
)
from orion_core.logic.node import Evaluation, Rule
from orion_core.message import Message
from orion_core.paths import Path
from orion_core.problems import at
from orion_core.protocol import Failed

IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})  # RFC 9110 section 9.2.2
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})  # RFC 9110 section 9.2.1
TRY_AGAIN = frozenset({408, 425, 429})
NOT_DONE = frozenset({408, 425, 429})  # the server says itself that it did nothing
EXCERPT = 300  # characters of a refusal that the operator may read
TEXTS = ("text/", "application/xml", "application/x-www-form-urlencoded", "application/javascript", "application/yaml")

CHARSETS = frozenset({
    "utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "iso-8859-15", "windows-1252", "utf-16",
})  # fmt: skip

Status = Annotated[int, Meta(ge=100, le=599)]
StatusClass = Literal["1xx", "2xx", "3xx", "4xx", "5xx"]


class HttpCallInput(ConnectorInput, frozen=True, kw_only=True):
    """Input of `http_call`."""

    method: Annotated[
        Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] | None,
        Meta(description="The connector's when not given."),
    ] = None
    path: Annotated[
        str | None, Meta(description="Below the connector's URL; `{name}` stands for a path parameter.")
    ] = None
    path_logic: Annotated[Any, Meta(description="JSONLogic that gives the path instead.")] = None
    path_params: Annotated[dict[str, Any], Meta(description="JSONLogic for each `{name}` of the path, encoded.")] = (
        msgspec.field(default_factory=dict)
    )
    query: Annotated[dict[str, Any], Meta(description="JSONLogic for each parameter; null leaves it out.")] = (
        msgspec.field(default_factory=dict)
    )
    headers: Annotated[dict[str, Any], Meta(description="JSONLogic for each header; null removes it.")] = msgspec.field(
        default_factory=dict
    )
    body: Annotated[Any, Meta(description="A literal body.")] = None
    body_logic: Annotated[Any, Meta(description="JSONLogic that gives the body instead.")] = None
    response_path: Annotated[str | None, Meta(description="Where the content goes; nowhere when not given.")] = None
    status_path: Annotated[str | None, Meta(description="Where the status goes.")] = None
    headers_path: Annotated[str | None, Meta(description="Where the response's headers go.")] = None
    response_as: Annotated[
        Literal["auto", "json", "text", "base64"],
        Meta(description="How the content is read; `auto` by its media type."),
    ] = "auto"
    accept_statuses: Annotated[list[Status | StatusClass], Meta(min_length=1, description="What is no failure.")] = (
        msgspec.field(default_factory=lambda: ["2xx"])
    )
    timeout_ms: Annotated[TimeoutMs | None, Meta(description="For one attempt.")] = None


@cython.final
@cython.cclass
class HttpCallFunction(ConnectorFunction):
    """A compiled call."""

    def __init__(self, given: HttpCallInput, building: Building) -> None:
        ConnectorFunction.__init__(self, given, building, HTTP)
        if self.timeout == 0.0:
            self.timeout = building.http_timeout
        self.method = given.method
        self.path = given.path or ""
        self.path_rule = None if given.path_logic is None else building.rule(given.path_logic, "path_logic")
        self.path_params = _rules(given.path_params, building, "path_params")
        self.query = _rules(given.query, building, "query")
        for name in given.headers:
            wrong = check_header_name(name)
            if wrong is not None:
                building.problems.error(at(building.pointer, "headers", name), wrong)
        self.headers = tuple((name.lower(), rule) for name, rule in _rules(given.headers, building, "headers"))
        self.body: Any = given.body
        self.body_rule = None if given.body_logic is None else building.rule(given.body_logic, "body_logic")
        self.response_path = _path(given.response_path, building, "response_path")
        self.status_path = _path(given.status_path, building, "status_path")
        self.headers_path = _path(given.headers_path, building, "headers_path")
        self.response_as = given.response_as
        self.accepted = frozenset(given.accept_statuses)

    @cython.ccall
    def ask(self, connector: Connector, message: Message, evaluation: Evaluation, deadline: cython.double) -> object:
        """The request, by the connector's settings and the task's."""
        context: Any = message.context
        config: Any = connector.config
        method: str = self.method or config.method.upper() or "GET"
        try:
            path: object = self.path
            if self.path_rule is not None:
                path = self.path_rule.evaluate(context, evaluation)
            parameters = {name: rule.evaluate(context, evaluation) for name, rule in self.path_params}
            query = [(name, rule.evaluate(context, evaluation)) for name, rule in self.query]
            url = join_url(config.url, path, parameters, query)
            content: object = self.body
            if self.body_rule is not None:
                content = self.body_rule.evaluate(context, evaluation)
            headers = Headers(config, context["metadata"].get("headers"))
            if content is not None:
                headers.put("content-type", "application/json")
            for name, rule in self.headers:
                headers.put(name, rule.evaluate(context, evaluation))
            body = None if content is None else encode_body(content, headers.get("content-type"))
            return HttpCall(connector, deadline, method, url, headers.pairs(), body)
        except Unsendable as refused:
            return Failure(INVALID_DATA, f"http_call: {refused}")

    @cython.ccall
    def under_key(self, action: Any, key: str) -> object:
        """The request with an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07), unless it has one."""
        if action.method in SAFE or IDEMPOTENCY_KEY in [name for name, _ in action.headers]:
            return action
        return replace(action, headers=(*action.headers, (IDEMPOTENCY_KEY, f'"{key}"')))

    @cython.ccall
    def is_idempotent(self, action: Any) -> cython.bint:
        """By its method (RFC 9110 section 9.2.2)."""
        return action.method in IDEMPOTENT

    @cython.ccall
    def judge(self, value: Any, evaluation: Evaluation) -> object:
        """A status that is not accepted is a failure; some are worth another try."""
        status: int = value.status
        if status in self.accepted or f"{status // 100}xx" in self.accepted:
            return None
        again = status >= 500 or status in TRY_AGAIN
        code = "connector_failed" if again else "connector_refused"
        detail = f"status {status}: {value.body[:EXCERPT].decode(errors='replace')}"
        text = f"Connector '{self.connector}' answered {status}"
        asked = retry_after(value.headers.get("retry-after"), evaluation.now) if again else 0.0
        return Failed(code, text, again, detail, status not in NOT_DONE, asked)

    @cython.ccall
    def conclude(self, value: Any, message: Message, evaluation: Evaluation) -> object:
        """Keep what the task asks for: content, status, headers."""
        if self.status_path is not None:
            place(message, self.status_path, value.status)
        if self.headers_path is not None:
            message.allowance.spend(sum([len(name) + len(text) for name, text in value.headers.items()]))
            place(message, self.headers_path, dict(value.headers))
        if self.response_path is not None:
            message.allowance.spend(len(value.body))
            try:
                content = read_content(value, self.response_as, message.payload.max_depth)
            except (msgspec.MsgspecError, UnicodeError, DocumentError) as error:
                return Failure(
                    CONNECTOR_REFUSED,
                    f"Connector '{self.connector}' answered with content that cannot be read",
                    str(error),
                )
            place(message, self.response_path, content)
        return None

    def outline(self, action: Any) -> dict[str, object]:
        """The request, without what authenticates it."""
        headers: Any = action.connector.config.headers
        hidden = {"authorization", *(name.lower() for name in headers)}
        auth = action.connector.config.auth
        if isinstance(auth, dict) and auth.get("type") == "apikey":
            hidden.add(str(auth.get("header")).lower())
        shown = {name: "******" if name in hidden else text for name, text in action.headers}
        body = None if action.body is None else action.body.decode(errors="replace")
        return {"method": action.method, "url": action.url, "headers": shown, "body": body}

    def scripted(self, value: Any) -> object:
        """`{"status", "headers", "body"}`, each of which may be left out; without a script, 200 and no content."""
        given = value if isinstance(value, dict) else {}
        body = given.get("body")
        headers = {str(name).lower(): str(text) for name, text in (given.get("headers") or {}).items()}
        if body is None:
            content = b""
        elif isinstance(body, str):
            content = body.encode()
            headers.setdefault("content-type", "text/plain")
        else:
            content = encode(body)
            headers.setdefault("content-type", "application/json")
        return HttpAnswer(int(given.get("status", 200)), headers, content)


def _rules(given: dict[str, Any], building: Building, member: str) -> tuple[tuple[str, Rule], ...]:
    return tuple((name, building.rule(logic, member, name)) for name, logic in given.items())


def _path(text: str | None, building: Building, member: str) -> Path | None:
    return None if text is None else building.path(text, member)


def read_content(answer: HttpAnswer, wanted: str, max_depth: int) -> object:
    """The content as JSON, text or base64: as the task says, else by its media type.

    Raises:
        msgspec.MsgspecError: It is said to be JSON and is none.
        UnicodeError: It is said to be text and is none.
        DocumentError: It is nested too deep.
    """
    if wanted == "base64":
        return b64encode(answer.body).decode()
    media_type, _, parameters = answer.headers.get("content-type", "").partition(";")
    essence = media_type.strip().lower()
    if not answer.body:
        return None if wanted != "text" else ""
    if wanted == "json" or (wanted == "auto" and (essence == "application/json" or essence.endswith("+json"))):
        return decode(answer.body, max_depth)
    if wanted == "text" or essence.startswith(TEXTS) or essence.endswith("+xml"):
        return answer.body.decode(charset_of(parameters), errors="replace")
    if essence:
        return b64encode(answer.body).decode()
    try:
        return decode(answer.body, max_depth)
    except (msgspec.MsgspecError, UnicodeError):
        return answer.body.decode(errors="replace")


def charset_of(parameters: str) -> str:
    """The charset a media type names, UTF-8 when it names none that is known."""
    for each in parameters.split(";"):
        name, _, value = each.partition("=")
        if name.strip().lower() == "charset":
            wanted = value.strip().strip('"').lower()
            return wanted if wanted in CHARSETS else "utf-8"
    return "utf-8"


def build(given: HttpCallInput, building: Building) -> HttpCallFunction:
    """Compile the call."""
    return HttpCallFunction(given, building)


HTTP_CALL = Function("http_call", "Calls an HTTP API through a connector.", HttpCallInput, build, connector=True)
