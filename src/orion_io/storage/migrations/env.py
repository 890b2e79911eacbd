"""Run by Alembic: applies migrations on the connection it is given. Opens none, and commits nothing."""

from alembic import context

from orion_io.storage.schema import metadata

# The caller holds the write lock and commits: all pending migrations, or none.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
context.run_migrations()
