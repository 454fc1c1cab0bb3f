"""The mailbox of an address whose owner never wants to be asked again: it outlives the reader. An
index of those who left, or whose mail bounced, and who never confirmed.

Revision ID: subscribers_0013
Revises: subscribers_0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from subscribers.mailbox import mailbox_of

revision = "subscribers_0013"
down_revision = "subscribers_0012"
branch_labels = None
depends_on = None

NEVER = sa.text("state = 'unsubscribed' AND confirmed IS NULL AND asked IS NOT NULL")
REFUSED = sa.text("mailbox IS NOT NULL")
AT_ONCE = 1_000


def upgrade() -> None:
    op.add_column("suppression", sa.Column("mailbox", sa.String(320)))
    _fill(op.get_bind())
    op.create_index(
        "ix_suppression_mailbox", "suppression", ["mailbox"], postgresql_where=REFUSED, sqlite_where=REFUSED
    )
    op.create_index("ix_subscriber_never", "subscriber", ["asked"], postgresql_where=NEVER, sqlite_where=NEVER)


def _fill(connection: sa.Connection) -> None:
    """Fill in the mailboxes of those who refused, in the order of their addresses."""
    chosen = sa.text(
        "SELECT canonical FROM suppression WHERE canonical > :last AND reason = 'refused' AND canonical LIKE '%@%' "
        "ORDER BY canonical LIMIT :limit"
    )
    written = sa.text("UPDATE suppression SET mailbox = :mailbox WHERE canonical = :canonical")
    last = ""
    while keys := connection.scalars(chosen, {"last": last, "limit": AT_ONCE}).all():
        connection.execute(written, [{"canonical": key, "mailbox": mailbox_of(key)} for key in keys])
        last = keys[-1]


def downgrade() -> None:
    op.drop_index("ix_subscriber_never", "subscriber")
    op.drop_index("ix_suppression_mailbox", "suppression")
    op.drop_column("suppression", "mailbox")
