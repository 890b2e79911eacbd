"""JSON in and out of the core: decoded once, bounded in depth, copied when it must not be shared. Knows no message.

The one depth limit stands here, at the door, below every library's own, so that what was read can be written.
"""

from typing import Any

import cython
import msgspec

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_canonical = msgspec.json.Encoder(order="deterministic").encode


class DocumentError(Exception):
    """A text that is not acceptable JSON; the message may be shown to the caller."""


@cython.ccall
def decode(text: bytes, max_depth: cython.int) -> object:
    """Decode JSON text.

    Args:
        text: UTF-8 JSON (RFC 8259).
        max_depth: How many arrays and objects may be nested.

    Raises:
        DocumentError: It is not JSON, is nested too deep, or holds a number or text no JSON writer could give back.
    """
    check_depth(text, max_depth)
    return decode_checked(text)


@cython.ccall
def decode_checked(text: Any) -> object:
    """Decode JSON whose depth was checked: a text, or a part of one that msgspec cut out.

    Raises:
        DocumentError: It is not JSON, or holds a number or text no JSON writer could give back.
    """
    try:
        return _decode(text)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise DocumentError(str(error)) from None


@cython.ccall
def encode(value: object) -> bytes:
    """Encode a JSON value compactly; member order is kept.

    Raises:
        DocumentError: It is nested too deep to be written.
    """
    try:
        return _encode(value)
    except RecursionError:
        raise DocumentError("the result is nested too deep") from None


@cython.ccall
def canonical(value: object) -> bytes:
    """Encode a JSON value so that equal values give equal bytes: the members of objects by name.

    Raises:
        DocumentError: It is nested too deep to be written.
    """
    try:
        return _canonical(value)
    except RecursionError:
        raise DocumentError("the request is nested too deep") from None


@cython.ccall
def check_depth(text: bytes, max_depth: cython.int) -> None:
    """Refuse a text nested deeper than `max_depth`; most texts pass by counting their brackets."""
    if len(text) > max_depth and text.count(b"[") + text.count(b"{") > max_depth and depth_of(text) > max_depth:
        raise DocumentError(f"nested deeper than {max_depth} levels")


@cython.ccall
def depth_of(text: bytes) -> cython.int:
    """How deep the brackets of a JSON text are nested, those inside strings left out."""
    depth: cython.int = 0
    deepest: cython.int = 0
    in_string: cython.bint = False
    escaped: cython.bint = False
    byte: cython.int
    for byte in text:
        if in_string:
            if escaped:
                escaped = False
            elif byte == 0x5C:  # backslash
                escaped = True
            elif byte == 0x22:  # quotation mark
                in_string = False
        elif byte == 0x22:
            in_string = True
        elif byte in (0x5B, 0x7B):  # [ {
            depth += 1
            deepest = max(deepest, depth)
        elif byte in (0x5D, 0x7D):  # ] }
            depth -= 1
    return deepest


@cython.ccall
def size_of(value: Any) -> cython.longlong:
    """A cheap lower bound of what a value weighs, in bytes: texts by their length, all else as one."""
    if type(value) is str:
        return len(cython.cast(str, value)) + 1
    if type(value) is int:
        return int(value.bit_length() // 3 + 1)
    return 1


@cython.final
@cython.freelist(16)  # type: ignore[no-untyped-call]  # the stub leaves it untyped
@cython.cclass
class Allowance:
    """How many bytes a message may still grow by; whatever is copied into it is counted."""

    def __init__(self, left: cython.longlong) -> None:
        self.left = left

    @cython.ccall
    def copy(self, value: object) -> object:
        """A copy of a JSON value that shares no array and no object with it.

        Raises:
            DocumentError: It weighs more than is left.
        """
        self.spend(size_of(value))
        if type(value) is dict:
            return {name: self.copy(member) for name, member in cython.cast(dict, value).items()}
        if type(value) is list:
            return [self.copy(item) for item in cython.cast(list, value)]
        return value

    @cython.ccall
    def spend(self, amount: cython.longlong) -> None:
        """Count `amount` bytes against what is left."""
        self.left -= amount
        if self.left < 0:
            raise DocumentError("the message grew beyond its size limit")


@cython.ccall
def new_allowance(left: cython.longlong) -> Allowance:
    """An allowance, made without a call of `__init__`."""
    allowance: Allowance = Allowance.__new__(Allowance)
    allowance.left = left
    return allowance
