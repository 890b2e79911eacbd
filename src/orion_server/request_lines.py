"""From what the request log took to text: an object a line for machines, or words for people. Opens no stream."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import cython
import msgspec

DATA = "/api/v1/data/"
MILLION = cython.declare(cython.longlong, 1_000_000)
TARGET = "orion_server.request_log"
Batch = Iterable[tuple[Any, ...]]  # see `orion_server.request_log.Lines.write`


class Line(msgspec.Struct, omit_defaults=True, gc=False):
    """What is said of a request. Its query is not: it may hold secrets."""

    timestamp: str
    level: str
    target: str
    message: str
    method: str
    path: str
    status: int
    duration_ms: float
    request_id: str
    trace_id: str = ""
    channel: str = ""
    client: str = ""
    reason: str = ""
    workflow_id: str = ""
    task_id: str = ""


class _Error(msgspec.Struct, frozen=True, gc=False):
    reason: str = ""
    workflow_id: str | None = None
    task_id: str | None = None


class _Envelope(msgspec.Struct, frozen=True, gc=False):
    error: _Error = _Error()


_read_error = msgspec.json.Decoder(_Envelope).decode
_write_lines = msgspec.json.Encoder().encode_lines


def json_lines(batch: Batch) -> str:
    """An object a line."""
    return _write_lines(lines_of(batch)).decode()


def pretty_lines(batch: Batch) -> str:
    """A line each, as the rest of the log has them. Written out: through a `Line` it takes twice as long."""
    clock = Clockwork()
    texts: list[str] = []
    for wall, seconds, status, method, path, request_id, trace_id, channel, client, error in batch:
        facts = f" trace_id={trace_id}" if trace_id else ""
        if channel:
            facts += f" channel={_shown(channel)}"
        if client:
            facts += f" client={_shown(client)}"
        if error is not None:
            why = _read(error)
            told = {"reason": why.reason, "workflow_id": why.workflow_id, "task_id": why.task_id}
            facts += "".join(f" {name}={_shown(value)}" for name, value in told.items() if value)
        texts.append(
            f"{clock.stamp(wall)} [{'warn     ' if status >= 500 else 'info     '}] request method={_shown(method)} "
            f"path={_shown(DATA + path if trace_id else path)} status={status} "
            f"duration_ms={int(seconds * MILLION) / 1000} "
            f"request_id={request_id if request_id == trace_id else _shown(request_id)}{facts} target={TARGET}\n"
        )
    return "".join(texts)


FORMS: Mapping[Literal["json", "pretty"], Callable[[Batch], str]] = {"json": json_lines, "pretty": pretty_lines}


@cython.final
@cython.cclass
class Clockwork:
    """Instants as texts; the part that many share is made once a second."""

    def __init__(self) -> None:
        self.second = -1
        self.prefix = ""

    @cython.ccall
    def stamp(self, wall: cython.double) -> str:
        """An instant, Unix seconds, as RFC 3339 has it, to the microsecond."""
        instant: cython.longlong = cython.cast(cython.longlong, wall * MILLION)
        whole: cython.longlong = instant // MILLION
        if whole != self.second:
            self.second = whole
            self.prefix = datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{self.prefix}.{instant - whole * MILLION:06d}Z"


def lines_of(batch: Batch) -> list[Line]:
    """What is said of each request."""
    clock = Clockwork()
    return [_line(clock, taken) for taken in batch]


@cython.cfunc
def _line(clock: Clockwork, taken: tuple[Any, ...]) -> Any:
    wall, seconds, status, method, path, request_id, trace_id, channel, client, error = taken
    line = Line(
        clock.stamp(wall), "warn" if status >= 500 else "info", TARGET, "request", method,
        DATA + path if trace_id else path, status, int(seconds * MILLION) / 1000, request_id, trace_id, channel, client,
    )  # fmt: skip
    if error is not None:
        why = _read(error)
        line.reason, line.workflow_id, line.task_id = why.reason, why.workflow_id or "", why.task_id or ""
    return line


def _read(body: bytes) -> _Error:
    """Why a request was refused, in the words of its answer."""
    try:
        return _read_error(body).error
    except msgspec.MsgspecError:
        return _Error()


@cython.cfunc
def _shown(text: str) -> str:
    """A text that cannot start a line of its own, nor colour the terminal."""
    return text if text.isprintable() and " " not in text else repr(text)
