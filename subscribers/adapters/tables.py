"""The tables of this package. Alembic's branch `subscribers` makes them; a test holds the two equal."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

ADDRESS_LENGTH = 320
"""Characters: 64 octets of local part, @, 255 octets of domain (RFC 5321 4.5.3.1)."""

LIST = JSON().with_variant(JSONB(), "postgresql")


class Moment(TypeDecorator[dt.datetime]):
    """An aware datetime, in UTC in and out; SQLite alone would drop the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002  the base class passes it
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002  the base class passes it
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class SubscriberRow(SQLModel, table=True):
    """A reader; see subscribers.subscriber.Subscriber for what the columns mean."""

    __tablename__ = "subscriber"
    __table_args__ = (
        # Only readers who came by a form have it: an import of a million leaves it empty.
        Index("ix_subscriber_asked", "asked", postgresql_where=text("asked IS NOT NULL"),
              sqlite_where=text("asked IS NOT NULL")),
    )  # fmt: skip

    id: int = Field(sa_column=Column(Integer, primary_key=True))
    subject_id: str = Field(sa_column=Column(String(22), nullable=False, unique=True))
    address: str = Field(sa_column=Column(String(ADDRESS_LENGTH), nullable=False))
    canonical: str = Field(sa_column=Column(String(ADDRESS_LENGTH), nullable=False, unique=True))
    name: str = Field(sa_column=Column(String(200), nullable=False, server_default=""))
    state: str = Field(sa_column=Column(String(12), nullable=False))
    source: str = Field(sa_column=Column(String(200), nullable=False, server_default=""))
    tags: list[str] = Field(sa_column=Column(LIST, nullable=False, server_default="[]"))
    created: dt.datetime = Field(sa_column=Column(Moment(), nullable=False))
    # Null until they confirm; stays when they leave.
    confirmed: dt.datetime | None = Field(sa_column=Column(Moment(), nullable=True))
    # When they last left, however they came back: a confirmation link from before that does not bring them back.
    left: dt.datetime | None = Field(sa_column=Column(Moment(), nullable=True))
    confirmations: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))
    asked: dt.datetime | None = Field(sa_column=Column(Moment(), nullable=True))
    # Named are the sections that they do not want, so that a new section comes to everybody.
    without: list[str] = Field(sa_column=Column(LIST, nullable=False, server_default="[]"))
    zone: str | None = Field(sa_column=Column(String(64), nullable=True))
    paused_until: dt.datetime | None = Field(sa_column=Column(Moment(), nullable=True))
    seen: dt.datetime | None = Field(sa_column=Column(Moment(), nullable=True))
    linked: dt.datetime | None = Field(sa_column=Column(Moment(), nullable=True))
    moving_to: str | None = Field(sa_column=Column(String(ADDRESS_LENGTH), nullable=True))
    moving_since: dt.datetime | None = Field(sa_column=Column(Moment(), nullable=True))
    # Links to their page that were mailed before went to an address that they left.
    moved: dt.datetime | None = Field(sa_column=Column(Moment(), nullable=True))
    # What they said when they last left; empty if nothing.
    left_why: str = Field(sa_column=Column(String(300), nullable=False, server_default=""))


