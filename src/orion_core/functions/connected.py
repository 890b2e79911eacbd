"""What functions that reach outside systems have in common: a connector, patience, and when they may be repeated.

Such a function asks for one action on its connector, and makes something of the answer. Whether there is a call at
all (breakers), and whether there is another one (retries), is the interpreter's business.
"""

from typing import Annotated, Any

import cython
import msgspec
from msgspec import Meta

from orion_core.connector import Connector, rule_of
from orion_core.connector_definitions import Retry
from orion_core.documents import decode, encode
from orion_core.functions.building import Building, Fits
from orion_core.functions.function import TaskFunction
from orion_core.governance.retry import RetryRule
from orion_core.logic.node import Evaluation
from orion_core.message import Message
from orion_core.paths import Path, PathError

ConnectorName = Annotated[str, Meta(min_length=1, description="Name of the connector.")]
Output = Annotated[str, Meta(min_length=1, description="Dotted path for the result; 'data' replaces all of it.")]
TimeoutMs = Annotated[int, Meta(ge=1, le=86_400_000)]
IDEMPOTENCY_KEY = "idempotency-key"  # by which a system can tell that it was asked before
DEFAULT_PATIENCE: cython.double = 30.0  # seconds, where neither task nor connector says


class ConnectorInput(msgspec.Struct, frozen=True, kw_only=True):
    """What the input of every such function may say."""

    connector: ConnectorName
    timeout_ms: Annotated[TimeoutMs | None, Meta(description="For one attempt.")] = None
    retry: Annotated[Retry | None, Meta(description="Instead of the connector's.")] = None
    retry_unsafe: Annotated[
        bool, Meta(description="Whether to try again what may have been carried out, and is not idempotent.")
    ] = False


@cython.cclass
class ConnectorFunction(TaskFunction):
    """A function compiled for one task.

    Args:
        given: Its input.
        building: Takes the connector's name.
        kind: Which connectors it may use, a word of `orion_core.connector`.
        fits: Says what is wrong with the input on one of them.
    """

    def __init__(self, given: ConnectorInput, building: Building, kind: str, fits: Fits | None = None) -> None:
        building.refer("connector", given.connector, "connector", wants=kind, fits=fits)
        self.kind = kind
        self.connector = given.connector
        self.timeout = 0.0 if given.timeout_ms is None else given.timeout_ms / 1000
        self.retry = None if given.retry is None else rule_of(given.retry)
        self.retry_unsafe = given.retry_unsafe
        self.keyed = False

    @cython.ccall
    def ask(self, connector: Connector, message: Message, evaluation: Evaluation, deadline: cython.double) -> object:
        """What to do on the connector.

        Args:
            connector: Of the right kind.
            message: What the task works on; not changed.
            evaluation: The request's logic budget and wall instant.
            deadline: By when this attempt must be over, monotonic seconds.

        Returns:
            An action, or a `Failure`.
        """
        raise NotImplementedError

    @cython.ccall
    def under_key(self, action: object, key: str) -> object:
        """The action, made recognisable where the system can tell that it was asked before.

        Asked of every job, for it may be worked on twice; and of every request where the function is `keyed`.

        Args:
            action: What `ask` gave.
            key: The same for this task of this job whenever it is worked on, and for nothing else.
        """
        return action

    @cython.ccall
    def judge(self, value: object, evaluation: Evaluation) -> object:
        """Whether an outcome that is `Done` is a failure all the same: a `Failed`, or None."""
        return None

    @cython.ccall
    def conclude(self, value: object, message: Message, evaluation: Evaluation) -> object:
        """Write what became of the action to the message; answers as `start` does."""
        raise NotImplementedError

    @cython.ccall
    def finish(self, message: Message, evaluation: Evaluation, outcomes: tuple[Any, ...]) -> object:
        """Take the one outcome."""
        return self.conclude(outcomes[0].value, message, evaluation)

    @cython.ccall
    def patience(self, connector: Connector) -> cython.double:
        """Seconds that one attempt may take."""
        return self.timeout if self.timeout > 0.0 else DEFAULT_PATIENCE

    @cython.ccall
    def is_idempotent(self, action: object) -> cython.bint:
        """Whether carrying the action out twice is as good as once."""
        return False

    @cython.ccall
    def may_repeat(self, action: object) -> cython.bint:
        """Whether to try again what may have been carried out."""
        return self.retry_unsafe or self.is_idempotent(action)

    @cython.ccall
    def retry_rule(self, connector: Connector) -> RetryRule:
        """When to try again: as the task says, else as the connector does."""
        return self.retry if self.retry is not None else connector.retry

    def outline(self, action: Any) -> dict[str, object]:
        """What a dry run shows of the action: all that is sent but the connector's secrets."""
        raise NotImplementedError

    def scripted(self, value: object) -> object:
        """A dry run's scripted value as the action's outcome would have it."""
        return value


@cython.ccall
def place(message: Message, path: Path, value: object) -> None:
    """Write a result, a value nobody else holds: over all that stands there, as connectors' results are documented.

    Raises:
        PathError: The path cannot be written.
    """
    if path.length > 1:
        path.set(message.context, value)
    elif path.text == "metadata":
        raise PathError("'metadata' holds facts about the request and takes no result")
    else:
        message.context[path.text] = value


@cython.ccall
def keep(message: Message, path: Path, value: object) -> None:
    """Write a result of the outside world, and count it against the message's size.

    Raises:
        PathError: The path cannot be written.
        DocumentError: The message would grow beyond its size limit.
    """
    place(message, path, message.allowance.copy(value))


@cython.ccall
def json_text(value: object) -> bytes:
    """A value as bytes: a text as it is, anything else as JSON."""
    return value.encode() if isinstance(value, str) else encode(value)


@cython.ccall
def read_text(body: bytes, max_depth: cython.int) -> object:
    """What bytes hold: JSON where they are JSON, else text.

    Raises:
        DocumentError: JSON nested too deep.
    """
    try:
        return decode(body, max_depth)
    except (msgspec.MsgspecError, UnicodeError):
        return body.decode(errors="replace")
