"""What readers choose on their own page, courses by mail, letters in a table of their own, and each reader's history.

Revision ID: subscribers_0002
Revises: subscribers_0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "subscribers_0002"
down_revision = "subscribers_0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ADDRESS = sa.String(320)
LIST = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "subscriber_id", sa.Integer, sa.ForeignKey("subscriber.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("detail", sa.String(80), nullable=False, server_default=""),
        sa.Column("address", ADDRESS, nullable=True),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("due", MOMENT, nullable=False, index=True),
    )
    op.execute(
        "INSERT INTO letter (subscriber_id, kind, detail, since, due) "
        "SELECT id, letter, '', "
        # When it became due: a welcome follows the confirmation, which may be days after the sign-up.
        "coalesce(CASE letter WHEN 'welcome' THEN confirmed ELSE asked END, created), coalesce(letter_due, created) "
        "FROM subscriber WHERE letter IS NOT NULL"
    )
    op.drop_index("ix_subscriber_letter_due", "subscriber")
    for gone in ("letter", "letter_due"):
        op.drop_column("subscriber", gone)
    for column in (
        sa.Column("without", LIST, nullable=False, server_default="[]"),
        sa.Column("zone", sa.String(64), nullable=True),
        sa.Column("paused_until", MOMENT, nullable=True),
        sa.Column("seen", MOMENT, nullable=True),
        sa.Column("linked", MOMENT, nullable=True),
        sa.Column("moving_to", ADDRESS, nullable=True),
        sa.Column("moving_since", MOMENT, nullable=True),
        sa.Column("moved", MOMENT, nullable=True),
    ):
        op.add_column("subscriber", column)
    _partial_index("ix_subscriber_asked", "subscriber", "asked")
    op.create_table(
        "course",
        sa.Column("subscriber_id", sa.Integer, sa.ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("path", sa.String(64), primary_key=True),
        sa.Column("started", MOMENT, nullable=False),
        sa.Column("every_days", sa.Integer, nullable=False),
        sa.Column("sent", sa.Integer, nullable=False),
        sa.Column("due", MOMENT, nullable=True),
        sa.Column("ended", MOMENT, nullable=True),
    )
    _partial_index("ix_course_due", "course", "due")
    op.create_table(
        "history",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("canonical", ADDRESS, nullable=False, index=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("detail", sa.String(500), nullable=False, server_default=""),
    )
    op.create_table(
        "former_subject",
        sa.Column("subject_id", sa.String(22), primary_key=True),
        sa.Column("canonical", ADDRESS, nullable=False, index=True),
    )
    op.create_table(
        "breaker",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("opened", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("asked", sa.Integer, nullable=False),
        sa.Column("confirmed", sa.Integer, nullable=False),
        sa.Column("told", MOMENT, nullable=True),
    )
    op.add_column("consent", sa.Column("client", sa.String(45), nullable=True))
    _partial_index("ix_suppression_subject", "suppression", "subject_id")


def _partial_index(name: str, table: str, column: str) -> None:
    there = sa.text(f"{column} IS NOT NULL")
    op.create_index(name, table, [column], postgresql_where=there, sqlite_where=there)


def downgrade() -> None:
    op.drop_index("ix_suppression_subject", "suppression")
    op.drop_column("consent", "client")
    op.drop_index("ix_subscriber_asked", "subscriber")
    for name in ("without", "zone", "paused_until", "seen", "linked", "moving_to", "moving_since", "moved"):
        op.drop_column("subscriber", name)
    op.add_column("subscriber", sa.Column("letter", sa.String(12), nullable=True))
    op.add_column("subscriber", sa.Column("letter_due", MOMENT, nullable=True))
    _partial_index_letter()
    # Before, a reader could have one letter only; the newer kinds are lost.
    op.execute("DELETE FROM letter WHERE kind NOT IN ('confirmation', 'welcome')")
    op.execute(
        "UPDATE subscriber SET letter = mine.kind, letter_due = mine.due FROM letter AS mine "
        "WHERE mine.id = (SELECT min(id) FROM letter WHERE subscriber_id = subscriber.id)"
    )
    for table in ("breaker", "former_subject", "history", "course", "letter"):
        op.drop_table(table)


def _partial_index_letter() -> None:
    there = sa.text("letter IS NOT NULL")
    op.create_index(
        "ix_subscriber_letter_due", "subscriber", ["letter_due"], postgresql_where=there, sqlite_where=there
    )
