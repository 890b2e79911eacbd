"""Bytes of a connection in, whole requests out. Knows no socket and no answer.

llhttp reads, without any of its leniencies; `framing` refuses what it lets pass. Whatever is ambiguous, too large or no
HTTP at all is a fault, and nothing is read after it (RFC 9112 section 11.2).
"""

import logging
from typing import Any

import cython
from httptools import HttpParserCallbackError, HttpParserError, HttpParserUpgrade, HttpRequestParser

from orion_server.transports.framing import (
    Unreadable,
    add_header,
    announced_length,
    check_framing,
    check_size,
    target_of,
)
from orion_server.transports.transport import Application, Fault

TARGET_LIMIT: cython.Py_ssize_t = 16 * 1024
RAW_HEAD: cython.Py_ssize_t = 64 * 1024  # bytes of a head that is not whole yet, with blank lines and all
RAW_SLACK: cython.Py_ssize_t = 16 * 1024  # bytes that chunks may take beyond so many times their content:
RAW_SHARE: cython.Py_ssize_t = 8  # a chunk of one byte takes six
SPACE: cython.uchar = 32
TAB: cython.uchar = 9
METHODS = {each.encode(): each for each in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")}

logger = logging.getLogger(__name__)


@cython.final
@cython.freelist(64)  # type: ignore[no-untyped-call]  # the stub leaves it untyped
@cython.cclass
class Received:
    """A whole request.

    Attributes:
        method: Upper-case method.
        path: As it came, still percent-encoded.
        query: As it came.
        headers: Values under lower-case names.
        body: All of its content.
        last: Whether nothing is read after it.
        persistent: Whether it came with HTTP/1.0 and asks that the connection is kept.
    """

    def __init__(
        self, method: str, path: str, query: str, headers: dict[str, Any], body: bytes, last: bool, persistent: bool
    ) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.last = last
        self.persistent = persistent


@cython.final
@cython.cclass
class Reader:
    """Reads the requests of a connection.

    Args:
        application: Says how much content is accepted.
        client: Address of the peer.
    """

    def __init__(self, application: Application, client: str) -> None:
        self.requests: list[Received] = []
        self.fault: Unreadable | None = None
        self.in_head = False
        self.in_content = False
        self.ended = False
        self.awaited = False
        self._application = application
        self.client = client
        self._usual = application.max_body
        self._parser: Any = HttpRequestParser(self)
        self._turned = False
        self._replaying = False
        self._method = self._path = self._query = ""
        self._keeps = self._persistent = False
        self._most = self._usual
        self._raw = 0
        self._begin()

    def _begin(self) -> None:
        """The next request may come."""
        self._target: Any = None
        self._headers: dict[str, Any] = {}
        self._size = self._count = 0
        self._content: Any = None
        self._length = 0

    @cython.ccall
    def feed(self, data: Any) -> object:
        """Read on; what comes after a fault, or after the last request, is nobody's.

        Args:
            data: Bytes, or a view of them.
        """
        if self.fault is not None or self.ended:
            return None
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            self._read_on(data, upgrade.args[0])
        except HttpParserError as error:
            self._fail(error)
        if self.fault is None and not self.ended:
            self._bound_sizes(len(data))
        return None

    @cython.ccall
    def headers_so_far(self) -> dict[str, Any]:
        """The headers of a request that is refused, as far as they were read."""
        return self._headers

    @cython.ccall
    def close(self) -> object:
        """Read nothing any more: parser and reader hold each other."""
        self._parser = None
        self.ended = True
        return None

    @cython.cfunc
    def _bound_sizes(self, fed: cython.Py_ssize_t) -> object:
        """See that neither a head nor the chunks around little content go on for ever."""
        self._raw += fed
        if self.in_content:
            if self._raw > RAW_SLACK + RAW_SHARE * self._length:
                self.fault = Unreadable(Fault.MALFORMED, "chunks take far more than their content")
        elif self._raw > RAW_HEAD:
            self.fault = Unreadable(Fault.HEADERS_TOO_LARGE)
        return None

    def _fail(self, error: HttpParserError) -> None:
        """Keep why nothing more is read. The last request may have been among what was read just now."""
        if self.ended:
            return
        cause = error.__context__
        if isinstance(cause, Unreadable):
            self.fault = cause
        elif isinstance(error, HttpParserCallbackError):
            logger.error("unexpected failure while reading a request", exc_info=cause or error)
            self.fault = Unreadable(Fault.BROKEN)
        else:
            self.fault = Unreadable(Fault.MALFORMED, str(error))

    def _read_on(self, data: Any, place: int) -> None:
        """Go on after a request with `upgrade`, which this server ignores (RFC 9110 section 7.8).

        llhttp takes its head for the end of HTTP, whatever content follows. Another parser is told of the content and
        reads it.
        """
        self._parser = HttpRequestParser(self)
        if self._turned:
            coding = "transfer-encoding: chunked"
            if "content-length" in self._headers:
                coding = "content-length: " + self._headers["content-length"]
            self._turned = False
            self._replaying = True
            self._parser.feed_data(f"POST / HTTP/1.1\r\n{coding}\r\n\r\n".encode("latin-1"))
            self._replaying = False
        if len(data) > place:
            self.feed(data[place:])

    # What llhttp tells, in the order of a request.

    def on_url(self, part: bytes) -> None:
        """Of the target, which may come in parts."""
        if self._replaying:
            return
        self.in_head = True
        self._target = part if self._target is None else self._target + part
        if len(self._target) > TARGET_LIMIT:
            raise Unreadable(Fault.TARGET_TOO_LONG, str(TARGET_LIMIT))

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or one of those behind chunks: those are counted and not read (RFC 9110 section 6.5.1)."""
        if self._replaying:
            return
        self._size += len(name) + len(value)
        self._count += 1
        check_size(self._size, self._count)
        if not self.in_content:
            last: cython.uchar = value[len(value) - 1] if value else 0
            add_header(self._headers, name, value.rstrip(b" \t") if last in (SPACE, TAB) else value)

    def on_headers_complete(self) -> None:
        """The head is whole: accept it, or refuse it before any content is read."""
        if self._replaying:
            return
        headers = self._headers
        parser = self._parser
        keeps: cython.bint = parser.should_keep_alive()
        # Without the header only HTTP/1.1 is kept; the parser makes a text of the version each time it is asked.
        version: str = "1.1" if keeps and "connection" not in headers else parser.get_http_version()
        check_framing(headers, version)
        spelt: bytes = parser.get_method()
        known: Any = METHODS.get(spelt)
        self._method = known if known is not None else spelt.decode("ascii")
        if self._method == "CONNECT":
            raise Unreadable(Fault.MALFORMED, "CONNECT is for proxies")
        host: Any = headers.get("host")
        self._path, self._query = target_of(self._method, self._target.decode("latin-1"), "" if host is None else host)
        length: cython.longlong = announced_length(headers)
        self._most = self._usual
        self._accept_length(length)
        self._keeps = keeps
        self._persistent = keeps and version == "1.0"
        self.in_head = False
        self.in_content = True
        self._raw = 0
        if "expect" in headers:
            self.awaited = version == "1.1" and headers["expect"].lower() == "100-continue"
        if "upgrade" in headers and parser.should_upgrade():
            self._turned = length > 0 or "transfer-encoding" in headers

    @cython.cfunc
    def _accept_length(self, length: cython.longlong) -> object:
        if length > self._most:
            self._most = self._application.most_body(self._path, self._headers, self.client)
            if length > self._most:
                raise Unreadable(Fault.BODY_TOO_LARGE, str(self._most))
        return None

    def on_body(self, part: bytes) -> None:
        """Some of the content. Parts are gathered in one place: as objects, small ones take forty times as much."""
        self.awaited = False
        self._length += len(part)
        self._accept_length(self._length)
        if self._content is None:
            self._content = part
        elif type(self._content) is bytearray:
            self._content += part
        else:
            self._content = bytearray(self._content) + part

    def on_message_complete(self) -> None:
        """The request is whole."""
        if self._turned:
            return
        content = self._content
        body: bytes = b"" if content is None else content if type(content) is bytes else bytes(content)
        self.requests.append(
            Received(self._method, self._path, self._query, self._headers, body, not self._keeps, self._persistent)
        )
        self.in_content = False
        self.awaited = False
        self.ended = not self._keeps
        self._raw = 0
        self._begin()
