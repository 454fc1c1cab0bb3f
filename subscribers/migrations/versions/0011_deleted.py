"""When a reader was deleted, at their suppression: an older list must not bring their data back.

Revision ID: subscribers_0011
Revises: subscribers_0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "subscribers_0011"
down_revision = "subscribers_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("suppression", sa.Column("deleted", sa.DateTime(timezone=True)))
    # Whoever has an id and no reader was deleted, at the latest when the address was last suppressed.
    op.execute(
        "UPDATE suppression SET deleted = at WHERE subject_id IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM subscriber WHERE subscriber.canonical = suppression.canonical)"
    )


def downgrade() -> None:
    op.drop_column("suppression", "deleted")
