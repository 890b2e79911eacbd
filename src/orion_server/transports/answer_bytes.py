"""From an answer to the bytes that go over the wire (RFC 9112). Knows no connection."""

from collections.abc import Iterable
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

import cython

from orion_server.transports.replies import Header, Reply

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
STATUS_LINES = {each.value: f"HTTP/1.1 {each.value} {each.phrase}\r\n".encode("ascii") for each in HTTPStatus}
BODILESS = frozenset((204, 304))  # these say nothing of a length either (RFC 9110 section 8.6)
KNOWN_LENGTHS: cython.Py_ssize_t = 2048
LENGTHS = [b"content-length: %d\r\n" % length for length in range(KNOWN_LENGTHS)]
CLOSE = b"connection: close\r\n\r\n"
KEEP = b"connection: keep-alive\r\n\r\n"
END = b"\r\n"
COLON = b": "


@cython.final
@cython.cclass
class AnswerBytes:
    """Makes them; what many answers share is made once."""

    def __init__(self) -> None:
        self._date = b""
        self._standing: tuple[Header, ...] = ()
        self._block = b""

    def tick(self, wall: float) -> None:
        """Another second has begun; `wall` is the instant since the epoch."""
        self._date = f"date: {formatdate(wall, usegmt=True)}\r\n".encode("ascii")

    @cython.ccall
    def of(self, reply: Reply, method: str, last: cython.bint, persistent: cython.bint) -> bytes:
        """An answer, whole.

        Args:
            reply: What goes back.
            method: Of the request: HEAD is told of the content, and not sent it.
            last: Whether the connection is closed behind it.
            persistent: Whether the caller has to be told that it is not.
        """
        status: cython.int = reply.status
        standing = reply.standing
        body = reply.body
        if standing is not self._standing:
            self._block = header_lines(standing)
            self._standing = standing
        line: Any = STATUS_LINES.get(status)
        parts: list[Any] = [line if line is not None else b"HTTP/1.1 %d \r\n" % status, self._date, self._block]
        if status not in BODILESS:
            length: cython.Py_ssize_t = len(body)
            parts.append(LENGTHS[length] if length < KNOWN_LENGTHS else b"content-length: %d\r\n" % length)
        for name, value in reply.own:
            parts.append(name)
            parts.append(COLON)
            parts.append(value)
            parts.append(END)
        parts.append(CLOSE if last else KEEP if persistent else END)
        if body and method != "HEAD" and status not in BODILESS:
            parts.append(body)
        return b"".join(parts)


def header_lines(headers: Iterable[Header]) -> bytes:
    """Headers as they are written."""
    return b"".join(b"%b: %b\r\n" % header for header in headers)
