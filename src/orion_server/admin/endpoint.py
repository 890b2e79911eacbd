"""What an endpoint is: its description, its handler, and what the handler is asked. Knows no particular endpoint."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from orion_server.admin.services import Services
from orion_server.exchange import Answer, Call


@dataclass(frozen=True)
class Parameter:
    """A member of the query string.

    Args:
        name: Its name.
        kind: "text", "integer", "boolean", "instant", or "words" (some of the choices, between commas).
        description: One sentence.
        choices: The texts it may be; empty for any.
        default: What stands for it when it is not given.
        bounds: Smallest and largest integer; a number outside is moved inside.
    """

    name: str
    kind: str
    description: str
    choices: tuple[str, ...] = ()
    default: object = None
    bounds: tuple[int, int] | None = None


@dataclass(frozen=True)
class Content:
    """What an answer, or the body of a request, holds.

    Args:
        type: The Struct it is made of; None when there is nothing, or nothing declared.
        envelope: "bare", "data", "list", "pages" (a list with cursors), "all" (a list that is whole), "audit", "change"
            (every member optional) or "array".
        example: One that works.
    """

    type: Any = None  # a Struct type, or a type made of some
    envelope: str = "bare"
    example: object = None


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method on one path, as the API documents describe it.

    Args:
        method: Upper-case method.
        path: Pattern with `{parameters}`.
        summary: One sentence.
        tag: The group it is shown in.
        query: The query parameters it reads; any other is refused.
        body: The content it asks for; None when it reads none.
        body_required: Whether a request without content is refused.
        wraps: How many arrays and objects of the body stand around a definition.
        status: Of a success.
        answer: The content of a success.
        refusals: Statuses it may refuse with, beyond those every endpoint has.
        protected: Whether it asks for credentials when authentication is on.
    """

    method: str
    path: str
    summary: str
    tag: str
    query: tuple[Parameter, ...] = ()
    body: Content | None = None
    body_required: bool = True
    wraps: int = 0
    status: int = 200
    answer: Content = Content()
    refusals: tuple[int, ...] = ()
    protected: bool = True


@dataclass(frozen=True)
class Asked:
    """One call of one endpoint, read.

    Args:
        services: What the handler works with.
        call: The call itself.
        endpoint: Which endpoint it reached.
        parameters: Decoded path parameters.
        query: Query parameters, converted, with their defaults.
        document: The decoded body; None when the endpoint reads none.
    """

    services: Services
    call: Call
    endpoint: "Endpoint"
    parameters: Mapping[str, str]
    query: Mapping[str, Any]  # texts, integers, booleans, instants and words, as the endpoint's parameters say
    document: object = None

    @property
    def id(self) -> str:
        """The id in the path."""
        return self.parameters["id"]


Handler = Callable[[Asked], Awaitable[Answer]]


@dataclass(frozen=True, kw_only=True)
class Endpoint(Operation):
    """An operation and who carries it out.

    Args:
        handler: Carries it out.
        action: What the audit log calls it; "" for what changes nothing and is not recorded.
        resource: The type of what it changes.
    """

    handler: Handler
    action: str = ""
    resource: str = ""
