"""When the editors are to be told how a week's issue did."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "publisher_0008"
down_revision = "publisher_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column to the weeks. It stays NULL for those that are there, so nobody is told of old issues."""
    op.add_column("issue_slot", sa.Column("report_due", sa.DateTime(timezone=True), nullable=True))
