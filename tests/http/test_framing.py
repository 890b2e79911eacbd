"""Requests that two servers could read in two ways are refused, and run nothing (RFC 9112 section 11.2)."""

import json
from collections.abc import Iterator

import pytest

from tests.http.api import PARSE, Api
from tests.http.raw import BODY, END, HOST, LENGTH, TYPE, chunks, head, say
from tests.http.servers import Server, serving

CHUNKED = b"transfer-encoding: chunked\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    quick = {"ORION_SERVER__HEADER_TIMEOUT_SECS": "1", "ORION_SERVER__BODY_TIMEOUT_SECS": "1"}
    with serving(tmp_path_factory.mktemp("framing"), **quick) as server:
        yield server


@pytest.fixture(scope="module")
def channel(server: Server) -> str:
    with Api(server.url) as api:
        return api.service(PARSE)


REFUSED = {
    "two lengths that differ": (HOST, LENGTH, b"content-length: 5\r\n", END, BODY),
    "a list of lengths": (HOST, b"content-length: 11, 11\r\n", END, BODY),
    "a signed length": (HOST, b"content-length: +11\r\n", END, BODY),
    "a folded header": (HOST, LENGTH, b"x-a: b\r\n c\r\n", END, BODY),
    "no host": (LENGTH, END, BODY),
    "two hosts": (HOST, b"host: other\r\n", LENGTH, END, BODY),
    "two media types": (HOST, b"content-type: text/plain\r\n", LENGTH, END, BODY),
    "a space before the colon": (HOST, LENGTH, b"x-a : b\r\n", END, BODY),
    "NUL in a value": (HOST, LENGTH, b"x-a: b\0c\r\n", END, BODY),
    "a chunk without a size": (HOST, CHUNKED, END, b"zz\r\n", BODY, b"\r\n0\r\n\r\n"),
    "a chunk without an end": (HOST, CHUNKED, END, b"b\r\n", BODY, b"0\r\n\r\n"),
    "a chunk too large to count": (HOST, CHUNKED, END, b"f" * 18 + b"\r\n", BODY, b"\r\n0\r\n\r\n"),
    "chunks with bare LF": (HOST, CHUNKED, END, b"b\n", BODY, b"\n0\n\n"),
    "an unknown transfer coding": (HOST, b"transfer-encoding: xchunked\r\n", END, BODY),
    "chunked before another coding": (HOST, b"transfer-encoding: chunked, identity\r\n", END, chunks()),
    "compressed chunks": (HOST, b"transfer-encoding: gzip, chunked\r\n", END, chunks()),
    "chunked twice": (HOST, CHUNKED, CHUNKED, END, chunks()),
}


@pytest.mark.parametrize("description", REFUSED)
def test_refused_and_closed(server: Server, channel: str, description: str) -> None:
    said = say(server.port, head(channel, TYPE, *REFUSED[description]))
    assert (said.status, said.answers, said.closed) == (400, 1, True)
    assert b"connection: close" in said.content.lower()
    assert BODY not in said.content  # the workflow would have given it back


def test_chunks_are_refused_before_http_1_1(server: Server, channel: str) -> None:
    said = say(server.port, head(channel, HOST, TYPE, CHUNKED, END, chunks(), version=b"1.0"))
    assert (said.status, said.answers, said.closed) == (400, 1, True)


def test_the_refusal_is_the_documented_envelope(server: Server, channel: str) -> None:
    said = say(server.port, head(channel, TYPE, LENGTH, b"x-request-id: mine-1\r\n", END, BODY))
    error = json.loads(said.content.partition(b"\r\n\r\n")[2])["error"]
    assert (error["code"], error["reason"], error["request_id"]) == ("BAD_REQUEST", "malformed_request", "mine-1")
    assert "'host' is missing" in error["message"]


@pytest.mark.parametrize(
    "lines",
    [(b"x-a: " + b"b" * 100_000 + END,), (b"x-a: " + b"b" * 40_000 + END,), [b"x-%d: 1\r\n" % i for i in range(5000)]],
    ids=["100 KB", "40 KB", "5,000"],
)
def test_headers_that_are_too_large(server: Server, channel: str, lines: list[bytes]) -> None:
    said = say(server.port, head(channel, HOST, TYPE, LENGTH, *lines, END, BODY))
    assert (said.status, said.answers, said.closed) == (431, 1, True)


def test_of_length_and_chunks_the_chunks_count_and_nothing_follows(server: Server, channel: str) -> None:
    """Granian takes the length away before we see it; it closes, so nothing can hide behind (docs/deployment.md)."""
    hidden = head(channel, HOST, TYPE, LENGTH, END, BODY)
    said = say(server.port, head(channel, HOST, TYPE, LENGTH, CHUNKED, END, chunks()) + hidden)
    assert (said.answers, said.closed) == (1, True)


def test_requests_in_a_row_are_answered_in_their_order(server: Server, channel: str) -> None:
    first, second = (head(channel, HOST, TYPE, LENGTH, END) + b'{"data": %d}' % number for number in (1, 2))
    said = say(server.port, first + second)
    assert (said.status, said.answers) == (200, 2)
    assert said.content.index(b'{"in":1}') < said.content.index(b'{"in":2}')


def test_compressed_content_is_refused(server: Server, channel: str) -> None:
    said = say(server.port, head(channel, HOST, TYPE, LENGTH, b"content-encoding: gzip\r\n", END, BODY))
    assert said.status == 415
