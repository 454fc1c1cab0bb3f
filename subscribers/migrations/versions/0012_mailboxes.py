"""The mailbox that was asked to confirm, whichever of its addresses was typed; consent to a course; undoing to leave.

Revision ID: subscribers_0012
Revises: subscribers_0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from subscribers.mailbox import mailbox_of

revision = "subscribers_0012"
down_revision = "subscribers_0011"
branch_labels = None
depends_on = None

ASKED = sa.text("mailbox IS NOT NULL")
AT_ONCE = 1_000


def upgrade() -> None:
    op.add_column("subscriber", sa.Column("mailbox", sa.String(320)))
    op.add_column("subscriber", sa.Column("undo_until", sa.DateTime(timezone=True)))
    _fill(op.get_bind())
    op.create_index("ix_subscriber_mailbox", "subscriber", ["mailbox"], postgresql_where=ASKED, sqlite_where=ASKED)
    op.add_column("consent", sa.Column("course", sa.String(64), nullable=False, server_default=""))
    answered = "UPDATE subscriber SET confirmations = 0 WHERE confirmed IS NOT NULL AND confirmed >= asked"
    op.execute(answered)


def _fill(connection: sa.Connection) -> None:
    """Fill in the mailboxes of those who were asked, in the order of their ids."""
    chosen = sa.text(
        "SELECT id, canonical FROM subscriber WHERE id > :last AND asked IS NOT NULL ORDER BY id LIMIT :limit"
    )
    written = sa.text("UPDATE subscriber SET mailbox = :mailbox WHERE id = :id")
    last = 0
    while rows := connection.execute(chosen, {"last": last, "limit": AT_ONCE}).all():
        connection.execute(written, [{"id": row.id, "mailbox": mailbox_of(row.canonical)} for row in rows])
        last = rows[-1].id


def downgrade() -> None:
    op.drop_column("consent", "course")
    op.drop_index("ix_subscriber_mailbox", "subscriber")
    op.drop_column("subscriber", "mailbox")
    op.drop_column("subscriber", "undo_until")
