"""A record of who approved or withdrew what, when and how, to which rows are only ever added."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "publisher_0007"
down_revision = "publisher_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and begin it with the approvals that are there: until now, all came from the command line."""
    op.create_table(
        "approval_record",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("issue", sa.Integer, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("how", sa.Text, nullable=False),
    )
    op.create_index("ix_approval_record_issue", "approval_record", ["issue"])
    op.execute(
        "INSERT INTO approval_record (issue, digest, person, at, what, how) "
        "SELECT issue, digest, person, at, 'approved', 'shell' FROM approval ORDER BY at, person"
    )
