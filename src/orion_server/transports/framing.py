"""What the head of a request says, and whether all who read it read the same (RFC 9112 section 11.2).

A server behind a proxy is asked what the proxy has read already. Where the two could differ about whose request it is
or where it ends, the request is refused: the difference is how requests are smuggled.
"""

from typing import Any

import cython

from orion_server.transports.transport import Fault

ONCE = frozenset(("host", "content-length", "transfer-encoding", "content-type"))
HEADERS_LIMIT = 32 * 1024  # bytes of all names and values together
LENGTH_DIGITS = 18  # of the largest length that is read; more than that is too much anyway


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


@cython.ccall
def headers_of(pairs: list[Any]) -> dict[str, Any]:
    """Header values under their lower-case names; of a repeated name, the last.

    Raises:
        Unreadable: One that may stand once only is repeated, or they are too large.
    """
    headers: dict[str, Any] = {}
    name: bytes
    value: bytes
    size: cython.Py_ssize_t = 0
    for name, value in pairs:
        size += len(name) + len(value)
        text = name.decode("latin-1")
        if text in headers and text in ONCE:
            raise Unreadable(Fault.MALFORMED, f"'{text}' stands more than once")
        headers[text] = value.decode("latin-1")
    if size > HEADERS_LIMIT:
        raise Unreadable(Fault.HEADERS_TOO_LARGE)
    return headers


@cython.ccall
def check_framing(headers: dict[str, Any], version: str) -> object:
    """Refuse what two servers could read in two ways (RFC 9112 sections 3.2 and 6.3).

    Args:
        headers: As `headers_of` gives them.
        version: Of HTTP, such as "1.1".

    Raises:
        Unreadable: No host, a length beside a transfer coding, or a coding other than chunks.
    """
    if not headers.get("host") and version == "1.1":
        raise Unreadable(Fault.MALFORMED, "'host' is missing")
    coding = headers.get("transfer-encoding")
    if coding is not None:
        if "content-length" in headers:
            raise Unreadable(Fault.MALFORMED, "'content-length' beside 'transfer-encoding'")
        if coding.lower() != "chunked":
            raise Unreadable(Fault.MALFORMED, "'transfer-encoding' is not 'chunked'")
    return None


def known_headers(pairs: list[Any]) -> dict[str, str]:
    """The headers of a request that is refused, whatever is wrong with them."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in pairs}


@cython.ccall
def announced_length(headers: dict[str, Any]) -> cython.longlong:
    """What `content-length` says, in bytes; -1 without one."""
    announced = headers.get("content-length")
    return int(announced[:LENGTH_DIGITS]) if announced is not None and announced.isdecimal() else -1
