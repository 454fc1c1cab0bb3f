"""Issues as they were proofed and approved, to which rows are only ever added."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "publisher_0010"
down_revision = "publisher_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table. What was approved before was not kept."""
    op.create_table(
        "shown_issue",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("issue", sa.Integer, nullable=False),
        sa.Column("occasion", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.LargeBinary, nullable=False),
        sa.Column("message", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_shown_issue_issue", "shown_issue", ["issue"])