class LetterRow(SQLModel, table=True):
    """A letter that is due to a reader. The row goes when the letter left, or was given up: nearly empty."""

    __tablename__ = "letter"

    id: int = Field(sa_column=Column(Integer, primary_key=True))
    subscriber_id: int = Field(
        sa_column=Column(ForeignKey("subscriber.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    kind: str = Field(sa_column=Column(String(12), nullable=False))
    detail: str = Field(sa_column=Column(String(80), nullable=False, server_default=""))
    # Null: the reader's own address, as it is when the letter leaves.
    address: str | None = Field(sa_column=Column(String(ADDRESS_LENGTH), nullable=True))
    since: dt.datetime = Field(sa_column=Column(Moment(), nullable=False))
    # Not before when: moved on while a process is handing it over.
    due: dt.datetime = Field(sa_column=Column(Moment(), nullable=False, index=True))


class CourseRow(SQLModel, table=True):
    """A learning path that a reader gets by mail; see subscribers.subscriber.Course."""

    __tablename__ = "course"
    __table_args__ = (
        Index("ix_course_due", "due", postgresql_where=text("due IS NOT NULL"), sqlite_where=text("due IS NOT NULL")),
    )

    subscriber_id: int = Field(sa_column=Column(ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True))
    path: str = Field(sa_column=Column(String(64), primary_key=True))
    started: dt.datetime = Field(sa_column=Column(Moment(), nullable=False))
    every_days: int = Field(sa_column=Column(Integer, nullable=False))
    sent: int = Field(sa_column=Column(Integer, nullable=False))
    due: dt.datetime | None = Field(sa_column=Column(Moment(), nullable=True))
    ended: dt.datetime | None = Field(sa_column=Column(Moment(), nullable=True))


class HistoryRow(SQLModel, table=True):
    """One thing that happened to an address, in words for editors. It goes when the reader is deleted."""

    __tablename__ = "history"
    __table_args__ = (
        Index("ix_history_former", "former", postgresql_where=text("former IS NOT NULL"),
              sqlite_where=text("former IS NOT NULL")),
    )  # fmt: skip

    id: int = Field(sa_column=Column(Integer, primary_key=True))
    canonical: str = Field(sa_column=Column(String(ADDRESS_LENGTH), nullable=False, index=True))
    at: dt.datetime = Field(sa_column=Column(Moment(), nullable=False))
    what: str = Field(sa_column=Column(String(20), nullable=False))
    detail: str = Field(sa_column=Column(String(500), nullable=False, server_default=""))
    # Of a move: the canonical address that the reader moved away from; null of everything else.
    former: str | None = Field(sa_column=Column(String(ADDRESS_LENGTH), nullable=True))


class FormerSubjectRow(SQLModel, table=True):
    """An id that old mail carries and no other row has any more: whose links it is, for they work for ever."""

    __tablename__ = "former_subject"

    subject_id: str = Field(sa_column=Column(String(22), primary_key=True))
    canonical: str = Field(sa_column=Column(String(ADDRESS_LENGTH), nullable=False, index=True))


class ImportRow(SQLModel, table=True):
    """A list that is brought in, or was: a row for each time, with how far it is. It names nobody."""

    __tablename__ = "list_import"

    id: int = Field(sa_column=Column(Integer, primary_key=True))
    # Of the file and of how it is read: the same import goes on where it stopped.
    digest: str = Field(sa_column=Column(String(64), nullable=False, index=True))
    name: str = Field(sa_column=Column(String(200), nullable=False))
    begun: dt.datetime = Field(sa_column=Column(Moment(), nullable=False))
    # How many addresses the file has, and how many of them, in their order, are brought in.
    addresses: int = Field(sa_column=Column(Integer, nullable=False))
    done: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))
    counts: dict[str, int] = Field(sa_column=Column(LIST, nullable=False, server_default="{}"))
    finished: dt.datetime | None = Field(sa_column=Column(Moment(), nullable=True))


class BreakerRow(SQLModel, table=True):
    """The last time that sign-ups were stopped because hardly anybody confirmed; one row at most."""

    __tablename__ = "breaker"

    id: int = Field(sa_column=Column(Integer, primary_key=True))
    opened: dt.datetime = Field(sa_column=Column(Moment(), nullable=False))
    until: dt.datetime = Field(sa_column=Column(Moment(), nullable=False))
    # From when on the sign-ups came that were counted.
    since: dt.datetime = Field(sa_column=Column(Moment(), nullable=False))
    asked: int = Field(sa_column=Column(Integer, nullable=False))
    confirmed: int = Field(sa_column=Column(Integer, nullable=False))
    # When the editors were told; null until then.
    told: dt.datetime | None = Field(sa_column=Column(Moment(), nullable=True))


class WordingRow(SQLModel, table=True):
    """The words that readers agreed to, once each: a list of a million does not repeat them a million times."""

    __tablename__ = "consent_wording"

    version: str = Field(sa_column=Column(String(12), primary_key=True))
    text: str = Field(sa_column=Column(Text, nullable=False))


class ConsentRow(SQLModel, table=True):
    """One act of consent. It goes when the subscriber is deleted."""

    __tablename__ = "consent"

    id: int = Field(sa_column=Column(Integer, primary_key=True))
    subscriber_id: int = Field(
        sa_column=Column(ForeignKey("subscriber.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    act: str = Field(sa_column=Column(String(12), nullable=False))
    at: dt.datetime = Field(sa_column=Column(Moment(), nullable=False))
    source: str = Field(sa_column=Column(String(200), nullable=False))
    # The network address that the form came from; null where nobody's was known, such as for an editor's word.
    client: str | None = Field(sa_column=Column(String(45), nullable=True))
    wording: str = Field(sa_column=Column(ForeignKey("consent_wording.version"), nullable=False))


class SuppressionRow(SQLModel, table=True):
    """An address that must not be mailed. No foreign key: it outlives the subscriber."""

    __tablename__ = "suppression"
    __table_args__ = (
        Index("ix_suppression_subject", "subject_id", postgresql_where=text("subject_id IS NOT NULL"),
              sqlite_where=text("subject_id IS NOT NULL")),
    )  # fmt: skip

    canonical: str = Field(sa_column=Column(String(ADDRESS_LENGTH), primary_key=True))
    reason: str = Field(sa_column=Column(String(12), nullable=False))
    at: dt.datetime = Field(sa_column=Column(Moment(), nullable=False))
    # Null for an address that was never a subscriber here, such as one from a list of cleaned contacts.
    subject_id: str | None = Field(sa_column=Column(String(22), nullable=True))


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


subscriber = _table("subscriber")
consent = _table("consent")
wording = _table("consent_wording")
suppression = _table("suppression")
letter = _table("letter")
course = _table("course")
history = _table("history")
former_subject = _table("former_subject")
breaker = _table("breaker")
list_import = _table("list_import")

Row = dict[str, Any]
