"""`validation` (also `validate`): rules the message must satisfy; those it breaks are listed in `errors`."""

from typing import Annotated, Any, Literal

import cython
import msgspec
from msgspec import Meta

from orion_core.failures import VALIDATION_FAILED, Failure
from orion_core.functions.building import Building, Function
from orion_core.functions.function import HALTED, TaskFunction
from orion_core.logic import LimitExceeded, LogicError
from orion_core.logic.node import Evaluation, Rule
from orion_core.message import Message
from orion_core.wall import rfc3339


class RuleInput(msgspec.Struct, frozen=True, kw_only=True):
    """One rule."""

    logic: Annotated[Any, Meta(description="JSONLogic; the rule is satisfied when it is truthy.")]
    message: Annotated[str, Meta(description="What `errors` says when it is not.")]


class ValidationInput(msgspec.Struct, frozen=True, kw_only=True):
    """Input of `validation`."""

    rules: list[RuleInput]
    on_failure: Annotated[
        Literal["continue", "halt", "reject"],
        Meta(description="Go on with the errors noted, end this workflow, or answer 400."),
    ] = "continue"


@cython.final
@cython.cclass
class ValidationFunction(TaskFunction):
    """Compiled rules."""

    def __init__(self, rules: tuple[Rule, ...], messages: tuple[str, ...], on_failure: str) -> None:
        self.rules = rules
        self.messages = messages
        self.on_failure = on_failure

    @cython.ccall
    def start(self, message: Message, evaluation: Evaluation, now: cython.double, deadline: cython.double) -> object:
        """Check every rule, so that the sender learns all that is wrong at once."""
        broken: list[Any] = []
        index: cython.Py_ssize_t
        for index in range(len(self.rules)):
            entry = self.check(index, message, evaluation)
            if entry is not None:
                broken.append(entry)
        if not broken:
            return None
        message.errors.extend(broken)
        if self.on_failure == "continue":
            return None
        if self.on_failure == "halt":
            return HALTED
        return Failure(VALIDATION_FAILED, "; ".join([entry["message"] for entry in broken]))

    @cython.cfunc
    def check(self, index: cython.Py_ssize_t, message: Message, evaluation: Evaluation) -> object:
        """The entry for `errors`, or None when the rule is satisfied."""
        rule: Rule = self.rules[index]
        try:
            if rule.truth(message.context, evaluation):
                return None
            code, text = "VALIDATION_ERROR", self.messages[index]
        except LimitExceeded:
            raise
        except LogicError as error:
            code, text = "EVALUATION_ERROR", f"Failed to evaluate rule {index}: {error}"
        timestamp = rfc3339(evaluation.now)
        return {"code": code, "message": text, "path": None, "timestamp": timestamp}


def build(given: ValidationInput, building: Building) -> ValidationFunction:
    """Compile the rules."""
    rules = tuple(building.rule(rule.logic, "rules", index, "logic") for index, rule in enumerate(given.rules))
    return ValidationFunction(rules, tuple(rule.message for rule in given.rules), given.on_failure)


VALIDATION = Function("validation", "Checks rules and lists those that are broken.", ValidationInput, build)
VALIDATE = Function("validate", "Another name of `validation`.", ValidationInput, build)
