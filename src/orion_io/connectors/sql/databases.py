"""SQL connectors: a transaction for each action, on a connection of the pool. Knows no database's spelling."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
from sqlalchemy.exc import DBAPIError

from orion_core import Connector, dialect_of
from orion_core.calls import Probe, SqlCall, SqlResult
from orion_io.carrier import Carrier
from orion_io.connectors.carrying import CallFailed, Progress, carrier
from orion_io.connectors.pools import Pools
from orion_io.connectors.sql import mysql, postgres, sqlite
from orion_io.connectors.sql.engines import leave
from orion_io.connectors.sql.rows import Rows
from orion_io.connectors.sql.sessions import Database, Session

OPENERS = {"postgres": postgres.open_postgres, "mysql": mysql.open_mysql, "sqlite": sqlite.open_sqlite}
ABANDON_SECONDS = 3.0  # to stop a statement whose caller has gone
LEAST_SECONDS = 0.001


class SqlPool:
    """The connections to one database.

    Args:
        own: Files that no connector may open.
        connector: Says which database.
    """

    def __init__(self, own: frozenset[Path], connector: Connector) -> None:
        dialect = dialect_of(connector.config)
        if dialect == "sqlite" and not own.isdisjoint(sqlite.files(connector.config)):
            text = "may not open Orion's own database"
            raise CallFailed("connector_refused", text, retryable=False, happened=False)
        self._database: Database = OPENERS[dialect](connector.config)

    async def close(self) -> None:
        """Close every connection."""
        for engine in {self._database.readers, self._database.writers}:
            await engine.dispose()

    async def transact(self, action: SqlCall, progress: Progress) -> tuple[SqlResult, ...]:
        """Run statements in one transaction, which leaves nothing behind unless all of them went well."""
        seconds = max(LEAST_SECONDS, action.deadline - anyio.current_time())
        rows = Rows(action.max_rows, action.max_bytes)
        engine = self._database.readers if action.read_only else self._database.writers
        try:
            async with engine.connect() as connection:
                raw = await connection.get_raw_connection()
                session = self._database.session(raw.driver_connection)
                try:
                    await session.begin(seconds, read_only=action.read_only)
                    results = []
                    for statement in action.statements:
                        progress.sent = progress.sent or not self._database.safe(statement.text)
                        results.append(await session.run(statement, rows, read_only=action.read_only))
                    progress.sent = True
                    await session.commit()
                    return tuple(results)
                except Exception:
                    await self._undo(session, connection)
                    raise
                except BaseException:
                    await self._abandon(session)
                    await leave(connection)
                    raise
        except Exception as error:
            raise self._explained(error, progress) from error

    async def version(self) -> dict[str, object]:
        """Who is there."""
        try:
            async with self._database.readers.connect() as connection:
                raw = await connection.get_raw_connection()
                version = await self._database.session(raw.driver_connection).version()
                return {"server": self._database.name, "version": version}
        except Exception as error:
            raise self._explained(error, Progress()) from error

    async def _undo(self, session: Session, connection: Any) -> None:
        try:
            await session.rollback()
        except Exception:  # a connection that cannot be rolled back is closed, which does the same
            await leave(connection)
        except BaseException:
            await leave(connection)
            raise

    async def _abandon(self, session: Session) -> None:
        with anyio.CancelScope(shield=True), anyio.move_on_after(ABANDON_SECONDS), suppress(Exception):
            await session.abandon()

    def _explained(self, error: Exception, progress: Progress) -> Exception:
        """What the failure means, and whether the changes may be there all the same."""
        root: Any = error
        while isinstance(root, DBAPIError) and root.orig is not None:
            root = root.orig
        if isinstance(root, CallFailed):
            return root
        failed = self._database.explain(root)
        if failed is None and isinstance(root, OSError):
            failed = CallFailed("connector_failed", "could not be reached", retryable=True, detail=repr(root))
        if failed is None:
            return error
        failed.happened = failed.happened and progress.sent
        return failed


async def _transact(pool: SqlPool, action: SqlCall, progress: Progress) -> tuple[SqlResult, ...]:
    return await pool.transact(action, progress)


async def _probe(pool: SqlPool, action: Probe, progress: Progress) -> dict[str, object]:
    return await pool.version()


def explain(error: Exception) -> CallFailed | None:
    """Everything was explained where it happened."""
    return None


def sql_carriers(pools: Pools) -> dict[type, Carrier]:
    """Who carries out SQL."""
    return {SqlCall: carrier(pools, _transact, explain)}


PROBE = (_probe, explain)
