"""The progress of imports, so that an interrupted one goes on where it stopped.

Revision ID: subscribers_0005
Revises: subscribers_0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "subscribers_0005"
down_revision = "subscribers_0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "list_import",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False, index=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("begun", MOMENT, nullable=False),
        sa.Column("addresses", sa.Integer, nullable=False),
        sa.Column("done", sa.Integer, nullable=False, server_default="0"),
        sa.Column("counts", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False, server_default="{}"),
        sa.Column("finished", MOMENT, nullable=True),
    )


def downgrade() -> None:
    op.drop_table("list_import")
