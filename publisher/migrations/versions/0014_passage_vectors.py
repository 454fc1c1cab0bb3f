"""The vectors of published passages, for publications that name a model for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "publisher_0014"
down_revision = "publisher_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table. It stays empty without such a model."""
    op.create_table(
        "passage_vector",
        sa.Column("hash", sa.Text, primary_key=True),
        sa.Column("model", sa.Text, primary_key=True),
        sa.Column("cutter", sa.Text, primary_key=True),
        sa.Column("dimension", sa.Integer, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
    )
