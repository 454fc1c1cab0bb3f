"""What workers on several machines share: the moments at which mail may leave, who is at work, how copies are made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "publisher_0017"
down_revision = "publisher_0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and add the columns. A sender that was registered before says nothing of itself."""
    op.create_table(
        "sending_rate",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("free", sa.BigInteger, nullable=False),
    )
    op.add_column("mailing", sa.Column("sample_digest", sa.Text, nullable=False, server_default=""))
    op.add_column("sender_process", sa.Column("machine", sa.Text, nullable=False, server_default=""))
    op.add_column("sender_process", sa.Column("since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sender_process", sa.Column("per_minute", sa.Integer, nullable=True))
