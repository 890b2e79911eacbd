"""JSON at the door: what is read can be written, and what cannot be is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_core.documents import Allowance, DocumentError, check_depth, decode, depth_of, encode

REFUSED = [
    ("not JSON", b"{"),
    ("nothing", b""),
    ("NaN", b"NaN"),
    ("infinity", b"[Infinity]"),
    ("a number beyond a double", b"1e999"),
    ("a lone surrogate", rb'"\ud800"'),
    ("a low surrogate first", rb'"\udc00\ud800"'),
    ("invalid UTF-8", b'"\xff"'),
    ("an overlong sequence", b'"\xc0\xaf"'),
    ("a byte order mark", b"\xef\xbb\xbf{}"),
    ("5,000 digits", b"1" * 5000),
    ("65 levels", b"[" * 65 + b"]" * 65),
    ("100,000 open brackets", b"[" * 100_000),
    ("mixed brackets", b'{"a":[' * 50_000),
    ("a raw control character", b'"\x01"'),
    ("a trailing comma", b"[1,]"),
    ("two values", b"1 2"),
]

DEPTHS = [
    (b"1", 0), (b"[]", 1), (b"[[],[]]", 2), (b'{"a":{"b":[1]}}', 3), (rb'"[[["', 0), (rb'["\"[[["]', 1),
    (rb'["\\",[1]]', 2), (b"[" * 64 + b"]" * 64, 64),
]  # fmt: skip

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


@pytest.mark.parametrize(("description", "text"), REFUSED, ids=[row[0] for row in REFUSED])
def test_the_door_refuses(description: str, text: bytes) -> None:
    with pytest.raises(DocumentError):
        decode(text, 64)


@pytest.mark.parametrize(("text", "depth"), DEPTHS, ids=[str(row[0][:12]) for row in DEPTHS])
def test_depth_is_counted_outside_strings(text: bytes, depth: int) -> None:
    assert depth_of(text) == depth


def test_the_limit_itself_is_accepted() -> None:
    check_depth(b"[" * 64 + b"]" * 64, 64)
    assert decode(b'"' + b"[" * 200 + b'"', 64) == "[" * 200


@given(JSON)
def test_what_was_read_can_be_written(value: object) -> None:
    assert decode(encode(value), 64) == value


@pytest.mark.parametrize(
    "digits", ["1" * 4000, "-123456789012345678901", "18446744073709551616", "1.0", "-0.0", "1e16"]
)
def test_a_number_comes_back_as_it_was(digits: str) -> None:
    assert encode(decode(digits.encode(), 64)).decode() == digits


def test_writing_something_too_deep_is_refused() -> None:
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(DocumentError, match="too deep"):
        encode(value)


@given(JSON)
def test_a_copy_is_equal_and_shares_nothing(value: object) -> None:
    copied = Allowance(1 << 20).copy(value)
    assert copied == value
    if isinstance(value, dict | list):
        assert copied is not value


@pytest.mark.parametrize("value", [["x" * 100] * 20, {str(i): i for i in range(2000)}, 10**4000, [[]] * 2000])
def test_a_copy_beyond_the_allowance_is_refused(value: object) -> None:
    with pytest.raises(DocumentError, match="size limit"):
        Allowance(1000).copy(value)
