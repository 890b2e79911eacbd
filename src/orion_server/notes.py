"""Writes what the core notes on its way to the log, with the request it happened to. Decides nothing."""

import logging
from collections.abc import Mapping

from orion_core.protocol import (
    BreakerNote,
    BugNote,
    CallNote,
    LapseNote,
    LogNote,
    RefusalNote,
    Request,
    UnmatchedNote,
)
from orion_io.driver import Note

TRACE = 5
LEVELS: Mapping[str, int] = {
    "trace": TRACE, "debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR,
}  # fmt: skip

workflow_log = logging.getLogger("orion.workflow")  # what workflows say themselves
core_log = logging.getLogger("orion_core")


class NoteLog:
    """Takes the core's notes, and counts the requests that no workflow took."""

    def __init__(self) -> None:
        self.unmatched = 0

    def take(self, note: Note, request: Request) -> None:
        """Log one note of a request."""
        if type(note) is LogNote:
            self._say(note, request)
        elif type(note) is UnmatchedNote:
            self.unmatched += 1
            _log(logging.DEBUG, "no workflow took the request", request, channel=note.channel)
        elif type(note) is RefusalNote:
            _log(logging.DEBUG, "request refused", request, channel=note.channel, reason=note.reason)
        elif type(note) is BreakerNote:
            _log(logging.WARNING, f"circuit breaker is {note.state}", request, breaker=note.key)
        elif type(note) is LapseNote:
            text = "a shared store did not do what it was asked"
            facts = {"connector": note.store, "action": note.what, "code": note.code, "detail": note.detail}
            _log(logging.WARNING, text, request, **facts)
        elif type(note) is CallNote:
            self._say_call(note, request)
        elif type(note) is BugNote:
            fields = {"fields": identity(request)}
            core_log.error("the core failed", exc_info=note.error, extra=fields)  # type: ignore[arg-type] # always an exception

    def _say_call(self, note: CallNote, request: Request) -> None:
        facts: dict[str, object] = {
            "channel": note.channel, "task_id": note.task_id, "connector": note.connector, "code": note.code,
            "detail": note.detail, "retries": note.tried,
        }  # fmt: skip
        if note.wait < 0.0:
            _log(logging.WARNING, "a call on a connector failed", request, **facts)
        else:
            facts["again_in_secs"] = round(note.wait, 3)
            _log(logging.INFO, "a call on a connector failed and is tried again", request, **facts)

    def _say(self, note: LogNote, request: Request) -> None:
        level = LEVELS[note.level]
        if workflow_log.isEnabledFor(level):
            where = {"channel": note.channel, "workflow_id": note.workflow_id, "task_id": note.task_id}
            facts = {**where, **identity(request)}
            # What a workflow says of itself cannot pass for what the server says.
            own = {name if name not in facts else f"fields.{name}": value for name, value in note.fields.items()}  # type: ignore[attr-defined] # a log task's fields are texts
            workflow_log.log(level, "%s", note.message, extra={"fields": {**facts, **own}})


def identity(request: Request) -> dict[str, object]:
    """What lines about one request have in common: the id its caller knows, and that of its trace."""
    return {"request_id": request.request_id, "trace_id": request.id}


def _log(level: int, message: str, request: Request, **facts: object) -> None:
    if core_log.isEnabledFor(level):
        core_log.log(level, "%s", message, extra={"fields": {**facts, **identity(request)}})
