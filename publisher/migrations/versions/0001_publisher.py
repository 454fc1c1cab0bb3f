"""The ledger, approvals, weeks and leases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "publisher_0001"
down_revision = None
branch_labels = ("publisher",)
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the publisher's first tables."""
    _mailings()
    _processes()
    _weeks()


def _mailings() -> None:
    op.create_table(
        "mailing",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("message", sa.LargeBinary, nullable=False),
        sa.Column("started", _MOMENT, nullable=False),
        sa.Column("finished", _MOMENT),
    )
    op.create_table(
        "delivery",
        sa.Column("id", _BIG, primary_key=True),
        sa.Column("issue", sa.Integer, sa.ForeignKey("mailing.number"), nullable=False),
        sa.Column("subscriber_id", _BIG, nullable=False),
        sa.Column("subject_id", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("canonical", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False, server_default="0"),
        sa.Column("sender", sa.Text),
        sa.Column("due", _MOMENT),
        sa.Column("changed", _MOMENT),
        sa.Column("reply", sa.Text, nullable=False, server_default=""),
        sa.UniqueConstraint("issue", "canonical", name="delivery_issue_canonical"),
        sa.CheckConstraint(
            "state IN ('queued', 'claimed', 'at_dot', 'deferred', 'sent', 'failed', 'in_doubt', 'suppressed')",
            name="delivery_state",
        ),
    )
    still_open = sa.text("due IS NOT NULL")
    op.create_index("delivery_due", "delivery", ["issue", "due"], sqlite_where=still_open, postgresql_where=still_open)


def _processes() -> None:
    op.create_table(
        "sender_process",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("born", sa.Text, nullable=False),
        sa.Column("heartbeat", _MOMENT, nullable=False),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("born", sa.Text, nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
    )


def _weeks() -> None:
    op.create_table(
        "approval",
        sa.Column("issue", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_table(
        "issue_slot",
        sa.Column("publication", sa.Text, primary_key=True),
        sa.Column("week", sa.Text, primary_key=True),
        sa.Column("due", _MOMENT, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("number", sa.Integer),
        sa.Column("told", sa.Text),
    )
