"""One table for all mail except the issues, in place of the table of letters to readers.

Revision ID: subscribers_0003
Revises: subscribers_0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "subscribers_0003"
down_revision = "subscribers_0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the new table, copy the due letters with their ids (Message-IDs depend on them), drop the old table."""
    op.create_table(
        "email",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "subscriber_id", sa.Integer, sa.ForeignKey("subscriber.id", ondelete="CASCADE"), nullable=True, index=True
        ),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("detail", sa.Text, nullable=False, server_default=""),
        sa.Column("address", sa.String(320), nullable=True),
        sa.Column("reference", sa.String(500), nullable=True, unique=True),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("state", sa.String(12), nullable=False, server_default="queued"),
        sa.Column("due", MOMENT, nullable=True, index=True),
        sa.Column("attempt", sa.Integer, nullable=False, server_default="0"),
        sa.Column("sender", sa.String(36), nullable=True),
        sa.Column("changed", MOMENT, nullable=True),
        sa.Column("reply", sa.Text, nullable=False, server_default=""),
    )
    op.execute(
        "INSERT INTO email (id, subscriber_id, kind, detail, address, priority, since, due) "
        "SELECT id, subscriber_id, kind, detail, address, "
        "CASE kind WHEN 'step' THEN 3 WHEN 'welcome' THEN 2 WHEN 'moved' THEN 2 ELSE 0 END, since, due FROM letter"
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SELECT setval(pg_get_serial_sequence('email', 'id'), coalesce(max(id), 0) + 1, false) FROM email")
    op.drop_table("letter")


def downgrade() -> None:
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "subscriber_id", sa.Integer, sa.ForeignKey("subscriber.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("detail", sa.String(80), nullable=False, server_default=""),
        sa.Column("address", sa.String(320), nullable=True),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("due", MOMENT, nullable=False, index=True),
    )
    op.execute(
        "INSERT INTO letter (id, subscriber_id, kind, detail, address, since, due) "
        "SELECT id, subscriber_id, kind, detail, address, since, due FROM email "
        "WHERE due IS NOT NULL AND subscriber_id IS NOT NULL"
    )
    op.drop_table("email")
