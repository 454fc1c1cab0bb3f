"""What each reader chose, frozen with the audience, and the segment that an issue was sent to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "publisher_0002"
down_revision = "publisher_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the sections that a delivery leaves out; both databases do it without rewriting the table."""
    names = sa.JSON().with_variant(JSONB(), "postgresql")
    op.add_column("delivery", sa.Column("without", names, nullable=False, server_default="[]"))
    op.add_column("mailing", sa.Column("segment", sa.Text, nullable=False, server_default=""))
