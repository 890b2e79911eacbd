"""Where the servers that tests start keep their data: in what `--storage` names, a fresh database for each folder.

Servers of one folder share a database, so that one that is started again finds what it had.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orion_io.storage import open_store

if TYPE_CHECKING:
    from tests.database_servers import DatabaseServer


class Storages:
    """Hands out addresses. Until it is told of a database server, they are those of SQLite files."""

    def __init__(self) -> None:
        self._server: DatabaseServer | None = None
        self._addresses: dict[Path, str] = {}

    @contextmanager
    def on(self, server: "DatabaseServer") -> Iterator[None]:
        """Keep everything on a database server, which runs meanwhile."""
        self._server = server
        yield
        self._server = None

    def of(self, folder: Path) -> str:
        """The address of a folder's database, made when it is first asked for."""
        if folder not in self._addresses:
            server = self._server
            self._addresses[folder] = f"sqlite:{folder / 'orion.db'}" if server is None else server.migrated_database()
        return self._addresses[folder]

    def fresh(self) -> str:
        """The address of a database that nobody else will be given."""
        return "sqlite::memory:" if self._server is None else self._server.migrated_database()


# Servers are started in many places, most of which no fixture reaches; the run's choice is known to all of them here.
storages = Storages()


def rows(address: str, query: str, *values: object) -> list[tuple[Any, ...]]:
    """What a database holds; `?` stands for a value on all of them."""
    connection = open_store(address).raw(durable=False)()
    try:
        return connection.rows(query, values)
    finally:
        connection.close()
