"""Since when a person has paused an issue that is being sent, and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "publisher_0015"
down_revision = "publisher_0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both columns. No issue is paused."""
    op.add_column("mailing", sa.Column("paused", sa.DateTime(timezone=True), nullable=True))
    op.add_column("mailing", sa.Column("paused_why", sa.Text, nullable=False, server_default=""))
