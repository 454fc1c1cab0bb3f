"""Alembic's entry point: runs the migrations of all packages on the connection that `Migrations` passes in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context
from sqlmodel import SQLModel

connection: sa.Connection = context.config.attributes["connection"]

context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    transactional_ddl=True,  # SQLite can, now that the engine and not the driver begins transactions
)
with context.begin_transaction():
    context.run_migrations()
