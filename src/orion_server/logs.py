"""The process's log: one pipeline for our events and for the libraries', pretty for people or JSON for machines.

Nothing is configured by importing. Values under secret names are masked whoever logs them.
"""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal, TextIO

import msgspec
import structlog

from orion_core import mask, mask_text
from orion_server.log_levels import LEVELS, read_levels
from orion_server.notes import TRACE

NAMES = {number: name for name, number in LEVELS.items()} | {logging.CRITICAL: "error"}

RESERVED = frozenset({"event", "message", "timestamp", "level", "target", "exception"})

Event = MutableMapping[str, Any]
Form = Literal["pretty", "json"]


class LogHandler(logging.StreamHandler[TextIO]):
    """Writes the log to a stream.

    Args:
        stream: The stream.
        form: For people, or for machines.
    """

    def __init__(self, stream: TextIO, form: Form) -> None:
        super().__init__(stream)
        self.form: Form = form

    def write_lines(self, text: str) -> None:
        """Write whole lines between those of others."""
        self.acquire()
        try:
            self.stream.write(text)
            self.flush()
        finally:
            self.release()


def handler() -> LogHandler | None:
    """The handler that `configure` made; None where somebody else looks after the log."""
    return next((each for each in logging.getLogger().handlers if isinstance(each, LogHandler)), None)


def configure(level: str, form: Form, stream: TextIO | None = None) -> None:
    """Send every logger's events to a stream.

    Args:
        level: The least that is written, and what else of single modules, as `read_levels` takes it.
        form: For people, or an object a line.
        stream: Standard output when not given.
    """
    out = stream or sys.stdout
    logging.addLevelName(TRACE, "TRACE")
    before: list[Any] = [
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
        _level,
        _target,
        _fields,
        _masked,
    ]
    if form == "json":
        after: list[Any] = [structlog.processors.format_exc_info, _exception, _message, _json]
    else:
        plain = structlog.dev.plain_traceback  # others print local variables, and secrets with them
        after = [
            _one_line,
            structlog.dev.ConsoleRenderer(colors=out.isatty(), pad_event_to=0, exception_formatter=plain),
        ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.PositionalArgumentsFormatter()],
        processors=[*before, structlog.stdlib.ProcessorFormatter.remove_processors_meta, *after],
    )
    writing = LogHandler(out, form)
    writing.setFormatter(formatter)
    logging.getLogger().handlers[:] = [writing]
    read_levels(level).apply()


def _level(_logger: object, _method: str, event: Event) -> Event:
    record: logging.LogRecord = event["_record"]
    event["level"] = NAMES.get(record.levelno, record.levelname.lower())
    return event


def _target(_logger: object, _method: str, event: Event) -> Event:
    event["target"] = event["_record"].name
    return event


def _fields(_logger: object, _method: str, event: Event) -> Event:
    """What a caller passed as `extra={"fields": …}` becomes members of the event; its own names are kept."""
    fields: Mapping[str, object] = getattr(event["_record"], "fields", {})
    for name, value in fields.items():
        event[name if name not in event and name not in RESERVED else f"fields.{name}"] = value
    if event["_record"].exc_info:
        event["exc_info"] = event["_record"].exc_info
    return event


def _masked(_logger: object, _method: str, event: Event) -> Event:
    kept = {name: value for name, value in event.items() if name.startswith("_") or name == "exc_info"}
    shown = {name: value for name, value in event.items() if name not in kept}
    return {**mask(shown), **kept}  # type: ignore[dict-item] # an object stays an object


def _exception(_logger: object, _method: str, event: Event) -> Event:
    """Tracebacks may quote addresses with passwords in them."""
    if "exception" in event:
        event["exception"] = mask_text(event["exception"])
    return event


def _one_line(_logger: object, _method: str, event: Event) -> Event:
    """What a message holds cannot start a line of its own, nor colour the terminal."""
    event["event"] = "".join(
        character if character.isprintable() else repr(character)[1:-1] for character in str(event["event"])
    )
    return event


def _json(_logger: object, _method: str, event: Event) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()


def _message(_logger: object, _method: str, event: Event) -> Event:
    """`message` stands where machines look for it, right after the level."""
    message = event.pop("event")
    first = {name: event.pop(name) for name in ("timestamp", "level", "target")}
    return {**first, "message": message, **event}
