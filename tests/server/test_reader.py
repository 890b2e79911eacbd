"""What the direct transport reads, beside h11: whatever it takes for a request, h11 takes for the same one.

h11 is the more lenient of the two, so nothing is asked of what the reader refuses; the tables of `tests/http` have that.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

import h11
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orion_server.transports.framing import Unreadable
from orion_server.transports.reader import Reader
from orion_server.transports.replies import Pending, Reply
from orion_server.transports.transport import Fault

HOST = b"host: orion\r\n"
SEEDS = (
    b"GET /a?b=c HTTP/1.1\r\n" + HOST + b"\r\n",
    b"POST /a HTTP/1.1\r\n" + HOST + b"content-length: 5\r\nx-a: b c\r\n\r\nhello",
    b"POST /a HTTP/1.1\r\n" + HOST + b"transfer-encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nx-t: 1\r\n\r\n",
    b"PUT /a HTTP/1.0\r\ncontent-length: 2\r\n\r\nhi",
    b"POST /a HTTP/1.1\r\n" + HOST + b"content-length: 2\r\ncontent-length: 2\r\n\r\nhi",
    b"POST /a HTTP/1.1\r\n" + HOST + b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
)  # fmt: skip
SPACES = re.compile(rb"^([A-Z]+) +(/[^ \r\n]*) +(?=HTTP/)", re.MULTILINE)
PIECES = (b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b"\0", b"0", b"1", b"f", b";", b",", b"chunked", b"x", b"\xff")  # fmt: skip


class Nobody:
    """An application that is not asked."""

    max_body = 1000

    def answer(self, *request: object) -> Reply | Pending:
        raise AssertionError

    def most_body(self, path: str, headers: dict[str, str], client: str) -> int:
        return self.max_body

    def refuse(self, fault: Fault, headers: dict[str, str], why: str = "") -> Reply:
        raise AssertionError


@dataclass(frozen=True)
class Read:
    """What two readers have to agree on."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


def ours(*parts: bytes) -> tuple[list[Read], Unreadable | None]:
    reader = Reader(Nobody(), "")
    for part in parts:
        if reader.fault is None and not reader.ended:
            reader.feed(part)
    return [
        Read(each.method, each.path + ("?" + each.query if each.query else ""), each.headers, each.body)
        for each in reader.requests
    ], reader.fault


def theirs(content: bytes) -> list[Read]:
    """What h11 reads, up to what it refuses.

    llhttp takes several spaces of the first line for one, and skips empty lines before it, as RFC 9112 lets servers
    (sections 3 and 2.2); h11 does neither.
    """
    content = SPACES.sub(rb"\1 \2 ", content.lstrip(b"\r\n"))
    if not content:
        return []
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=100_000)
    connection.receive_data(content)
    body = b""
    try:
        while not isinstance(event := connection.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA or event is h11.PAUSED:
                return []
            if isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
    except h11.RemoteProtocolError:
        return []
    headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
    read = Read(head.method.decode(), head.target.decode("latin-1"), headers, body)
    keeps = connection.their_state is h11.DONE
    return [read, *(theirs(connection.trailing_data[0]) if keeps else [])]


def comparable(read: Read) -> Read:
    """Without what the two show in different words: a length that both believed, and a query that is empty."""
    headers = {name: value for name, value in read.headers.items() if name != "content-length"}
    return Read(read.method, read.target.removesuffix("?"), headers, read.body)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """One or two requests in a row, with a little of them changed."""
    content = b"".join(draw(st.lists(st.sampled_from(SEEDS), min_size=1, max_size=2)))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(content)))
        gone = draw(st.integers(0, 3))
        content = content[:place] + draw(st.sampled_from((b"", *PIECES))) + content[place + gone :]
    return content


@settings(max_examples=500, deadline=None)
@given(mutated())
def test_what_is_taken_for_a_request_is_one_to_h11(content: bytes) -> None:
    found, _ = ours(content)
    expected = theirs(content)
    assert [comparable(each) for each in found] == [comparable(each) for each in expected[: len(found)]]


@settings(max_examples=100, deadline=None)
@given(mutated(), st.lists(st.integers(1, 200), max_size=6))
def test_where_the_bytes_are_cut_makes_no_difference(content: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(cut for cut in cuts if cut < len(content)), len(content)]
    parts = [content[start:end] for start, end in pairwise(places)]
    (whole, fault), (cut, cut_fault) = ours(content), ours(*parts)
    assert whole == cut
    assert (fault is None) == (cut_fault is None)


@pytest.mark.parametrize("content", SEEDS[:4])
def test_the_requests_they_begin_with_are_right(content: bytes) -> None:
    assert len(ours(content)[0]) == len(theirs(content)) == 1


def test_what_follows_a_fault_changes_nothing() -> None:
    for bad in (b"POST / HTTP/1.1\r\n\r\n", b"nonsense\r\n\r\n", b"GET /" + b"a" * 20_000):
        _, first = ours(bad)
        reader = Reader(Nobody(), "")
        for part in (bad, SEEDS[0], b"\0"):
            reader.feed(part)
        assert (first is None, reader.requests) == (False, [])
        assert reader.fault is not None
        assert (reader.fault.fault, reader.fault.why) == (first.fault, first.why)  # type: ignore[union-attr] # as above


def test_what_stands_behind_chunks_is_no_header_of_this_or_the_next_request() -> None:
    chunked = b"POST / HTTP/1.1\r\n" + HOST + b"transfer-encoding: chunked\r\n\r\n0\r\nx-admin: yes\r\n\r\n"
    found, fault = ours(chunked + SEEDS[0])
    assert fault is None
    assert [set(each.headers) for each in found] == [{"host", "transfer-encoding"}, {"host"}]
