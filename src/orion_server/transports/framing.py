"""What the head of a request says, and whether all who read it read the same (RFC 9112 section 11.2).

A server behind a proxy is asked what the proxy has read already. Where the two could differ about whose request it is
or where it ends, the request is refused: the difference is how requests are smuggled.
"""

import re
from functools import lru_cache
from typing import Any

import cython

from orion_server.transports.transport import Fault

ONCE = frozenset(("host", "content-length", "transfer-encoding", "content-type"))
HEADERS_LIMIT: cython.Py_ssize_t = 32 * 1024  # bytes of all names and values together
HEADERS_COUNT: cython.Py_ssize_t = 100
VERSIONS = frozenset(("1.1", "1.0"))
LENGTH_DIGITS: cython.int = 18  # of the largest length that is read; more than that is too much anyway


class Unreadable(Exception):
    """A request whose head is refused.

    Args:
        fault: What is wrong.
        why: What exactly; may be shown to the caller.
    """

    def __init__(self, fault: Fault, why: str = "") -> None:
        super().__init__(why)
        self.fault = fault
        self.why = why


# What a header's name is called, for those that most requests have: looked up, it costs a third of making it.
USUAL = (
    "accept", "accept-encoding", "accept-language", "authorization", "cache-control", "connection", "content-encoding",
    "content-length", "content-type", "cookie", "expect", "forwarded", "host", "idempotency-key", "origin", "referer",
    "traceparent", "tracestate", "transfer-encoding", "user-agent", "x-api-key", "x-forwarded-for",
    "x-forwarded-host", "x-forwarded-proto", "x-request-id",
)  # fmt: skip
NAMES = {spelt.encode("ascii"): name for name in USUAL for spelt in (name, name.title())}

# RFC 3986 section 3.2.2 without what is percent-encoded, and a port: the hosts that every reader of them takes alike.
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._~-]{1,255})(?::[0-9]{1,5})?")


@cython.ccall
def add_header(headers: dict[str, Any], name: bytes, value: bytes) -> object:
    """Put a header among those of its request, under its lower-case name; of a repeated name, the last stays.

    Raises:
        Unreadable: It may stand once only, and is repeated.
    """
    found: Any = NAMES.get(name)
    text: str = found if found is not None else name.decode("latin-1").lower()
    if text in headers and text in ONCE:
        raise Unreadable(Fault.MALFORMED, f"'{text}' stands more than once")
    headers[text] = value.decode("latin-1")
    return None


@cython.ccall
def check_size(size: cython.Py_ssize_t, count: cython.Py_ssize_t) -> object:
    """Refuse more headers than anybody needs.

    Args:
        size: Bytes of all names and values.
        count: How many headers there are.

    Raises:
        Unreadable: They are too many, or too large.
    """
    if size > HEADERS_LIMIT or count > HEADERS_COUNT:
        raise Unreadable(Fault.HEADERS_TOO_LARGE)
    return None


@cython.ccall
def headers_of(pairs: list[Any]) -> dict[str, Any]:
    """The headers of a request.

    Raises:
        Unreadable: One that may stand once only is repeated, or they are too large.
    """
    headers: dict[str, Any] = {}
    name: bytes
    value: bytes
    size: cython.Py_ssize_t = 0
    for name, value in pairs:
        size += len(name) + len(value)
        add_header(headers, name, value)
    check_size(size, len(pairs))
    return headers


@cython.ccall
def check_framing(headers: dict[str, Any], version: str) -> object:
    """Refuse what two servers could read in two ways (RFC 9112 sections 2.3, 3.2 and 6).

    Args:
        headers: As `headers_of` gives them.
        version: Of HTTP, such as "1.1".

    Raises:
        Unreadable: Another version, no host or none that is one, a length beside a transfer coding, or a coding other
            than chunks.
    """
    if version not in VERSIONS:
        raise Unreadable(Fault.MALFORMED, f"HTTP {version} is not spoken here")
    host = headers.get("host")
    if not host:
        if version == "1.1":
            raise Unreadable(Fault.MALFORMED, "'host' is missing")
    elif not is_host(host):
        raise Unreadable(Fault.MALFORMED, "'host' is none")
    coding = headers.get("transfer-encoding")
    if coding is not None:
        if "content-length" in headers:
            raise Unreadable(Fault.MALFORMED, "'content-length' beside 'transfer-encoding'")
        if coding.lower() != "chunked":
            raise Unreadable(Fault.MALFORMED, "'transfer-encoding' is not 'chunked'")
        if version == "1.0":
            raise Unreadable(Fault.MALFORMED, "'transfer-encoding' came with HTTP/1.1")
    return None


@lru_cache(maxsize=64)  # callers name a server in few ways
def is_host(text: str) -> bool:
    """Whether a `Host` is one."""
    return _HOST.fullmatch(text) is not None


@cython.ccall
def target_of(method: str, target: str, host: str) -> tuple[Any, ...]:
    """Path and query of a request (RFC 9112 section 3.2).

    Args:
        method: Its method.
        target: As it came, in ASCII.
        host: As its header says; "" without one.

    Raises:
        Unreadable: It is in no form that a server is asked in, has a fragment, or names another host than the header.
    """
    if "#" in target:
        raise Unreadable(Fault.MALFORMED, "the target has a fragment")
    if target[0] != "/" and not (target == "*" and method == "OPTIONS"):
        target = origin_form(target, host)
    path, _, query = target.partition("?")
    return path, query


def origin_form(target: str, host: str) -> str:
    """What an absolute target asks of its server: a proxy may have left it so (RFC 9112 section 3.2.2)."""
    scheme, separator, rest = target.partition("://")
    if not separator or scheme.lower() not in ("http", "https"):
        raise Unreadable(Fault.MALFORMED, "the target is no path")
    end = next((place for place, each in enumerate(rest) if each in "/?"), len(rest))
    if rest[:end].lower() != host.lower():
        raise Unreadable(Fault.MALFORMED, "the target names another host than 'host' does")
    return rest[end:] if rest[end:].startswith("/") else "/" + rest[end:]


def known_headers(pairs: list[Any]) -> dict[str, str]:
    """The headers of a request that is refused, whatever is wrong with them."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in pairs}


@cython.ccall
def announced_length(headers: dict[str, Any]) -> cython.longlong:
    """What `content-length` says, in bytes; -1 without one."""
    announced = headers.get("content-length")
    return int(announced[:LENGTH_DIGITS]) if announced is not None and announced.isdecimal() else -1
