"""The publisher's tables. What may be in a column that its type does not say stands beside it.

delivery.due is when a row may be tried next, and NULL once the row is final: the one partial index that claiming,
recovery and `finish` need holds open rows only, so it shrinks to nothing as an issue goes out. A queued row whose
due is ahead waits for its reader's own morning.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from publisher.issue import DeliveryState


class Moment(sa.TypeDecorator[dt.datetime]):
    """An aware datetime, in UTC on the way out. SQLite drops zones, so it is stored there as UTC without one."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no zone; the database takes aware datetimes only")
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:  # noqa: ARG002  SQLAlchemy's interface
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


LIST = sa.JSON().with_variant(JSONB(), "postgresql")
_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_STATES = ", ".join(f"'{state.value}'" for state in DeliveryState)


class MailingRow(SQLModel, table=True):
    """An approved issue that is being sent, or was: its frozen bytes (I9)."""

    __tablename__ = "mailing"

    number: int = Field(sa_column=sa.Column(sa.Integer, primary_key=True, autoincrement=False))
    digest: str = Field(sa_type=sa.Text)
    subject: str = Field(sa_type=sa.Text)
    message: bytes = Field(sa_type=sa.LargeBinary)
    started: dt.datetime = Field(sa_type=Moment)
    # The segment that the audience was narrowed to, in its language; empty for everybody.
    segment: str = Field(sa_column=sa.Column(sa.Text, nullable=False, server_default=""))
    finished: dt.datetime | None = Field(default=None, sa_type=Moment)
    # The server's words when it refused the issue as a whole, how many times in a row, and until when it is left alone.
    halted: str = Field(sa_column=sa.Column(sa.Text, nullable=False, server_default=""))
    halts: int = Field(sa_column=sa.Column(sa.Integer, nullable=False, server_default="0"))
    rests_until: dt.datetime | None = Field(default=None, sa_type=Moment)


class DeliveryRow(SQLModel, table=True):
    """One (issue, canonical address) (I1). `attempt` counts the tries whose end was recorded, from 0."""

    __tablename__ = "delivery"
    __table_args__ = (
        sa.UniqueConstraint("issue", "canonical", name="delivery_issue_canonical"),
        sa.CheckConstraint(f"state IN ({_STATES})", name="delivery_state"),
        sa.Index(
            "delivery_due",
            "issue",
            "due",
            sqlite_where=sa.text("due IS NOT NULL"),
            postgresql_where=sa.text("due IS NOT NULL"),
        ),
    )

    id: int = Field(sa_column=sa.Column(_BIG, primary_key=True))
    issue: int = Field(sa_column=sa.Column(sa.Integer, sa.ForeignKey("mailing.number"), nullable=False))
    # No foreign key: the row outlives a reader who asks to be deleted, or the sums would no longer add up (I2).
    subscriber_id: int = Field(sa_type=_BIG)
    subject_id: str = Field(sa_type=sa.Text)
    address: str = Field(sa_type=sa.Text)
    canonical: str = Field(sa_type=sa.Text)
    name: str = Field(sa_type=sa.Text)
    state: str = Field(sa_type=sa.Text)
    attempt: int = Field(sa_column=sa.Column(sa.Integer, nullable=False, server_default="0"))
    sender: str | None = Field(default=None, sa_type=sa.Text)
    due: dt.datetime | None = Field(default=None, sa_type=Moment)
    changed: dt.datetime | None = Field(default=None, sa_type=Moment)
    reply: str = Field(sa_column=sa.Column(sa.Text, nullable=False, server_default=""))
    # The sections that the reader did not want when the audience was frozen: a second try is the same message (I6).
    without: list[str] = Field(sa_column=sa.Column(LIST, nullable=False, server_default="[]"))


class SenderProcessRow(SQLModel, table=True):
    """A run of `send` that may hold rows. `host`, `pid` and `born` tell whether its process still lives."""

    __tablename__ = "sender_process"

    id: str = Field(sa_type=sa.Text, primary_key=True)
    host: str = Field(sa_type=sa.Text)
    pid: int = Field(sa_type=sa.Integer)
    born: str = Field(sa_type=sa.Text)
    heartbeat: dt.datetime = Field(sa_type=Moment)


class ApprovalRow(SQLModel, table=True):
    """A person's name bound to the digest of what will be sent."""

    __tablename__ = "approval"

    issue: int = Field(sa_column=sa.Column(sa.Integer, primary_key=True, autoincrement=False))
    digest: str = Field(sa_type=sa.Text, primary_key=True)
    person: str = Field(sa_type=sa.Text, primary_key=True)
    at: dt.datetime = Field(sa_type=Moment)


class IssueSlotRow(SQLModel, table=True):
    """A week's issue as the scheduler sees it; the key is invariant I8."""

    __tablename__ = "issue_slot"

    publication: str = Field(sa_type=sa.Text, primary_key=True)
    week: str = Field(sa_type=sa.Text, primary_key=True)
    due: dt.datetime = Field(sa_type=Moment)
    state: str = Field(sa_type=sa.Text)
    number: int | None = Field(default=None, sa_type=sa.Integer)
    told: str | None = Field(default=None, sa_type=sa.Text)


class LeaseRow(SQLModel, table=True):
    """A named lock with an end, for work that two processes must not do at once."""

    __tablename__ = "lease"

    name: str = Field(sa_type=sa.Text, primary_key=True)
    holder: str = Field(sa_type=sa.Text)
    host: str = Field(sa_type=sa.Text)
    pid: int = Field(sa_type=sa.Integer)
    born: str = Field(sa_type=sa.Text)
    until: dt.datetime = Field(sa_type=Moment)


class UnreachedEditorRow(SQLModel, table=True):
    """An editor whom the last mail did not reach, and what was said to it."""

    __tablename__ = "unreached_editor"

    publication: str = Field(sa_type=sa.Text, primary_key=True)
    address: str = Field(sa_type=sa.Text, primary_key=True)
    reply: str = Field(sa_type=sa.Text)
    since: dt.datetime = Field(sa_type=Moment)


def table(row: type[SQLModel]) -> Any:
    """Return the Core table behind a model: rows by the million go through Core, not through objects."""
    return sa.inspect(row).local_table


mailing: sa.Table = table(MailingRow)
delivery: sa.Table = table(DeliveryRow)
sender_process: sa.Table = table(SenderProcessRow)
approval: sa.Table = table(ApprovalRow)
issue_slot: sa.Table = table(IssueSlotRow)
lease: sa.Table = table(LeaseRow)
unreached_editor: sa.Table = table(UnreachedEditorRow)
