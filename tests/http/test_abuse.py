"""The direct transport alone with callers who know HTTP too well, or not at all: strict, in order, and never for ever."""

import json
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.http.api import PARSE, Api, task
from tests.http.raw import BODY, END, HOST, LENGTH, TYPE, Said, chunks, head, listen, say
from tests.http.servers import Server, serving

PROGRAM = (str(Path(__file__).parent / "waiting.py"),)
CHUNKED = b"transfer-encoding: chunked\r\n"
LAST = b"connection: close\r\n"
DIRECT = {"ORION_SERVER__TRANSPORT": "direct"}
LATE = 3.0  # seconds beyond which a connection would count as forgotten, on a busy machine


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    quick = {f"ORION_SERVER__{name}_TIMEOUT_SECS": "1" for name in ("HEADER", "IDLE", "BODY")}
    with serving(tmp_path_factory.mktemp("abuse"), PROGRAM, **DIRECT, **quick) as server:
        yield server
        assert server.stop() == 0, server.log()
        assert "unexpected" not in server.log()
        assert "Traceback" not in server.log()


@pytest.fixture(scope="module")
def channel(server: Server) -> str:
    with Api(server.url) as api:
        return api.service(PARSE)


@pytest.fixture(scope="module")
def slow(server: Server) -> str:
    """A channel that needs the world, and so a task."""
    with Api(server.url) as api:
        return api.service(PARSE, task("wait", "wait", {"ms": 30}))


def asking(channel: str, number: int, *lines: bytes) -> bytes:
    """A whole request with a number for its content."""
    body = b'{"data": %d}' % number
    return head(channel, HOST, TYPE, b"content-length: %d\r\n" % len(body), *lines, END, body)


def numbers(said: Said) -> list[int]:
    """The numbers that came back, in their order."""
    return [int(number) for number in re.findall(rb'"in":(\d+)', said.content)]


def connected(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=10)


def line(text: bytes, *lines: bytes) -> bytes:
    """A request by its first line."""
    return text + END + b"".join(lines) + END


# --- what is refused ----------------------------------------------------------------------------------------------

