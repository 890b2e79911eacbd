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
from orion_server.notes import TRACE

LEVELS: Mapping[str, int] = {
    "trace": TRACE,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
}
NAMES = {number: name for name, number in LEVELS.items()} | {logging.CRITICAL: "error"}
NOISY = ("_granian", "granian", "asyncio", "alembic", "aiosqlite", "sqlalchemy")
REPEATING = ("aiokafka",)  # says thirty times a second that a broker is away; who uses it says so once

RESERVED = frozenset({"event", "message", "timestamp", "level", "target", "exception"})

Event = MutableMapping[str, Any]


def configure(level: str, form: Literal["pretty", "json"], stream: TextIO | None = None) -> None:
    """Send every logger's events to a stream.

    Args:
        level: One of trace, debug, info, warn, error: the least that is written.
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
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(LEVELS[level])
    for name in NOISY:
        logging.getLogger(name).setLevel(max(LEVELS[level], logging.WARNING))
    for name in REPEATING:
        logging.getLogger(name).setLevel(LEVELS[level] if LEVELS[level] <= logging.DEBUG else logging.CRITICAL)


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
