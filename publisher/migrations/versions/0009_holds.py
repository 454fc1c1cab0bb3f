"""Why a person holds or skipped a week."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "publisher_0009"
down_revision = "publisher_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column to the weeks."""
    op.add_column("issue_slot", sa.Column("why", sa.Text, nullable=False, server_default=""))
