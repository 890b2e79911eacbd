"""`log`: a line for the operator. Never fails, never changes the message."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import cython
import msgspec
from msgspec import Meta

from orion_core.documents import DocumentError, encode
from orion_core.functions.building import Building, Function
from orion_core.functions.function import Say, TaskFunction
from orion_core.logic import LimitExceeded, LogicError
from orion_core.logic.node import Evaluation, Rule
from orion_core.message import Message

UNEVALUATED = "<not evaluated>"
MAX_TEXT = 8192  # characters of a line; a log is no place for a document


class LogInput(msgspec.Struct, frozen=True, kw_only=True):
    """Input of `log`."""

    message: Annotated[Any, Meta(description="JSONLogic; texts are logged as they are, other values as JSON.")]
    level: Literal["trace", "debug", "info", "warn", "error"] = "info"
    fields: Annotated[dict[str, Any], Meta(description="JSONLogic for each field.")] = msgspec.field(
        default_factory=dict
    )


@cython.final
@cython.cclass
class LogFunction(TaskFunction):
    """A compiled log line."""

    def __init__(self, level: str, message: Rule, fields: Mapping[str, Rule]) -> None:
        self.level = level
        self.message = message
        self.fields = dict(fields)

    @cython.ccall
    def start(self, message: Message, evaluation: Evaluation, now: cython.double, deadline: cython.double) -> object:
        """Evaluate the line; a part that fails is a fixed marker."""
        text = _text(self.message, message, evaluation)
        return Say(self.level, text, {name: _text(rule, message, evaluation) for name, rule in self.fields.items()})


@cython.cfunc
def _text(rule: Rule, message: Message, evaluation: Evaluation) -> str:
    try:
        value = rule.evaluate(message.context, evaluation)
        text: str = value if type(value) is str else encode(value).decode()
    except LimitExceeded:
        raise
    except (LogicError, DocumentError):
        return UNEVALUATED
    return text[:MAX_TEXT]


def build(given: LogInput, building: Building) -> LogFunction:
    """Compile the line and its fields."""
    fields = {name: building.rule(logic, "fields", name) for name, logic in given.fields.items()}
    return LogFunction(given.level, building.rule(given.message, "message"), fields)


LOG = Function("log", "Writes a structured line to the log.", LogInput, build)
