"""What governance writes into a store that several processes share. Knows no request and no connection.

A record is MessagePack. It begins with a mark of its form, so that a later form, or somebody else's value under the
same key, is never taken for one of ours.
"""

from hashlib import sha256
from typing import Any

import cython
import msgspec

FORM = "orion-1"
STORE_PATIENCE = 2.0  # seconds that a store may take


class Record(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A claim on an idempotency key, or an answer.

    Args:
        form: Always `FORM`.
        owner: Id of the request that wrote it.
        fingerprint: Of that request; b"" where nobody compares it.
        status: HTTP status of the answer; 0 while there is none.
        body: Of the answer.
        at: When the answer was made, Unix seconds.
    """

    form: str
    owner: str
    fingerprint: bytes = b""
    status: int = 0
    body: bytes = b""
    at: float = 0.0


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Record)


@cython.ccall
def claim_record(owner: str, fingerprint: bytes) -> bytes:
    """What is written when a key is claimed."""
    return _encoder.encode(Record(FORM, owner, fingerprint))


@cython.ccall
def answer_record(owner: str, fingerprint: bytes, status: cython.int, body: bytes, at: cython.double) -> bytes:
    """What is written when there is an answer; `at` in Unix seconds."""
    return _encoder.encode(Record(FORM, owner, fingerprint, status, body, at))


@cython.ccall
def read_record(text: object) -> Any:
    """The record that was written; None when it is none of ours."""
    try:
        record = _decoder.decode(text)  # type: ignore[arg-type] # whatever the store gave
    except (msgspec.MsgspecError, TypeError):
        return None
    return record if record.form == FORM else None


@cython.ccall
def short_key(prefix: str, key: bytes) -> str:
    """A key of any length as one of a fixed length; SHA-256 makes two that are the same as good as impossible."""
    return prefix + sha256(key).hexdigest()
