"""What guards a channel, compiled: its limits, its rules and the memory they count in. Asks nothing itself.

Immutable like everything compiled, but for `memory`: the governor puts that in place when the snapshot is installed, so
that counts outlive snapshots.
"""

from math import ceil
from typing import Any

import cython

from orion_core.connector import Connector
from orion_core.governance.cors import CorsPolicy
from orion_core.logic.node import Rule

WINDOWS = (1, 2, 5, 10, 60)  # seconds, in which a rate may come to a whole number


@cython.final
@cython.cclass
class RateRule:
    """How often a channel may be called.

    Args:
        rate: Requests a second.
        burst: How many at once.
        key: Whose limit a request counts in; None for one limit for all.
        needs_body: Whether `key` looks at the message, so that the body must be read first.
        policy: The `RateLimit-Policy` field, ready-made.
        name: The limit's name in both fields, and in a store that servers share.
    """

    def __init__(
        self, rate: cython.double, burst: cython.Py_ssize_t, key: Rule | None, needs_body: cython.bint, name: str
    ) -> None:
        self.rate = rate
        self.burst = burst
        self.key = key
        self.needs_body = needs_body
        self.name = f'"{name}"'
        self.prefix = f"orion:rate:{name}:"
        self.policy = ("ratelimit-policy", f"{self.name};{quota(rate)};orion-burst={burst}")


def quota(rate: float) -> str:
    """A rate as a quota and its window in seconds, both whole (draft-ietf-httpapi-ratelimit-headers, section 3)."""
    window = next((seconds for seconds in WINDOWS if (rate * seconds).is_integer()), None)
    if window is None:
        window = max(WINDOWS[-1], ceil(1 / rate))
    return f"q={int(rate * window)};w={window}"


@cython.final
@cython.cclass
class CapacityRule:
    """How many requests a channel works on at once.

    Args:
        max_concurrent: At once.
        queue_depth: How many may wait for a place.
        queue_timeout: How long, seconds.
    """

    def __init__(
        self, max_concurrent: cython.Py_ssize_t, queue_depth: cython.Py_ssize_t, queue_timeout: cython.double
    ) -> None:
        self.max_concurrent = max_concurrent
        self.queue_depth = queue_depth
        self.queue_timeout = queue_timeout


@cython.final
@cython.cclass
class DuplicateRule:
    """How repeated requests are recognised.

    Args:
        header: Lower-case name of the header that holds the key.
        window: How long a key is known, seconds.
        replay: Whether a repeated request gets the first answer instead of a conflict.
        store: Where keys are known; None for the memory of this process.
        prefix: Of this channel's keys there.
    """

    def __init__(
        self, header: str, window: cython.double, replay: cython.bint, store: Connector | None, prefix: str
    ) -> None:
        self.header = header
        self.window = window
        self.replay = replay
        self.store: Any = store
        self.prefix = prefix


@cython.final
@cython.cclass
class CacheRule:
    """Which answers are kept, and for how long.

    Args:
        ttl: Seconds.
        fields: The places that tell requests apart, each a tuple of member names; None for all of the request.
        scope: Tells this channel's answers, as its present workflows give them, from all others.
        store: Where they are kept for all processes; None for the memory of this one.
        prefix: Of this channel's keys there.
    """

    def __init__(
        self,
        ttl: cython.double,
        fields: tuple[tuple[str, ...], ...] | None,
        scope: str,
        store: Connector | None,
        prefix: str,
    ) -> None:
        self.ttl = ttl
        self.fields = fields
        self.scope = scope
        self.store: Any = store
        self.prefix = prefix


@cython.final
@cython.cclass
class Guard:
    """Everything that is asked before a channel's workflows run; None where the channel does not ask for it.

    `looks` says whether anything asked after the body was read looks at the request.
    """

    def __init__(
        self,
        rate: RateRule | None,
        validation: Rule | None,
        duplicates: DuplicateRule | None,
        cache: CacheRule | None,
        capacity: CapacityRule | None,
        cors: CorsPolicy | None,
    ) -> None:
        self.rate: Any = rate
        self.validation: Any = validation
        self.duplicates: Any = duplicates
        self.cache: Any = cache
        self.capacity: Any = capacity
        self.cors: Any = cors
        self.memory: Any = None
        self.looks: bool = (
            validation is not None
            or cache is not None
            or (rate is not None and rate.needs_body)
            or (duplicates is not None and duplicates.replay)
        )
