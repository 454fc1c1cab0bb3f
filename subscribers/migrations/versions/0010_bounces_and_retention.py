"""Bounces with the mail server's words, who was asked to stay, and indexes of what is deleted after a time.

Revision ID: subscribers_0010
Revises: subscribers_0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "subscribers_0010"
down_revision = "subscribers_0009"
branch_labels = None
depends_on = None

PENDING, MOVING, CLIENT = sa.text("state = 'pending'"), sa.text("moving_to IS NOT NULL"), sa.text("client IS NOT NULL")


def upgrade() -> None:
    op.add_column("subscriber", sa.Column("bounces", sa.Integer, nullable=False, server_default="0"))
    op.add_column("subscriber", sa.Column("bounced", sa.DateTime(timezone=True)))
    op.add_column("subscriber", sa.Column("asked_to_stay", sa.DateTime(timezone=True)))
    op.add_column("suppression", sa.Column("words", sa.String(500), nullable=False, server_default=""))
    op.create_index("ix_subscriber_pending", "subscriber", ["id"], postgresql_where=PENDING, sqlite_where=PENDING)
    op.create_index(
        "ix_subscriber_moving", "subscriber", ["moving_since"], postgresql_where=MOVING, sqlite_where=MOVING
    )
    op.create_index("ix_consent_client", "consent", ["at"], postgresql_where=CLIENT, sqlite_where=CLIENT)


def downgrade() -> None:
    for name, table in (("ix_consent_client", "consent"), ("ix_subscriber_moving", "subscriber"),
                        ("ix_subscriber_pending", "subscriber")):  # fmt: skip
        op.drop_index(name, table)
    op.drop_column("suppression", "words")
    for name in ("asked_to_stay", "bounced", "bounces"):
        op.drop_column("subscriber", name)
