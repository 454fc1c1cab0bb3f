"""Indexes of the outbox, so that claiming, giving back and sweeping cost the same however many mails there are.

Revision ID: subscribers_0009
Revises: subscribers_0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "subscribers_0009"
down_revision = "subscribers_0008"
branch_labels = None
depends_on = None

OPEN, ENDED, HELD = sa.text("due IS NOT NULL"), sa.text("due IS NULL"), sa.text("sender IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_email_open", "email", ["priority", "due", "id"], postgresql_where=OPEN, sqlite_where=OPEN)
    op.create_index("ix_email_ended", "email", ["kind", "changed"], postgresql_where=ENDED, sqlite_where=ENDED)
    op.create_index("ix_email_sender", "email", ["sender"], postgresql_where=HELD, sqlite_where=HELD)


def downgrade() -> None:
    for name in ("ix_email_open", "ix_email_ended", "ix_email_sender"):
        op.drop_index(name, "email")
