"""What the admin API needs of the rest of the server, in one value. Creates none of it."""

from collections.abc import Callable
from dataclasses import dataclass

from orion_io.clock import Clock
from orion_io.driver import Driver
from orion_io.presence import Presence
from orion_io.reload import Reloader
from orion_io.storage import FileCopies, Store
from orion_server.breakers import CircuitBreakers


def nobody() -> None:
    """Whom to wake where nobody sleeps."""


def unheard(action: str, resource_type: str) -> None:
    """Who counts audit events where nobody does."""


@dataclass(frozen=True)
class Services:
    """What the endpoints work with.

    Args:
        store: Keeps definitions, traces and the audit log.
        reloader: Changes what is active, and installs the result.
        driver: Runs dry runs.
        clock: Tells the time and makes ids.
        copies: Files that the database was copied to.
        version: Of this server.
        started: Monotonic instant of the start, seconds.
        presence: This server among those of the store.
        breakers: Circuit breakers of connectors.
        wake: Tells whoever works on what waits that there is more of it.
        audited: Told of each event of the audit log: the action and the type of resource.
    """

    store: Store
    reloader: Reloader
    driver: Driver
    clock: Clock
    copies: FileCopies
    version: str
    started: float
    presence: Presence
    breakers: CircuitBreakers
    wake: Callable[[], None] = nobody
    audited: Callable[[str, str], None] = unheard
