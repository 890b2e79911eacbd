"""Run by Alembic: applies migrations on the connection it is given. Opens none, and commits nothing."""

from alembic import context

from orion_io.storage.schema import metadata

connection = context.config.attributes["connection"]
# The caller holds the lock and commits: all pending migrations, or none. MySQL commits with each statement.
context.configure(
    connection=connection,
    target_metadata=metadata,
    transactional_ddl=connection.dialect.name != "mysql",
)
context.run_migrations()
