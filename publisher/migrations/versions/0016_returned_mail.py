"""What came back of deliveries and other mail, what was decided about it, and what holds sending."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from subscribers.database import BigId

revision = "publisher_0016"
down_revision = "publisher_0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and say of a delivery's bounce when it came back."""
    op.create_table(
        "returned_mail",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.Text, nullable=False, unique=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("issue", sa.Integer, nullable=True),
        sa.Column("delivery", sa.BigInteger, nullable=True),
        sa.Column("email", sa.BigInteger, nullable=True),
        sa.Column("canonical", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("effect", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False, server_default=""),
        sa.Column("words", sa.Text, nullable=False, server_default=""),
        sa.Column("undone", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.Text, nullable=False, server_default=""),
    )
    op.create_table(
        "sending_hold",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("issue", sa.Integer, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("holds", sa.Boolean, nullable=False),
        sa.Column("told", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.Text, nullable=False, server_default=""),
        sa.UniqueConstraint("issue", "cause", name="sending_hold_issue_cause"),
    )
    op.create_index("ix_returned_mail_issue", "returned_mail", ["issue"])
    op.create_index("ix_returned_mail_delivery", "returned_mail", ["delivery"])
    op.create_index("ix_returned_mail_canonical", "returned_mail", ["canonical"])
    op.add_column("delivery", sa.Column("bounce_returned", sa.DateTime(timezone=True), nullable=True))
