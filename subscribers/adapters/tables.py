"""The tables of this package. The migrations create them; a test checks that the two agree."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Index, Table, Text, text
from sqlmodel import Field, SQLModel

from subscribers.database import EMPTY, NO_ITEMS, ZERO, JsonList, table

PROVIDER_ID_LENGTH = 200
ADDRESS_LENGTH = 320
"""Characters: 64 octets of local part, @, 255 octets of domain (RFC 5321 4.5.3.1)."""
IS_DIGEST = "substr(canonical, 1, 7) = 'sha256:'"
"""Whether a suppression is of a digest (address.HASHED)."""
NEVER_AGAIN = {"sqlite_autoincrement": True}
"""Options of a table whose ids a process remembers: SQLite would give the id of a deleted row to the next one."""


class SubscriberRow(SQLModel, table=True):
    """A reader; see subscribers.subscriber.Subscriber for what the columns mean."""

    __tablename__ = "subscriber"
    __table_args__ = (
        # Only readers who signed up by the form have `asked`, so an import of a million adds nothing to this index.
        Index("ix_subscriber_asked", "asked", postgresql_where=text("asked IS NOT NULL"),
              sqlite_where=text("asked IS NOT NULL")),
        # What expires if it is never confirmed; nearly all readers are in neither index.
        Index("ix_subscriber_pending", "id", postgresql_where=text("state = 'pending'"),
              sqlite_where=text("state = 'pending'")),
        Index("ix_subscriber_never", "asked",
              postgresql_where=text("state = 'unsubscribed' AND confirmed IS NULL AND asked IS NOT NULL"),
              sqlite_where=text("state = 'unsubscribed' AND confirmed IS NULL AND asked IS NOT NULL")),
        Index("ix_subscriber_moving", "moving_since", postgresql_where=text("moving_to IS NOT NULL"),
              sqlite_where=text("moving_to IS NOT NULL")),
        Index("ix_subscriber_mailbox", "mailbox", postgresql_where=text("mailbox IS NOT NULL"),
              sqlite_where=text("mailbox IS NOT NULL")),
    )  # fmt: skip

    id: int = Field(primary_key=True)
    subject_id: str = Field(max_length=22, unique=True)
    address: str = Field(max_length=ADDRESS_LENGTH)
    canonical: str = Field(max_length=ADDRESS_LENGTH, unique=True)
    name: str = Field(max_length=200, sa_column_kwargs=EMPTY)
    state: str = Field(max_length=12)
    source: str = Field(max_length=200, sa_column_kwargs=EMPTY)
    tags: list[str] = Field(sa_type=JsonList, sa_column_kwargs=NO_ITEMS)
    created: dt.datetime
    # Null until they confirm; kept when they leave.
    confirmed: dt.datetime | None = None
    # When they last left, kept when they come back: a confirmation link from before that does not bring them back.
    left: dt.datetime | None = None
    confirmations: int = Field(sa_column_kwargs=ZERO)
    asked: dt.datetime | None = None
    # The mailbox that the address reaches; see mailbox.py. An older release wrote it only for who was asked to confirm.
    mailbox: str | None = Field(default=None, max_length=ADDRESS_LENGTH)
    # The sections that they do not want; so a new section goes to everyone.
    without: list[str] = Field(sa_type=JsonList, sa_column_kwargs=NO_ITEMS)
    zone: str | None = Field(default=None, max_length=64)
    paused_until: dt.datetime | None = None
    seen: dt.datetime | None = None
    linked: dt.datetime | None = None
    moving_to: str | None = Field(default=None, max_length=ADDRESS_LENGTH)
    moving_since: dt.datetime | None = None
    # When they last moved: links to their page from before that went to an address that they left.
    moved: dt.datetime | None = None
    # Their reason when they last left; empty if they gave none.
    left_why: str = Field(max_length=300, sa_column_kwargs=EMPTY)
    # Until when a reader who left by themselves can undo it.
    undo_until: dt.datetime | None = None
    # The weight of the soft bounces that still count, and when the last of them came.
    bounces: int = Field(sa_column_kwargs=ZERO)
    bounced: dt.datetime | None = None
    # When they were last asked whether they still want to be mailed.
    asked_to_stay: dt.datetime | None = None


class EmailRow(SQLModel, table=True):
    """A mail other than an issue, to a reader or an editor: what it is made from, but not its text, and no token."""

    __tablename__ = "email"
    __table_args__ = (
        Index("ix_email_open", "priority", "due", "id", postgresql_where=text("due IS NOT NULL"),
              sqlite_where=text("due IS NOT NULL")),
        Index("ix_email_ended", "kind", "changed", postgresql_where=text("due IS NULL"),
              sqlite_where=text("due IS NULL")),
        Index("ix_email_sender", "sender", postgresql_where=text("sender IS NOT NULL"),
              sqlite_where=text("sender IS NOT NULL")),
        NEVER_AGAIN,
    )  # fmt: skip

    id: int = Field(primary_key=True)
    # Null for mail to an editor.
    subscriber_id: int | None = Field(default=None, foreign_key="subscriber.id", ondelete="CASCADE", index=True)
    kind: str = Field(max_length=12)
    detail: str = Field(sa_type=Text, sa_column_kwargs=EMPTY)
    # Null for the reader's own address at the time when the mail leaves.
    address: str | None = Field(default=None, max_length=ADDRESS_LENGTH)
    # Identifies mail to editors: what they are told about, and the editor's address. Null for mail to readers.
    reference: str | None = Field(default=None, max_length=500, unique=True)
    priority: int
    since: dt.datetime
    state: str = Field(max_length=12, sa_column_kwargs={"server_default": "queued"})
    # When it may be tried next; null once the state is final.
    due: dt.datetime | None = Field(default=None, index=True)
    attempt: int = Field(sa_column_kwargs=ZERO)
    # The sender that holds the row: the fence, as in the ledger.
    sender: str | None = Field(default=None, max_length=36)
    changed: dt.datetime | None = None
    # The server's last reply.
    reply: str = Field(sa_type=Text, sa_column_kwargs=EMPTY)
    # What the server calls the mail that it accepted; null if its reply does not say.
    provider_id: str | None = Field(default=None, max_length=PROVIDER_ID_LENGTH)


class ErasureRow(SQLModel, table=True):
    """A reader who was deleted and whose records outside this package are not cleared yet; see ports.Erasures."""

    __tablename__ = "erasure"
    __table_args__ = NEVER_AGAIN

    id: int = Field(primary_key=True)
    asked: dt.datetime
    canonicals: list[str] = Field(sa_type=JsonList, sa_column_kwargs=NO_ITEMS)
    subject_ids: list[str] = Field(sa_type=JsonList, sa_column_kwargs=NO_ITEMS)


class CourseRow(SQLModel, table=True):
    """A learning path that a reader gets by mail; see subscribers.subscriber.Course."""

    __tablename__ = "course"
    __table_args__ = (
        Index("ix_course_due", "due", postgresql_where=text("due IS NOT NULL"), sqlite_where=text("due IS NOT NULL")),
    )

    subscriber_id: int = Field(foreign_key="subscriber.id", ondelete="CASCADE", primary_key=True)
    path: str = Field(max_length=64, primary_key=True)
    started: dt.datetime
    every_days: int
    sent: int
    due: dt.datetime | None = None
    ended: dt.datetime | None = None


class HistoryRow(SQLModel, table=True):
    """An entry of an address's history, in words for editors. It is deleted with the reader."""

    __tablename__ = "history"
    __table_args__ = (
        Index("ix_history_former", "former", postgresql_where=text("former IS NOT NULL"),
              sqlite_where=text("former IS NOT NULL")),
    )  # fmt: skip

    id: int = Field(primary_key=True)
    canonical: str = Field(max_length=ADDRESS_LENGTH, index=True)
    at: dt.datetime
    what: str = Field(max_length=20)
    detail: str = Field(max_length=500, sa_column_kwargs=EMPTY)
    # For a move, the canonical address that the reader moved away from; null for everything else.
    former: str | None = Field(default=None, max_length=ADDRESS_LENGTH)


