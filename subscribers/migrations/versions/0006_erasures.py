"""Readers who were deleted here and whose records elsewhere are not cleared yet.

Revision ID: subscribers_0006
Revises: subscribers_0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "subscribers_0006"
down_revision = "subscribers_0005"
branch_labels = None
depends_on = None

ITEMS = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("asked", sa.DateTime(timezone=True), nullable=False),
        sa.Column("canonicals", ITEMS, nullable=False, server_default="[]"),
        sa.Column("subject_ids", ITEMS, nullable=False, server_default="[]"),
    )


def downgrade() -> None:
    op.drop_table("erasure")
