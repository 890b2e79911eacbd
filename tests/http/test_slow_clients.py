"""Callers who take their time lose their connection; the others notice nothing."""

import socket
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.http.api import PARSE, Api
from tests.http.raw import BODY, END, HOST, LENGTH, TYPE, head, listen, say
from tests.http.servers import Server, serving

HEADER_TIMEOUT, BODY_TIMEOUT = 1, 2
LATE = 3.0  # seconds beyond which a connection would count as forgotten, on a busy machine


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {
        "ORION_SERVER__HEADER_TIMEOUT_SECS": str(HEADER_TIMEOUT),
        "ORION_SERVER__IDLE_TIMEOUT_SECS": str(HEADER_TIMEOUT),  # Granian has one setting for both
        "ORION_SERVER__BODY_TIMEOUT_SECS": str(BODY_TIMEOUT),
    }
    with serving(tmp_path_factory.mktemp("slow"), **settings) as server:
        yield server


@pytest.fixture(scope="module")
def channel(server: Server) -> str:
    with Api(server.url) as api:
        return api.service(PARSE)


def trickle(port: int, content: bytes, pause: float) -> tuple[int, float]:
    """Send byte by byte for as long as the server listens. Returns the status and the seconds it took."""
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            for each in content:
                connection.sendall(bytes([each]))
                connection.settimeout(pause)
                try:
                    if connection.recv(1, socket.MSG_PEEK):
                        break
                    return 0, time.monotonic() - started  # closed without a word
                except TimeoutError:
                    continue
            connection.settimeout(10)
            return listen(connection).status, time.monotonic() - started
        except (BrokenPipeError, ConnectionResetError):
            return 0, time.monotonic() - started


@pytest.mark.parametrize("content", [b"", b"POST /api/v1/data/x HTTP/1.1\r\nhost: o"], ids=["silent", "half a head"])
def test_a_head_that_does_not_come(server: Server, content: bytes) -> None:
    said = say(server.port, content)
    assert said.closed
    assert said.seconds < HEADER_TIMEOUT + LATE


def test_a_trickled_head(server: Server, channel: str) -> None:
    _, seconds = trickle(server.port, head(channel, HOST) + b"x" * 1000, 0.05)
    assert seconds < HEADER_TIMEOUT + LATE


def test_a_connection_without_a_further_request(server: Server, channel: str) -> None:
    said = say(server.port, head(channel, HOST, TYPE, LENGTH, END, BODY))
    assert (said.status, said.answers, said.closed) == (200, 1, True)
    assert said.seconds < HEADER_TIMEOUT + LATE


@pytest.mark.parametrize("body", [b"", BODY[:-1]], ids=["none of it", "all but one byte"])
def test_a_body_that_does_not_come(server: Server, channel: str, body: bytes) -> None:
    said = say(server.port, head(channel, HOST, TYPE, LENGTH, END, body))
    assert (said.status, said.closed) == (408, True)
    assert b'"reason":"request_timeout"' in said.content
    assert said.seconds < BODY_TIMEOUT + LATE


@pytest.mark.parametrize("framing", [b"content-length: 100000\r\n", b"transfer-encoding: chunked\r\n"])
def test_a_trickled_body(server: Server, channel: str, framing: bytes) -> None:
    start = head(channel, HOST, TYPE, framing, END)
    content = b"1\r\nx\r\n" * 1000 if b"chunked" in framing else b"x" * 1000
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(start)
        started = time.monotonic()
        answer = b""
        connection.settimeout(0.05)
        for place in range(0, len(content), 6):
            try:
                connection.sendall(content[place : place + 6])
                answer = connection.recv(65536)
                break
            except TimeoutError:
                continue
        assert b" 408 " in answer
        assert time.monotonic() - started < BODY_TIMEOUT + LATE


def test_a_caller_who_stops_speaking_counts_as_gone(server: Server, channel: str) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(head(channel, HOST, TYPE, LENGTH, END, BODY))
        connection.shutdown(socket.SHUT_WR)
        assert listen(connection).closed


def silent(_: str) -> bytes:
    return b""


def half_head(channel: str) -> bytes:
    return head(channel, HOST)


def no_body(channel: str) -> bytes:
    return head(channel, HOST, TYPE, LENGTH, END)


@pytest.mark.parametrize("beginning", [silent, half_head, no_body])
def test_the_others_are_served_meanwhile(server: Server, channel: str, beginning: Callable[[str], bytes]) -> None:
    with ExitStack() as stack, Api(server.url) as api:
        slow = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10)) for _ in range(300)
        ]
        for connection in slow:
            connection.sendall(beginning(channel))
        taken = []
        for number in range(50):
            started = time.monotonic()
            assert api.answer(channel, number) == {"in": number}
            taken.append(time.monotonic() - started)
        assert statistics.median(taken) < 1  # they did not wait for a deadline of the others
        assert all(listen(connection).closed for connection in slow)
        assert api.answer(channel, 1) == {"in": 1}


def test_a_caller_who_does_not_read_holds_up_nobody(server: Server, channel: str) -> None:
    text = "x" * 500_000
    body = b'{"data": "' + text.encode() + b'"}'
    ask = head(channel, HOST, TYPE, b"content-length: %d\r\n" % len(body), END, body)
    with ExitStack() as stack, Api(server.url) as api:
        for _ in range(10):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10))
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(ask)
        for number in range(20):
            assert api.answer(channel, number) == {"in": number}
