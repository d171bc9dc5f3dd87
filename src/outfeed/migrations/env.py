"""What Alembic runs: the steps that are missing, on the connection that `migrate` holds."""

from alembic import context

from outfeed.schema import metadata

# The caller's transaction holds the write lock: Alembic may neither begin nor commit its own.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
context.run_migrations()
