"""The history of the schema, applied by Alembic. One history for every database."""