class FormerSubjectRow(SQLModel, table=True):
    """An id that only old mail still contains, and the address that its links lead to: they work for ever."""

    __tablename__ = "former_subject"

    subject_id: str = Field(max_length=22, primary_key=True)
    canonical: str = Field(max_length=ADDRESS_LENGTH, index=True)


class ImportRow(SQLModel, table=True):
    """One import of a list, and how far it is. It contains no addresses."""

    __tablename__ = "list_import"

    id: int = Field(primary_key=True)
    # The digest of the file and of how it is read; by it, the same import goes on where it stopped.
    digest: str = Field(max_length=64, index=True)
    name: str = Field(max_length=200)
    begun: dt.datetime
    # How many addresses the file has, and how many of them, in their order, have been imported.
    addresses: int
    done: int = Field(sa_column_kwargs=ZERO)
    counts: dict[str, int] = Field(sa_type=JsonList, sa_column_kwargs={"server_default": "{}"})
    finished: dt.datetime | None = None


class BreakerRow(SQLModel, table=True):
    """The last time that sign-ups were stopped because hardly anyone confirmed; there is at most one row."""

    __tablename__ = "breaker"

    id: int = Field(primary_key=True)
    opened: dt.datetime
    until: dt.datetime
    # The beginning of the period whose sign-ups were counted.
    since: dt.datetime
    asked: int
    confirmed: int
    # When the editors were told; null until then.
    told: dt.datetime | None = None


