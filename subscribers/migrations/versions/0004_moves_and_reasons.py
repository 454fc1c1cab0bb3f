"""The address that a reader moved away from, and their reason for leaving, as columns instead of text in the history.

Revision ID: subscribers_0004
Revises: subscribers_0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from subscribers.address import canonical
from subscribers.errors import InvalidAddress

revision = "subscribers_0004"
down_revision = "subscribers_0003"
branch_labels = None
depends_on = None

AT_ONCE = 1_000


def upgrade() -> None:
    op.add_column("history", sa.Column("former", sa.String(320), nullable=True))
    op.add_column("subscriber", sa.Column("left_why", sa.String(300), nullable=False, server_default=""))
    _fill_former(op.get_bind())
    # An editor who lifted a suppression also gave a reason, at that same moment; it is not the reader's.
    op.execute(
        """
        UPDATE subscriber SET left_why = substr(coalesce((
            SELECT told.detail FROM history AS told
            WHERE told.canonical = subscriber.canonical AND told.what = 'why' AND told.at >= subscriber."left"
              AND NOT EXISTS (SELECT 1 FROM history AS lifted WHERE lifted.canonical = told.canonical
                              AND lifted.what = 'unsuppressed' AND lifted.at = told.at)
            ORDER BY told.at, told.id LIMIT 1), ''), 1, 300)
        WHERE "left" IS NOT NULL AND canonical IN (SELECT canonical FROM history WHERE what = 'why')
        """
    )
    there = sa.text("former IS NOT NULL")
    op.create_index("ix_history_former", "history", ["former"], postgresql_where=there, sqlite_where=there)


def _fill_former(connection: sa.Connection) -> None:
    """Take the former address from texts such as "ada@example.com to ada@example.org"."""
    history = sa.table("history", *map(sa.column, ("id", "what", "detail", "former")))
    last = 0
    chosen = sa.select(history.c.id, history.c.detail).where(history.c.what == "moved").order_by(history.c.id)
    while rows := connection.execute(chosen.where(history.c.id > last).limit(AT_ONCE)).all():
        for row in rows:
            former = _canonical(row.detail.partition(" to ")[0])
            connection.execute(history.update().where(history.c.id == row.id).values(former=former))
        last = rows[-1].id


def _canonical(address: str) -> str:
    try:
        return canonical(address)
    except InvalidAddress:  # the rules for addresses may be stricter now
        return address.lower()


def downgrade() -> None:
    op.drop_index("ix_history_former", "history")
    op.drop_column("history", "former")
    op.drop_column("subscriber", "left_why")
