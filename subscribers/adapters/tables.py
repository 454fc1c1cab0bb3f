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

TAGS = JSON().with_variant(JSONB(), "postgresql")


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
        Index("ix_subscriber_letter_due", "letter_due", postgresql_where=text("letter IS NOT NULL"),
              sqlite_where=text("letter IS NOT NULL")),
    )  # fmt: skip

    id: int = Field(sa_column=Column(Integer, primary_key=True))
    subject_id: str = Field(sa_column=Column(String(22), nullable=False, unique=True))
    address: str = Field(sa_column=Column(String(ADDRESS_LENGTH), nullable=False))
    canonical: str = Field(sa_column=Column(String(ADDRESS_LENGTH), nullable=False, unique=True))
    name: str = Field(sa_column=Column(String(200), nullable=False, server_default=""))
    state: str = Field(sa_column=Column(String(12), nullable=False))
    source: str = Field(sa_column=Column(String(200), nullable=False, server_default=""))
    tags: list[str] = Field(sa_column=Column(TAGS, nullable=False, server_default="[]"))
    created: dt.datetime = Field(sa_column=Column(Moment(), nullable=False))
    # Null until they confirm; stays when they leave.
    confirmed: dt.datetime | None = Field(sa_column=Column(Moment(), nullable=True))
    # When they last left, however they came back: a confirmation link from before that does not bring them back.
    left: dt.datetime | None = Field(sa_column=Column(Moment(), nullable=True))
    confirmations: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))
    asked: dt.datetime | None = Field(sa_column=Column(Moment(), nullable=True))
    # What mail is due to this reader, and not before when; null nearly always, so the index is nearly empty.
    letter: str | None = Field(sa_column=Column(String(12), nullable=True))
    letter_due: dt.datetime | None = Field(sa_column=Column(Moment(), nullable=True))


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
    wording: str = Field(sa_column=Column(ForeignKey("consent_wording.version"), nullable=False))


class SuppressionRow(SQLModel, table=True):
    """An address that must not be mailed. No foreign key: it outlives the subscriber."""

    __tablename__ = "suppression"

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

Row = dict[str, Any]
