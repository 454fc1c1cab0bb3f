"""The mail server's refusal of a whole issue, and how long the issue rests; editors who cannot be reached."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "publisher_0003"
down_revision = "publisher_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns to the mailing, and a table."""
    op.add_column("mailing", sa.Column("halted", sa.Text, nullable=False, server_default=""))
    op.add_column("mailing", sa.Column("halts", sa.Integer, nullable=False, server_default="0"))
    op.add_column("mailing", sa.Column("rests_until", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "unreached_editor",
        sa.Column("publication", sa.Text, primary_key=True),
        sa.Column("address", sa.Text, primary_key=True),
        sa.Column("reply", sa.Text, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
    )
