"""Readers, their consents, and the suppression list.

Revision ID: subscribers_0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "subscribers_0001"
down_revision = None
branch_labels = ("subscribers",)
depends_on = None

# Spelled out, not imported: a migration says what the schema was, the models say what it is.
MOMENT = sa.DateTime(timezone=True)
ADDRESS = sa.String(320)


def upgrade() -> None:
    op.create_table(
        "subscriber",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("subject_id", sa.String(22), nullable=False, unique=True),
        sa.Column("address", ADDRESS, nullable=False),
        sa.Column("canonical", ADDRESS, nullable=False, unique=True),
        sa.Column("name", sa.String(200), nullable=False, server_default=""),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("source", sa.String(200), nullable=False, server_default=""),
        sa.Column("tags", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False, server_default="[]"),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("confirmed", MOMENT, nullable=True),
        sa.Column("left", MOMENT, nullable=True),
        sa.Column("confirmations", sa.Integer, nullable=False, server_default="0"),
        sa.Column("asked", MOMENT, nullable=True),
        sa.Column("letter", sa.String(12), nullable=True),
        sa.Column("letter_due", MOMENT, nullable=True),
    )
    has_letter = sa.text("letter IS NOT NULL")
    op.create_index(
        "ix_subscriber_letter_due", "subscriber", ["letter_due"], postgresql_where=has_letter, sqlite_where=has_letter
    )
    op.create_table(
        "consent_wording",
        sa.Column("version", sa.String(12), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "subscriber_id", sa.Integer, sa.ForeignKey("subscriber.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("act", sa.String(12), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("wording", sa.String(12), sa.ForeignKey("consent_wording.version"), nullable=False),
    )
    op.create_table(
        "suppression",
        sa.Column("canonical", ADDRESS, primary_key=True),
        sa.Column("reason", sa.String(12), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("subject_id", sa.String(22), nullable=True),
    )


def downgrade() -> None:
    op.drop_table("suppression")
    op.drop_table("consent")
    op.drop_table("consent_wording")
    op.drop_table("subscriber")
