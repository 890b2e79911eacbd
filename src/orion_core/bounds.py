"""What one request may use: depth, work, size, nesting; and what of it may be kept. Counts nothing itself."""

import cython

from orion_core.logic import Limits
from orion_core.stored_headers import StoredHeaders


@cython.final
@cython.cclass
class Bounds:
    """What one request may use.

    Args:
        max_depth: How deep arrays and objects of a message may be nested.
        max_nodes: How many logic nodes may be evaluated.
        max_message_bytes: How much a message may grow by, and how large an answer may be.
        max_call_depth: How many `channel_call`s may be nested.
        call_timeout: Seconds a `channel_call` without a timeout of its own may take.
        stored_headers: Which headers are kept of a request that is worked on later; the default deny list when None.
    """

    def __init__(
        self,
        max_depth: cython.int = 64,
        max_nodes: cython.longlong = 1_000_000,
        max_message_bytes: cython.longlong = 16_777_216,
        max_call_depth: cython.int = 10,
        call_timeout: cython.double = 30.0,
        stored_headers: StoredHeaders | None = None,
    ) -> None:
        self.max_depth = max_depth
        self.max_message_bytes = max_message_bytes
        self.max_call_depth = max_call_depth
        self.call_timeout = call_timeout
        self.stored_headers = StoredHeaders() if stored_headers is None else stored_headers
        self.logic = Limits(max_nodes=max_nodes, max_size=max_message_bytes)
