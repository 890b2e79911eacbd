"""What migrations are written in: tables, columns and indexes, as each database has them. Knows no table.

SQLite and PostgreSQL undo a migration that fails. MySQL commits with each statement, so there each step first looks
whether it was done before: a migration that died half-way is continued by the next attempt.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from orion_io.storage.errors import StorageError

# Names and ids are told apart, and sorted, by their bytes; SQLite does so by itself.
BYTES = "C"
LONG = sa.Text().with_variant(sa.Text(collation=BYTES), "postgresql").with_variant(mysql.LONGTEXT(), "mysql")
DOUBLE = sa.Float().with_variant(mysql.DOUBLE(), "mysql")


def short(length: int) -> sa.types.TypeEngine[str]:
    """A text of so many characters at most."""
    return sa.String(length).with_variant(sa.String(length, collation=BYTES), "postgresql")


def create_table(name: str, *columns: sa.Column[object]) -> None:
    """Create a table.

    Raises:
        StorageError: With MySQL, a table of that name is there which is not ours.
    """
    if not _on_mysql():
        op.create_table(name, *columns)
        return
    inspector = sa.inspect(op.get_bind())
    if not inspector.has_table(name):
        op.create_table(
            name, *columns, mysql_engine="InnoDB", mysql_charset="utf8mb4", mysql_collate=_collation(),
            mysql_row_format="DYNAMIC",
        )  # fmt: skip
        return
    found = {column["name"] for column in inspector.get_columns(name)}
    if not {column.name for column in columns} <= found:
        raise StorageError(
            f"The database has a table '{name}' that is not of this software; give it a database of its own"
        )


def create_index(name: str, table: str, columns: Sequence[str], *, unique: bool = False, where: str = "") -> None:
    """Create an index, over the rows alone that match `where` unless the database is MySQL, which has none such."""
    if _on_mysql() and name in _indexes(table):
        return
    condition = sa.text(where) if where else None
    op.create_index(name, table, list(columns), unique=unique, sqlite_where=condition, postgresql_where=condition)


def create_unique(name: str, table: str, column: str, length: int, status: str) -> None:
    """No two rows of a status have the same text in a column.

    MySQL has no partial indexes: a generated column takes their place that is NULL outside the status.
    """
    if not _on_mysql():
        create_index(name, table, [column], unique=True, where=f"status = '{status}'")
        return
    alone = sa.Computed(f"CASE WHEN status = '{status}' THEN {column} END", persisted=False)
    add_column(table, sa.Column(f"{name}_key", sa.String(length), alone))
    create_index(name, table, [f"{name}_key"], unique=True)


def drop_index(name: str, table: str) -> None:
    """Drop an index."""
    if not _on_mysql() or name in _indexes(table):
        op.drop_index(name, table)


def add_column(table: str, column: sa.Column[object]) -> None:
    """Add a column."""
    if not _on_mysql() or column.name not in _columns(table):
        op.add_column(table, column)


def drop_column(table: str, column: str) -> None:
    """Drop a column."""
    if not _on_mysql() or column in _columns(table):
        op.drop_column(table, column)


def drop_table(name: str) -> None:
    """Drop a table."""
    if not _on_mysql() or sa.inspect(op.get_bind()).has_table(name):
        op.drop_table(name)


def _on_mysql() -> bool:
    return op.get_bind().dialect.name == "mysql"


def _collation() -> str:
    """The one that compares bytes, blanks at the end included; the two servers call it by different names."""
    known = set(op.get_bind().exec_driver_sql("SHOW COLLATION WHERE Charset = 'utf8mb4'").scalars())
    return next(name for name in ("utf8mb4_0900_bin", "utf8mb4_nopad_bin", "utf8mb4_bin") if name in known)


def _indexes(table: str) -> set[str | None]:
    return {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}


def _columns(table: str) -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}
