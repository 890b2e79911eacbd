"""What can go wrong in the store, each with a text a caller may read. Knows no driver and no SQL.

`str(error)` holds neither paths, nor SQL, nor values of a configuration; `detail` is for the operator's log.
"""


class StoreError(Exception):
    """Base of everything the store raises.

    Args:
        message: May be shown to a caller.
        detail: For the operator's log, "" when there is no more to say.
    """

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


class NotFound(StoreError):
    """Nothing has that id."""

    def __init__(self, kind: str, identifier: str) -> None:
        super().__init__(f"{kind.capitalize()} '{identifier}' not found")


class Conflict(StoreError):
    """The change contradicts what is stored."""


class IdTaken(Conflict):
    """Something has that id already, in whatever version and status."""

    def __init__(self, kind: str, identifier: str) -> None:
        super().__init__(f"{kind.capitalize()} '{identifier}' already exists")


class NameTaken(Conflict):
    """A connector, or an active channel, has that name already."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"{kind} with name '{name}' already exists")


class DraftExists(Conflict):
    """The workflow or channel has a draft already, and may have only one."""

    def __init__(self, kind: str, identifier: str) -> None:
        super().__init__(f"{kind.capitalize()} '{identifier}' already has a draft version")


class RetryUnderWay(Conflict):
    """The dead letter is being retried; what becomes of it is decided by how that ends."""

    def __init__(self, identifier: str) -> None:
        super().__init__(f"Dead letter '{identifier}' is being retried; its trace says how that ends")


class NotRetryable(Conflict):
    """The trace of the dead letter has not failed, so there is nothing to retry."""

    def __init__(self, identifier: str, status: str) -> None:
        super().__init__(f"Dead letter '{identifier}' cannot be retried: its trace is {status}")


class NoDraft(StoreError):
    """The change needs a draft, and there is none."""

    def __init__(self, kind: str, identifier: str) -> None:
        super().__init__(f"No draft version found for {kind} '{identifier}'")


class NoActive(StoreError):
    """The change needs an active version, and there is none (or not that one)."""

    def __init__(self, kind: str, identifier: str, version: int | None = None) -> None:
        which = f"Version {version} is not an active version of" if version else "No active version found for"
        super().__init__(f"{which} {kind} '{identifier}'")


class Unstorable(StoreError):
    """A value no database column can hold: an integer beyond 64 bits, a lone surrogate in a text."""


class StorageUnavailable(StoreError):
    """The database did not answer, is locked for too long, is full, damaged, or not migrated yet."""


class StorageError(StoreError):
    """The storage cannot be used as configured: unknown scheme, malformed address, newer database."""
