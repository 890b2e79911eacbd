"""SQL connectors: a transaction for each action, on a connection of the pool. Knows no database's spelling."""

import logging
from contextlib import suppress
from functools import partial
from math import inf
from pathlib import Path
from typing import Any

import anyio
from sqlalchemy.exc import DBAPIError

from orion_core import Connector, dialect_of
from orion_core.calls import Probe, SqlCall, SqlResult, Statement
from orion_io.carrier import Carrier
from orion_io.connectors.carrying import CallFailed, Progress, carrier
from orion_io.connectors.pools import Pools
from orion_io.connectors.sql import mysql, once, postgres, sqlite
from orion_io.connectors.sql.engines import leave
from orion_io.connectors.sql.rows import Rows
from orion_io.connectors.sql.sessions import Database, Session

OPENERS = {"postgres": postgres.open_postgres, "mysql": mysql.open_mysql, "sqlite": sqlite.open_sqlite}
ABANDON_SECONDS = 3.0  # to stop a statement whose caller has gone
LEAST_SECONDS = 0.001
TIDY_EVERY = 3600.0  # seconds between two looks for what the inbox may forget
TIDY_ROWS = 500  # removed at once
TIDY_SECONDS = 5.0  # to remove them
TIDY_PAUSE = 0.02  # before the next, so that others have the connection
TIDY_TURNS = 500  # in a row; the rest waits until the pool is tended again

logger = logging.getLogger(__name__)


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
        self._connector = connector
        self._inbox_used = False
        self._tidied_at = -inf

    async def close(self) -> None:
        """Close every connection."""
        for engine in {self._database.readers, self._database.writers}:
            await engine.dispose()

    async def transact(self, action: SqlCall, progress: Progress) -> tuple[SqlResult, ...]:
        """Run statements in one transaction, which leaves nothing behind unless all of them went well."""
        engine = self._database.readers if action.read_only else self._database.writers
        try:
            async with engine.connect() as connection:
                raw = await connection.get_raw_connection()
                session = self._database.session(raw.driver_connection)
                try:
                    return await self._work(session, action, progress)
                except Exception:
                    await self._undo(session, connection)
                    raise
                except BaseException:
                    await self._abandon(session)
                    await leave(connection)
                    raise
        except Exception as error:
            raise self._explained(error, progress) from error

    async def _work(self, session: Session, action: SqlCall, progress: Progress) -> tuple[SqlResult, ...]:
        begin = partial(self._begin, session, action)
        await begin()
        if action.once:
            self._inbox_used = True
            done = await once.claim(session, self._database.inbox, action.once, begin)
            if done is not None:
                await session.rollback()
                return done
        rows = Rows(action.max_rows, action.max_bytes)
        results = []
        for statement in action.statements:
            progress.sent = progress.sent or not self._database.safe(statement.text)
            results.append(await session.run(statement, rows, read_only=action.read_only))
        if action.once:
            await once.keep(session, self._database.inbox, action.once, results)
        progress.sent = True
        await session.commit()
        return tuple(results)

    async def _begin(self, session: Session, action: SqlCall) -> None:
        seconds = max(LEAST_SECONDS, action.deadline - anyio.current_time())
        await session.begin(seconds, read_only=action.read_only)

    @property
    def untidy(self) -> bool:
        """Whether it is time to look for what the inbox may forget."""
        return self._inbox_used and anyio.current_time() - self._tidied_at >= TIDY_EVERY

    async def tidy(self) -> None:
        """Remove what the inbox has held for long enough, in transactions of their own, a few rows each."""
        age = self._connector.config.once_retention_hours * once.HOUR
        statement = Statement(self._database.inbox.forget, (age, TIDY_ROWS))
        forget = SqlCall(self._connector, inf, (statement,), False, 1, 1000)
        try:
            for _ in range(TIDY_TURNS):
                with anyio.fail_after(TIDY_SECONDS):
                    (removed,) = await self.transact(forget, Progress())
                if removed.affected < TIDY_ROWS:
                    break
                await anyio.sleep(TIDY_PAUSE)
            else:
                return
        except Exception as error:  # no call suffers from it, and in an hour there is another look
            name, detail = self._connector.name, self._connector.redact(repr(error.__cause__ or error))
            logger.debug("an inbox was not tidied", extra={"fields": {"connector": name, "detail": detail}})
        self._inbox_used = False
        self._tidied_at = anyio.current_time()

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
