"""What an application answers, whatever the transport."""

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

import cython

Header = tuple[bytes, bytes]


@cython.final
@cython.cclass
@dataclass(frozen=True)
class Reply:
    """What goes back. The transport adds `content-length`, `date` and `connection`; HEAD is not sent the body.

    Args:
        status: HTTP status.
        standing: Headers that stand on many replies, lower-case names. The same tuple each time, so that a transport
            may keep what it makes of it.
        own: This reply's own headers.
        body: The content; b"" for none.
    """

    status: cython.int
    standing: tuple[Header, ...]
    own: list[Header]
    body: bytes


@cython.final
@cython.cclass
@dataclass(frozen=True)
class Pending:
    """A reply that has to be waited for.

    Args:
        work: Gives the reply; never raises for what a caller did.
        cancellable: Whether it ends when the caller leaves.
    """

    work: Coroutine[Any, Any, Reply]
    cancellable: cython.bint
