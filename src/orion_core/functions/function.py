"""What every task function is: something compiled once that starts on a message and says what came of it.

Knows messages, logic and the protocol; knows neither executions nor governance. `start` answers with None when the
task is done, or with one of the values below; the interpreter does the rest.
"""

from dataclasses import dataclass
from typing import Any

import cython

from orion_core.logic.node import Evaluation
from orion_core.message import Message


@cython.final
@cython.cclass
@dataclass(frozen=True)
class Flow:
    """A turn the workflow takes after a task; there are just the two instances below."""

    word: str


SKIPPED = Flow("skipped")  # as if the task's condition had been false
HALTED = Flow("halted")  # the rest of this workflow is not run; that is a success


@cython.final
@cython.cclass
@dataclass(frozen=True)
class Enter:
    """Run another channel's workflows on `payload`, and put their data at `response_path` (None: over all data).

    `timeout` is in seconds; 0.0 means the platform's default.
    """

    channel: str
    payload: object
    response_path: object
    timeout: cython.double


@cython.final
@cython.cclass
@dataclass(frozen=True)
class Say:
    """Pass a log line to the operator; the task is done."""

    level: str
    message: str
    fields: object


@cython.cclass
class TaskFunction:
    """A function compiled for one task."""

    @cython.ccall
    def start(self, message: Message, evaluation: Evaluation, now: cython.double, deadline: cython.double) -> object:
        """Run on `message`.

        Args:
            message: The message; written in place.
            evaluation: The request's logic budget and wall instant.
            now: Monotonic instant, seconds.
            deadline: By when whatever is asked for must be answered; `inf` for no limit.

        Returns:
            None when done; `SKIPPED`, `HALTED`, an `Enter`, a `Say`, a `Failure`, or a tuple of actions whose
            outcomes go to `finish`.
        """
        raise NotImplementedError

    @cython.ccall
    def finish(self, message: Message, evaluation: Evaluation, outcomes: tuple[Any, ...]) -> object:
        """Take the outcomes of the actions `start` asked for; answers as `start` does."""
        raise NotImplementedError
