"""What Alembic runs around the migrations: on the connection and inside the transaction that migrating.py opened."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"], version_table="register_version", render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
