"""An index of the addresses that are known by their digests only: whether there is one is asked before each is hashed.

Revision ID: subscribers_0015
Revises: subscribers_0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "subscribers_0015"
down_revision = "subscribers_0014"
branch_labels = None
depends_on = None

DIGEST = sa.text("substr(canonical, 1, 7) = 'sha256:'")


def upgrade() -> None:
    op.create_index("ix_suppression_digest", "suppression", ["canonical"], postgresql_where=DIGEST, sqlite_where=DIGEST)


def downgrade() -> None:
    op.drop_index("ix_suppression_digest", "suppression")
