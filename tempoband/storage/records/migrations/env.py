"""Alembic's entry: runs the migrations on the connection that ``migrate`` hands over."""

from alembic import context

from tempoband.storage.records.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # We begin SQLite's transactions ourselves, so DDL takes part in them there too.
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
