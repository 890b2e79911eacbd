"""Writes what the core notes on its way to the log. Knows no request."""

import logging
from collections.abc import Mapping

from orion_core.protocol import BreakerNote, BugNote, CallNote, LapseNote, LogNote, RefusalNote, UnmatchedNote
from orion_io.driver import Note

TRACE = 5
LEVELS: Mapping[str, int] = {
    "trace": TRACE, "debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR,
}  # fmt: skip

workflow_log = logging.getLogger("orion.workflow")
core_log = logging.getLogger("orion.core")


class NoteLog:
    """Takes the core's notes, and counts the requests that no workflow took."""

    def __init__(self) -> None:
        self.unmatched = 0

    def take(self, note: Note) -> None:
        """Log one note."""
        if type(note) is LogNote:
            self._say(note)
        elif type(note) is UnmatchedNote:
            self.unmatched += 1
            core_log.debug("no workflow took the request", extra={"fields": {"channel": note.channel}})
        elif type(note) is RefusalNote:
            core_log.debug("request refused", extra={"fields": {"channel": note.channel, "reason": note.reason}})
        elif type(note) is BreakerNote:
            core_log.warning("circuit breaker is %s", note.state, extra={"fields": {"breaker": note.key}})
        elif type(note) is LapseNote:
            fields = {"connector": note.store, "action": note.what, "code": note.code, "detail": note.detail}
            core_log.warning("a shared store did not do what it was asked", extra={"fields": fields})
        elif type(note) is CallNote:
            self._say_call(note)
        elif type(note) is BugNote:
            core_log.error("the core failed", exc_info=note.error)  # type: ignore[arg-type] # always an exception

    def _say_call(self, note: CallNote) -> None:
        fields: dict[str, object] = {
            "connector": note.connector, "channel": note.channel, "task_id": note.task_id, "code": note.code,
            "detail": note.detail, "retries": note.tried,
        }  # fmt: skip
        if note.wait < 0.0:
            core_log.warning("a call on a connector failed", extra={"fields": fields})
        else:
            fields["again_in_secs"] = round(note.wait, 3)
            core_log.info("a call on a connector failed and is tried again", extra={"fields": fields})

    def _say(self, note: LogNote) -> None:
        level = LEVELS[note.level]
        if workflow_log.isEnabledFor(level):
            where = {"channel": note.channel, "workflow_id": note.workflow_id, "task_id": note.task_id}
            workflow_log.log(level, "%s", note.message, extra={"fields": {**where, **note.fields}})  # type: ignore[dict-item] # a log task's fields are texts
