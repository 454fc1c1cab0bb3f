"""What a delivery's end says about its address, and when the list of readers was told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "publisher_0005"
down_revision = "publisher_0004"
branch_labels = None
depends_on = None

BOUNCED = sa.text("bounce <> ''")


def upgrade() -> None:
    """Add two columns, and an index that has the bounces only."""
    op.add_column("delivery", sa.Column("bounce", sa.Text, nullable=False, server_default=""))
    op.add_column("delivery", sa.Column("bounce_told", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "delivery_bounced", "delivery", ["issue", "bounce_told"], sqlite_where=BOUNCED, postgresql_where=BOUNCED
    )
