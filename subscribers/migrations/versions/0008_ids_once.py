"""Ids of mails and deletions are never used again on SQLite, as on PostgreSQL: senders hold rows by their ids.

Revision ID: subscribers_0008
Revises: subscribers_0007
"""

from __future__ import annotations

from alembic import op

revision = "subscribers_0008"
down_revision = "subscribers_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rebuild(autoincrement=True)


def downgrade() -> None:
    _rebuild(autoincrement=False)


def _rebuild(*, autoincrement: bool) -> None:
    """Copy both tables on SQLite, which cannot change how a table assigns its ids."""
    if op.get_bind().dialect.name != "sqlite":
        return
    for name in ("email", "erasure"):
        with op.batch_alter_table(name, recreate="always", table_kwargs={"sqlite_autoincrement": autoincrement}):
            pass