START = b"POST /api/v1/data/x HTTP/1.1"
CODED = line(START, HOST, TYPE, CHUNKED)
REFUSED = {
    "a length beside chunks": (400, line(START, HOST, LENGTH, CHUNKED) + chunks()),
    "chunks beside a length": (400, line(START, HOST, CHUNKED, LENGTH) + chunks()),
    "two equal lengths": (400, line(START, HOST, LENGTH, LENGTH) + BODY),
    "an empty length": (400, line(START, HOST, b"content-length: \r\n")),
    "a length in hexadecimal": (400, line(START, HOST, b"content-length: 0xb\r\n") + BODY),
    "a length beyond counting": (400, line(START, HOST, b"content-length: 99999999999999999999\r\n")),
    "LF behind the first line": (400, START + b"\n" + HOST + END),
    "LF behind a header": (400, START + END + b"host: orion\nx-a: b\r\n" + END),
    "CR behind a header": (400, START + END + b"host: orion\rx-a: b\r\n" + END),
    "a space before the first header": (400, START + b"\r\n host: orion\r\n" + END),
    "a header without a name": (400, line(START, HOST, b": b\r\n")),
    "a header without a colon": (400, line(START, HOST, b"x-a\r\n")),
    "a control character in a value": (400, line(START, HOST, b"x-a: a\x01\r\n")),
    "a parenthesis in a name": (400, line(START, HOST, b"x(a): b\r\n")),
    "a byte beyond ASCII in a name": (400, line(START, HOST, b"x-\xe4: b\r\n")),
    "an empty host": (400, line(START, b"host:\r\n", LENGTH) + BODY),
    "a host with a path": (400, line(START, b"host: a/b\r\n", LENGTH) + BODY),
    "a host with a user": (400, line(START, b"host: a@b\r\n", LENGTH) + BODY),
    "two hosts in one": (400, line(START, b"host: a, b\r\n", LENGTH) + BODY),
    "a target with another host": (400, line(b"GET http://other/healthz HTTP/1.1", HOST)),
    "a target of another scheme": (400, line(b"GET ftp://orion/healthz HTTP/1.1", HOST)),
    "a target that is no path": (400, line(b"GET healthz HTTP/1.1", HOST)),
    "a target with a fragment": (400, line(b"GET /healthz#a HTTP/1.1", HOST)),
    "a target beyond ASCII": (400, line(b"GET /\xc3\xa4 HTTP/1.1", HOST)),
    "an asterisk to read": (400, line(b"GET * HTTP/1.1", HOST)),
    "a tunnel": (400, line(b"CONNECT orion:80 HTTP/1.1", HOST)),
    "no version": (400, b"GET /healthz\r\n\r\n"),
    "version 0.9": (400, line(b"GET /healthz HTTP/0.9", HOST)),
    "version 1.2": (400, line(b"GET /healthz HTTP/1.2", HOST)),
    "version 2.0": (400, line(b"GET /healthz HTTP/2.0", HOST)),
    "another protocol": (400, line(b"GET /healthz HTTPS/1.1", HOST)),
    "HTTP/2 without asking": (400, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "TLS": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    "a method in lower case": (400, line(b"get /healthz HTTP/1.1", HOST)),
    "a method nobody knows": (400, line(b"FETCH /healthz HTTP/1.1", HOST)),
    "an unknown coding": (400, line(START, HOST, b"transfer-encoding: xchunked\r\n")),
    "a coding with parameters": (400, line(START, HOST, b"transfer-encoding: chunked;q=1\r\n") + chunks()),
    "chunks with a sign": (400, CODED + b"-1\r\nx\r\n0\r\n\r\n"),
    "chunks with a prefix": (400, CODED + b"0x1\r\nx\r\n0\r\n\r\n"),
    "chunks with a space": (400, CODED + b"1 \r\nx\r\n0\r\n\r\n"),
    "chunks with an extension that ends in LF": (400, CODED + b"1;a=b\nx\r\n0\r\n\r\n"),
    "chunks that run over": (400, CODED + b"1\r\nxy\r\n0\r\n\r\n"),
    "chunks that end in LF": (400, CODED + b"1\r\nx\n0\r\n\r\n"),
    "chunks beyond counting": (400, CODED + b"ffffffffffffffffff\r\nx"),
    "an extension without end": (400, CODED + b"1;" + b"a" * 40_000),
    "a hundred thousand empty lines": (431, END * 100_000),
    "a hundred and one headers": (431, line(START, HOST, *(b"x-%d: 1\r\n" % number for number in range(100)))),
    "headers behind chunks without end": (431, CODED + b"0\r\n" + b"x-a: b\r\n" * 200 + END),
    "a long target": (414, line(b"GET /" + b"a" * 20_000 + b" HTTP/1.1", HOST)),
    "a body that is too large": (413, line(START, HOST, b"content-length: 99999999\r\n")),
    "chunks that are too large": (413, CODED + b"fffffff\r\n" + b"x" * 1_100_000),
}  # fmt: skip


@pytest.mark.parametrize("description", REFUSED)
def test_refused_and_closed(server: Server, description: str) -> None:
    status, content = REFUSED[description]
    said = say(server.port, content + asking("x", 1))
    assert (said.status, said.answers, said.closed) == (status, 1, True)
    start, _, text = said.content.partition(b"\r\n\r\n")
    assert b"\r\nconnection: close" in start
    assert json.loads(text)["error"]["request_id"].encode() in start


def test_a_refusal_waits_for_its_turn(server: Server, slow: str) -> None:
    said = say(server.port, asking(slow, 1) + asking(slow, 2) + b"nonsense\r\n\r\n" + asking(slow, 3))
    assert numbers(said) == [1, 2]
    assert (said.answers, said.closed) == (3, True)
    assert b'"reason":"malformed_request"' in said.content


# --- what is accepted ---------------------------------------------------------------------------------------------


def test_what_is_unusual_and_right(server: Server, channel: str) -> None:
    path = f"/api/v1/data/{channel}".encode()
    said = say(
        server.port,
        b"\r\n" + line(b"POST http://ORION" + path + b"?a=b HTTP/1.1", HOST, TYPE, LENGTH) + b'{"data": 1}'
        + line(b"POST " + path + b" HTTP/1.1", b"HOST:orion \t\r\n", b"Content-TYPE:application/json\r\n",
               b"x-empty:\r\n", CHUNKED) + b'4;a="b"\r\n{"da\r\n007\r\nta": 2}\r\n0\r\nhost: other\r\nx-late: 1\r\n\r\n'
        + asking(channel, 3, b"upgrade: h2c\r\nconnection: upgrade, http2-settings\r\nhttp2-settings: AAMAAABk\r\n")
        + line(b"GET /healthz HTTP/1.1", HOST, b"upgrade: websocket\r\nconnection: upgrade\r\n")
        + line(b"OPTIONS * HTTP/1.1", HOST, LAST),
    )  # fmt: skip
    assert numbers(said) == [1, 2, 3]
    assert re.findall(rb"HTTP/1.1 (\d+)", said.content) == [b"200"] * 4 + [b"404"]
    assert said.closed


def test_byte_by_byte_it_is_the_same_request(server: Server, channel: str) -> None:
    with connected(server) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for each in asking(channel, 7, LAST):
            connection.sendall(bytes([each]))
        assert numbers(listen(connection)) == [7]


@pytest.mark.parametrize(
    ("version", "lines", "told", "closed"),
    [
        (b"1.1", (), b"", False),
        (b"1.1", (LAST,), b"connection: close", True),
        (b"1.0", (), b"connection: close", True),
        (b"1.0", (b"connection: keep-alive\r\n",), b"connection: keep-alive", False),
    ],
)
def test_how_long_a_connection_is_kept(
    server: Server, version: bytes, lines: tuple[bytes, ...], told: bytes, closed: bool
) -> None:
    said = say(server.port, line(b"GET /healthz HTTP/" + version, HOST, *lines), patience=0.4)
    assert (said.status, said.closed) == (200, closed)
    assert (b"connection:" in said.content) == bool(told)
    assert told in said.content


def test_a_head_is_told_of_the_content(server: Server) -> None:
    got = say(server.port, line(b"GET /healthz HTTP/1.1", HOST, LAST)).content
    told = say(server.port, line(b"HEAD /healthz HTTP/1.1", HOST, LAST)).content
    assert told.endswith(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", got)
    assert length is not None
    assert length[0] in told
    assert len(got.partition(b"\r\n\r\n")[2]) == int(length[1])
    assert re.search(rb"\r\ndate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n", told)


def test_content_is_asked_for_once_its_head_is_accepted(server: Server, channel: str) -> None:
    expecting = head(channel, HOST, TYPE, LENGTH, b"expect: 100-continue\r\n", LAST, END)
    with connected(server) as connection:
        connection.sendall(expecting)
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(BODY)
        assert numbers(listen(connection)) == [1]
    assert b"100 Continue" not in say(server.port, expecting + BODY).content  # it came without being asked for
    refused = head(channel, HOST, TYPE, b"content-length: 9999999\r\n", b"expect: 100-continue\r\n", END)
    assert say(server.port, refused).status == 413


# --- many at once -------------------------------------------------------------------------------------------------


def test_many_requests_in_a_row_are_answered_in_their_order(server: Server, channel: str, slow: str) -> None:
    """Those that need a task among those that need none, far more than are kept waiting."""
    ask = [asking(slow if number % 40 == 0 else channel, number) for number in range(400)]
    said = say(server.port, b"".join(ask) + asking(slow, 400, LAST) + asking(channel, 401), patience=20)
    assert numbers(said) == list(range(401))
    assert said.closed


def test_who_asks_and_does_not_read_is_not_worked_for(server: Server, channel: str) -> None:
    """A megabyte for each of many requests: what is not fetched is not made, and its caller is cut off."""
    text = b"x" * 900_000
    body = b'{"data": "%b"}' % text
    ask = head(channel, HOST, TYPE, b"content-length: %d\r\n" % len(body), END, body)
    with connected(server) as connection, Api(server.url) as api:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        before = resident_kib(server)
        sender = threading.Thread(target=send_for_ever, args=(connection, ask), daemon=True)
        sender.start()
        for number in range(20):
            assert api.answer(channel, number) == {"in": number}
            time.sleep(0.02)
        sender.join(6 + LATE)
        assert not sender.is_alive()  # it was cut off
        assert resident_kib(server) - before < 40_000


def send_for_ever(connection: socket.socket, content: bytes) -> None:
    try:
        while True:
            connection.sendall(content)
    except OSError:
        return


def resident_kib(server: Server) -> int:
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", status)
    assert found is not None
    return int(found[1])


def test_a_caller_who_leaves_ends_the_work(server: Server, slow: str) -> None:
    with Api(server.url) as api:
        long = api.service(PARSE, task("wait", "wait", {"ms": 60_000}))
        with connected(server) as connection:
            connection.sendall(asking(long, 1) + asking(long, 2))
            time.sleep(0.2)
        until = time.monotonic() + 10
        while not (traces := api.get(f"/api/v1/data/traces?channel={long}").json()["data"]):
            assert time.monotonic() < until
            time.sleep(0.05)
    assert [trace["status"] for trace in traces] == ["failed"]  # and the second was never begun


# --- what is waited for -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 0), (b"\r\n", 0), (b"GET /healthz HTTP/1.1\r\nhost: o", 408), (head("x", HOST, TYPE, LENGTH, END), 408)],
    ids=["silent", "an empty line", "half a head", "no content"],
)
def test_what_does_not_come_is_not_waited_for(server: Server, content: bytes, status: int) -> None:
    said = say(server.port, content)
    assert (said.status, said.closed) == (status, True)
    assert 0.9 < said.seconds < 2 + LATE


def test_empty_lines_keep_no_connection_alive(server: Server) -> None:
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port), timeout=0.1) as connection:
        said = b""
        while time.monotonic() - started < 2 + LATE:
            try:
                connection.sendall(END)
                said = connection.recv(1)
                break
            except TimeoutError:
                continue
            except OSError:
                break
        else:
            raise AssertionError("it is still open")
    assert said == b""


