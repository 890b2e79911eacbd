"""How Kafka is to be consumed, as the settings say. Knows no client, so that it costs nothing where Kafka is off."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from orion_core.protocol import Job, PutBack, StoreTrace
from orion_io.storage.queue_rows import Kept

Work = Callable[[Job], Awaitable[StoreTrace | PutBack | None]]
Headers = Mapping[str, str]


class Outcomes(Protocol):
    """Where the outcomes of records are kept."""

    async def known(self, ids: Sequence[str], /) -> frozenset[str]:
        """Which of these traces exist already.

        Raises:
            StorageUnavailable: Nobody can say now.
        """
        ...

    async def keep(self, kept: Kept, /) -> None:
        """Keep a finished trace; it is durable when this returns, and one that exists already stays as it is.

        Raises:
            StorageUnavailable: It may be kept or not.
            Unstorable: It cannot be kept as it is.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Access:
    """How brokers are reached.

    Args:
        brokers: `host:port` of each.
        tls: Whether connections are encrypted.
        sasl_mechanism: How credentials are shown.
        auth: `username` and `password`, or None.
        session_seconds: How long a consumer may be silent before its partitions are given to others.
    """

    brokers: tuple[str, ...]
    tls: bool = False
    sasl_mechanism: str = "PLAIN"
    auth: Mapping[str, str] | None = field(default=None, repr=False)
    session_seconds: float = 10.0


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What is consumed, and within which bounds.

    Args:
        group: The consumer group of channels that name none.
        topics: Topics and the names of the channels that consume them; they come before what channels say themselves.
        processing_seconds: How long the work on one record may take.
        most: Records that were read and have no durable outcome yet, at most, of all groups together.
        lag_seconds: How often lag is measured; 0.0 means never.
        dead_letters: The topic that gets what failed, or None.
        max_bytes: The largest value that is worked on.
        max_depth: How deep its arrays and objects may be nested.
        max_result: Bytes of the largest result that is kept; 0 for any.
        owner: The name of this process, in what is told of attempts.
    """

    group: str = "orion"
    topics: tuple[tuple[str, str], ...] = ()
    processing_seconds: float = 60.0
    most: int = 100
    lag_seconds: float = 30.0
    dead_letters: str | None = None
    max_bytes: int = 1_048_576
    max_depth: int = 64
    max_result: int = 0
    owner: str = ""
