"""Audiences that begin with early mornings, and the Date of a message that was not sent at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "publisher_0006"
down_revision = "publisher_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column to the mailing and one to the delivery."""
    op.add_column("mailing", sa.Column("early_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("delivery", sa.Column("dated", sa.DateTime(timezone=True), nullable=True))
