"""The log of what assistants asked of the tools, to which rows are only ever added."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "publisher_0013"
down_revision = "publisher_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tool_call",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        sa.Column("tool", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("intent", sa.Text),
        sa.Column("result", sa.Text),
    )
    op.create_index("ix_tool_call_digest", "tool_call", ["digest"])