class WordingRow(SQLModel, table=True):
    """The words that readers agreed to, each stored once, not once for each of a million imported readers."""

    __tablename__ = "consent_wording"

    version: str = Field(max_length=12, primary_key=True)
    text: str = Field(sa_type=Text)


class ConsentRow(SQLModel, table=True):
    """One act of consent. It is deleted with the subscriber."""

    __tablename__ = "consent"
    __table_args__ = (
        Index("ix_consent_client", "at", postgresql_where=text("client IS NOT NULL"),
              sqlite_where=text("client IS NOT NULL")),
    )  # fmt: skip

    id: int = Field(primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.id", ondelete="CASCADE", index=True)
    act: str = Field(max_length=12)
    at: dt.datetime
    source: str = Field(max_length=200)
    # The network address that the form came from; null if it is unknown, as for readers whom an editor added.
    client: str | None = Field(default=None, max_length=45)
    wording: str = Field(max_length=12, foreign_key="consent_wording.version")
    # The learning path that they agreed to get by mail; empty for the newsletter.
    course: str = Field(max_length=64, sa_column_kwargs=EMPTY)


class SuppressionRow(SQLModel, table=True):
    """An address that must not be mailed. No foreign key: it outlives the subscriber."""

    __tablename__ = "suppression"
    __table_args__ = (
        Index("ix_suppression_subject", "subject_id", postgresql_where=text("subject_id IS NOT NULL"),
              sqlite_where=text("subject_id IS NOT NULL")),
        Index("ix_suppression_mailbox", "mailbox", postgresql_where=text("mailbox IS NOT NULL"),
              sqlite_where=text("mailbox IS NOT NULL")),
        # Whether there is a digest at all is asked before thousands of addresses are hashed.
        Index("ix_suppression_digest", "canonical", postgresql_where=text(IS_DIGEST), sqlite_where=text(IS_DIGEST)),
    )  # fmt: skip

    # The canonical address, or "sha256:" and the digest of one that only another system knows in full.
    canonical: str = Field(max_length=ADDRESS_LENGTH, primary_key=True)
    reason: str = Field(max_length=12)
    at: dt.datetime
    # Null for an address that was never a subscriber's here, such as one from a list of bounced contacts.
    subject_id: str | None = Field(default=None, max_length=22)
    # The mail server's words, after a bounce or a complaint.
    words: str = Field(max_length=500, sa_column_kwargs=EMPTY)
    # When the subscriber was deleted; null if nobody was.
    deleted: dt.datetime | None = None
    # The mailbox that the address reaches, if its owner never wants mail again; it outlives the subscriber.
    mailbox: str | None = Field(default=None, max_length=ADDRESS_LENGTH)


subscriber: Table = table(SubscriberRow)
consent: Table = table(ConsentRow)
wording: Table = table(WordingRow)
suppression: Table = table(SuppressionRow)
email: Table = table(EmailRow)
course: Table = table(CourseRow)
history: Table = table(HistoryRow)
former_subject: Table = table(FormerSubjectRow)
breaker: Table = table(BreakerRow)
list_import: Table = table(ImportRow)
erasure: Table = table(ErasureRow)

Row = dict[str, Any]
Columns = dict[str, Sequence[Any]]


def every_table() -> Sequence[Table]:
    """Return the tables of all packages that were imported so far; those that others refer to come first."""
    return SQLModel.metadata.sorted_tables
