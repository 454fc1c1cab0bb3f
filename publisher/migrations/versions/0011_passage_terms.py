"""The stems of published passages, which the search over past issues is made from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "publisher_0011"
down_revision = "publisher_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table. It is filled when a section is next drafted."""
    op.create_table(
        "passage_terms",
        sa.Column("hash", sa.Text, primary_key=True),
        sa.Column("terms", sa.Text, nullable=False),
    )
