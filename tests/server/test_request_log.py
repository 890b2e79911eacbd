"""The request log: what a line says, what it never says, and what happens when nobody reads it."""

import io
import json
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from orion_core.protocol import Request, Respond
from orion_io.clock import Clock
from orion_server.exchange import Call
from orion_server.line_writer import LineWriter
from orion_server.logs import configure
from orion_server.request_lines import json_lines, pretty_lines
from orion_server.request_log import RequestLog
from orion_server.request_logging import request_log

pytestmark = pytest.mark.anyio

WALL = 1_776_342_896.25
LINE = (WALL, 0.0012345, 200, "POST", "orders/7", "req-1", "trace-1", "orders", "192.0.2.1", None)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def changed(**members: Any) -> tuple[Any, ...]:
    names = ("wall", "seconds", "status", "method", "path", "request_id", "trace_id", "channel", "client", "error")
    return tuple(members.get(name, value) for name, value in zip(names, LINE, strict=True))


def test_a_line_for_machines() -> None:
    assert json.loads(json_lines([LINE])) == {
        "timestamp": "2026-04-16T12:34:56.250000Z", "level": "info", "target": "orion_server.request_log",
        "message": "request", "method": "POST", "path": "/api/v1/data/orders/7", "status": 200, "duration_ms": 1.234,
        "request_id": "req-1", "trace_id": "trace-1", "channel": "orders", "client": "192.0.2.1",
    }  # fmt: skip


def test_a_line_for_people() -> None:
    assert pretty_lines([changed(trace_id="", path="/api/v1/admin/x", channel="", seconds=2.0, status=503)]) == (
        "2026-04-16T12:34:56.250000Z [warn     ] request method=POST path=/api/v1/admin/x status=503 duration_ms=2000.0 "
        "request_id=req-1 client=192.0.2.1 target=orion_server.request_log\n"
    )


@pytest.mark.parametrize(
    "members", [{}, {"request_id": "two words"}, {"channel": "a\tb"}, {"client": ""}, {"trace_id": "", "channel": ""}]
)
def test_lines_of_what_is_well_have_the_words_of_all_others(members):
    other = changed(error=b"nothing that tells a reason", **members)
    assert pretty_lines([changed(**members)]) == pretty_lines([other])


def test_a_refusal_says_why() -> None:
    body = b'{"error":{"code":"TIMEOUT","message":"no","reason":"timeout","workflow_id":"w","task_id":"t"}}'
    line = json.loads(json_lines([changed(status=504, error=body)]))
    assert (line["reason"], line["workflow_id"], line["task_id"]) == ("timeout", "w", "t")
    assert "no" not in line.values()


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error": 1}', b'{"error": {"reason": 7}}'])
def test_what_is_no_envelope_explains_nothing(body: bytes) -> None:
    assert "reason" not in json.loads(json_lines([changed(status=400, error=body)]))


@pytest.mark.parametrize("text", ["a\nb", "a\x1b[31mb", "a\x9bb", "a b", "a\u2028b"])
def test_nothing_that_came_starts_a_line_or_colours_the_terminal(text: str) -> None:
    for lines in (pretty_lines([changed(path=text, request_id=text)]), json_lines([changed(path=text)])):
        assert lines.count("\n") == 1
        assert "\x1b" not in lines
        assert len(lines.splitlines()) == 1 or lines.startswith("{")


def test_every_line_has_its_own_instant() -> None:
    batch = [changed(wall=WALL + offset) for offset in (0.0, 0.5, 0.75, 60.0)]
    stamps = [json.loads(line)["timestamp"] for line in json_lines(batch).splitlines()]
    assert [stamp[14:] for stamp in stamps] == ["34:56.250000Z", "34:56.750000Z", "34:57.000000Z", "35:56.250000Z"]


# --- gathering ----------------------------------------------------------------------------------------------------


class Kept:
    """Keeps batches, and says that `waiting` lines are not written."""

    def __init__(self) -> None:
        self.lines: list[tuple[Any, ...]] = []
        self.dropped = 0
        self.waiting = 0

    def write(self, batch: list[tuple[Any, ...]], dropped: int, /) -> int:
        self.lines += batch
        self.dropped += dropped
        return self.waiting


def request(path: str = "orders") -> Request:
    return Request("trace-1", "req-1", "POST", path, "secret=1", {}, b"", "192.0.2.1", WALL, 0)


def answer(status: int = 200, body: bytes = b"{}") -> Respond:
    return Respond(status, (), body, (), (), "orders")