# --- the end ------------------------------------------------------------------------------------------------------


def test_connections_are_counted(tmp_path: Path) -> None:
    with serving(tmp_path, **DIRECT, ORION_SERVER__MAX_CONNECTIONS="8") as server:
        kept = [connected(server) for _ in range(8)]
        time.sleep(0.2)
        refused = say(server.port, line(b"GET /healthz HTTP/1.1", HOST))
        assert (refused.status, refused.closed) == (503, True)
        assert b"too_many_connections" in refused.content
        for each in kept:
            each.close()
        time.sleep(0.2)
        assert httpx.get(f"{server.url}/healthz").status_code == 200
        assert server.stop() == 0


def test_a_server_that_stops_answers_what_was_begun_and_says_goodbye(tmp_path: Path) -> None:
    with serving(tmp_path, PROGRAM, **DIRECT) as server, ExitStack() as stack:
        with Api(server.url) as api:
            slow = api.service(PARSE, task("wait", "wait", {"ms": 2000}))
            echo = api.service(PARSE)
        idle, half, waiting, sending = (stack.enter_context(connected(server)) for _ in range(4))
        half.sendall(b"GET /healthz HTTP/1.1\r\n")
        waiting.sendall(asking(slow, 1) + asking(slow, 2))
        sending.sendall(head(echo, HOST, TYPE, LENGTH, END, BODY[:5]))
        time.sleep(0.3)
        assert server.process is not None
        server.process.send_signal(signal.SIGTERM)
        for each in (idle, half):
            said = listen(each)
            assert (said.content, said.closed) == (b"", True)
            assert said.seconds < 1.5  # while others are still waiting
        with pytest.raises(ConnectionRefusedError):
            connected(server)
        sending.sendall(BODY[5:])
        for each in (sending, waiting):
            said = listen(each)
            assert (numbers(said), said.closed) == ([1], True)
            assert b"connection: close" in said.content
        assert server.process.wait(10) == 0
        assert "under way" not in server.log()


def test_what_does_not_end_in_time_is_cut_off(tmp_path: Path) -> None:
    with serving(tmp_path, PROGRAM, **DIRECT, ORION_SERVER__SHUTDOWN_DRAIN_SECS="1") as server:
        with Api(server.url) as api:
            slow = api.service(PARSE, task("wait", "wait", {"ms": 60_000}))
        with connected(server) as connection:
            connection.sendall(asking(slow, 1))
            time.sleep(0.3)
            began = time.monotonic()
            assert server.stop() == 0
            assert 0.8 < time.monotonic() - began < 4 + LATE
            assert listen(connection).content == b""
        assert "requests were still under way" in server.log()
        assert "Traceback" not in server.log()
