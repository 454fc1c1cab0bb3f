"""What the mail server calls a mail that it accepted, in a column of its own.

Revision ID: subscribers_0007
Revises: subscribers_0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "subscribers_0007"
down_revision = "subscribers_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("email", sa.Column("provider_id", sa.String(200)))


def downgrade() -> None:
    op.drop_column("email", "provider_id")
