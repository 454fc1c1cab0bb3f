"""Which editors cannot be reached is now read from the mails to them."""

from __future__ import annotations

from alembic import op

revision = "publisher_0004"
down_revision = "publisher_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the table that remembered it."""
    op.drop_table("unreached_editor")