async def test_a_data_request_is_taken_with_its_channel_and_without_its_query() -> None:
    kept, clock = Kept(), Clock()
    log = RequestLog(kept, clock, 0, 10, 60.0)
    log.data(request(), answer(), clock.monotonic() - 0.5)
    log.left(request("p" * 9999), clock.monotonic())
    log.control(Call("GET", "/x", "token=secret", {}, b"", "req-2", "ann", "192.0.2.9"), 404, b"{}", clock.monotonic())
    log.flush()
    first, second, third = kept.lines
    assert first[2:] == (200, "POST", "orders", "req-1", "trace-1", "orders", "192.0.2.1", None)
    assert 0.5 <= first[1] < 0.6
    assert first[0] == pytest.approx(WALL + first[1])
    assert (second[2], len(second[4])) == (499, 512)
    assert third[2:] == (404, "GET", "/x", "req-2", "", "", "192.0.2.9", b"{}")
    assert "secret" not in repr(kept.lines)


@pytest.mark.parametrize(("least", "taken"), [(0, [200, 404, 499, 500]), (500, [500])])
async def test_less_than_the_least_status_is_not_taken(least: int, taken: list[int]) -> None:
    kept, clock = Kept(), Clock()
    log = RequestLog(kept, clock, least, 10, 60.0)
    for status in (200, 404):
        log.data(request(), answer(status), 0.0)
    log.left(request(), 0.0)
    log.data(request(), answer(500), 0.0)
    log.flush()
    assert [line[2] for line in kept.lines] == taken


async def test_a_large_error_is_not_held() -> None:
    kept, clock = Kept(), Clock()
    log = RequestLog(kept, clock, 0, 10, 60.0)
    log.data(request(), answer(400, b"x" * 5000), 0.0)
    log.flush()
    assert kept.lines[0][-1] is None


async def test_what_does_not_fit_is_dropped_and_counted_until_there_is_room() -> None:
    kept, clock = Kept(), Clock()
    log = RequestLog(kept, clock, 0, 10, 60.0)
    for _ in range(25):
        log.data(request(), answer(), 0.0)
    kept.waiting = 10  # the writer is stuck
    log.flush()
    assert (len(kept.lines), kept.dropped) == (10, 15)
    log.data(request(), answer(), 0.0)
    kept.waiting = 0  # it goes on
    log.flush()
    assert (len(kept.lines), kept.dropped) == (10, 16)
    log.data(request(), answer(), 0.0)
    log.flush()
    assert len(kept.lines) == 11


# --- writing ------------------------------------------------------------------------------------------------------


def until(condition: Any) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def test_a_stream_that_nobody_reads_holds_nobody_up() -> None:
    gate, written = threading.Event(), []

    def emit(text: str) -> None:
        gate.wait(5)
        written.append(text)

    writer = LineWriter(json_lines, emit)
    writer.start()
    assert writer.write([LINE] * 3, 0) == 3
    assert writer.write([LINE] * 2, 0) == 5
    gate.set()
    until(lambda: writer.write([], 0) == 0)
    assert sum(text.count("\n") for text in written) == 5
    writer.close(5)


def test_what_was_lost_is_told(caplog: pytest.LogCaptureFixture) -> None:
    broken = iter([OSError("no space left on device"), None, None])

    def emit(text: str) -> None:
        error = next(broken)
        if error is not None:
            raise error

    writer = LineWriter(json_lines, emit)
    writer.start()
    for batch, dropped in (([LINE] * 3, 0), ([LINE], 4)):
        writer.write(batch, dropped)
        until(lambda: writer.write([], 0) == 0)
    writer.close(5)
    assert sum(record.fields["lines"] for record in caplog.records) == 7  # type: ignore[attr-defined] # ours has it


# --- as configured ------------------------------------------------------------------------------------------------

LEVELS = [("info", [200, 503]), ("warn", [503]), ("error", []), ("warn,orion_server.request_log=info", [200, 503]), ("info,orion_server.request_log=off", [])]  # fmt: skip


@pytest.mark.parametrize(("level", "statuses"), LEVELS, ids=[row[0] for row in LEVELS])
async def test_the_levels_of_the_log_are_those_of_its_requests(level: str, statuses: list[int]) -> None:
    stream, clock = io.StringIO(), Clock()
    configure(level, "json", stream)
    async with request_log(clock) as log:
        assert (log is None) == (not statuses)
        for status in (200, 503) if log is not None else ():
            log.data(request(), answer(status), clock.monotonic())
    assert [json.loads(line)["status"] for line in stream.getvalue().splitlines()] == statuses


async def test_who_has_a_log_of_their_own_gets_no_lines() -> None:
    logging.getLogger().handlers[:] = [logging.NullHandler()]
    async with request_log(Clock()) as log:
        assert log is None
