"""The publisher's tables. What may be in a column that its type does not say stands beside it.

delivery.due is when a row may be tried next, and NULL once the row is final: the one partial index that claiming,
recovery and `finish` need holds open rows only, so it shrinks to nothing as an issue goes out. A queued row whose
due is ahead waits for its reader's own morning.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from publisher.issue import DeliveryState
from subscribers.database import EMPTY, NO_ITEMS, ZERO, BigId, JsonList, table

_STATES = ", ".join(f"'{state.value}'" for state in DeliveryState)


class MailingRow(SQLModel, table=True):
    """An approved issue that is being sent, or was: its frozen bytes (I9)."""

    __tablename__ = "mailing"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    digest: str = Field(sa_type=sa.Text)
    subject: str = Field(sa_type=sa.Text)
    message: bytes
    started: dt.datetime
    # The segment that the audience was narrowed to, in its language; empty for everybody.
    segment: str = Field(sa_type=sa.Text, sa_column_kwargs=EMPTY)
    finished: dt.datetime | None = None
    # The server's words when it refused the issue as a whole, how many times in a row, and until when it is left alone.
    halted: str = Field(sa_type=sa.Text, sa_column_kwargs=EMPTY)
    halts: int = Field(sa_column_kwargs=ZERO)
    rests_until: dt.datetime | None = None


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

    id: int = Field(sa_type=BigId, primary_key=True)
    issue: int = Field(foreign_key="mailing.number")
    # No foreign key: the row outlives a reader who asks to be deleted, or the sums would no longer add up (I2).
    subscriber_id: int = Field(sa_type=BigId)
    subject_id: str = Field(sa_type=sa.Text)
    address: str = Field(sa_type=sa.Text)
    canonical: str = Field(sa_type=sa.Text)
    name: str = Field(sa_type=sa.Text)
    state: str = Field(sa_type=sa.Text)
    attempt: int = Field(sa_column_kwargs=ZERO)
    sender: str | None = Field(default=None, sa_type=sa.Text)
    due: dt.datetime | None = None
    changed: dt.datetime | None = None
    reply: str = Field(sa_type=sa.Text, sa_column_kwargs=EMPTY)
    # The sections that the reader did not want when the audience was frozen: a second try is the same message (I6).
    without: list[str] = Field(sa_type=JsonList, sa_column_kwargs=NO_ITEMS)


class SenderProcessRow(SQLModel, table=True):
    """A run of `send` that may hold rows. `host`, `pid` and `born` tell whether its process still lives."""

    __tablename__ = "sender_process"

    id: str = Field(sa_type=sa.Text, primary_key=True)
    host: str = Field(sa_type=sa.Text)
    pid: int
    born: str = Field(sa_type=sa.Text)
    heartbeat: dt.datetime


class ApprovalRow(SQLModel, table=True):
    """A person's name bound to the digest of what will be sent."""

    __tablename__ = "approval"

    issue: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    digest: str = Field(sa_type=sa.Text, primary_key=True)
    person: str = Field(sa_type=sa.Text, primary_key=True)
    at: dt.datetime


class IssueSlotRow(SQLModel, table=True):
    """A week's issue as the scheduler sees it; the key is invariant I8."""

    __tablename__ = "issue_slot"

    publication: str = Field(sa_type=sa.Text, primary_key=True)
    week: str = Field(sa_type=sa.Text, primary_key=True)
    due: dt.datetime
    state: str = Field(sa_type=sa.Text)
    number: int | None = None
    told: str | None = Field(default=None, sa_type=sa.Text)


class LeaseRow(SQLModel, table=True):
    """A named lock with an end, for work that two processes must not do at once."""

    __tablename__ = "lease"

    name: str = Field(sa_type=sa.Text, primary_key=True)
    holder: str = Field(sa_type=sa.Text)
    host: str = Field(sa_type=sa.Text)
    pid: int
    born: str = Field(sa_type=sa.Text)
    until: dt.datetime


mailing: sa.Table = table(MailingRow)
delivery: sa.Table = table(DeliveryRow)
sender_process: sa.Table = table(SenderProcessRow)
approval: sa.Table = table(ApprovalRow)
issue_slot: sa.Table = table(IssueSlotRow)
lease: sa.Table = table(LeaseRow)
