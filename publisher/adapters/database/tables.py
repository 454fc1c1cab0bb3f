"""The publisher's tables. A comment beside a column says what its type does not.

delivery.due is when a row may be tried next, and NULL once the row is final. Claiming, recovery and `finish` use one
partial index on it, which holds only open rows and so shrinks to nothing as an issue is sent. A queued row whose `due`
is in the future waits for the reader's own morning.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from publisher.issue import DeliveryState
from subscribers.database import EMPTY, NO_ITEMS, ZERO, BigId, JsonList, table

_STATES = ", ".join(f"'{state.value}'" for state in DeliveryState)


class MailingRow(SQLModel, table=True):
    """An approved issue that is being sent or was sent, with its frozen bytes (I9)."""

    __tablename__ = "mailing"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    digest: str = Field(sa_type=sa.Text)
    subject: str = Field(sa_type=sa.Text)
    message: bytes
    started: dt.datetime
    # The segment that the audience was narrowed to, in the language of segments; empty for everyone.
    segment: str = Field(sa_type=sa.Text, sa_column_kwargs=EMPTY)
    # While only readers whose own morning came before the publication's hour are in the audience: up to which moment.
    early_until: dt.datetime | None = None
    finished: dt.datetime | None = None
    # The server's reply when it refused the whole issue, how many times in a row it did, and until when the issue
    # rests.
    halted: str = Field(sa_type=sa.Text, sa_column_kwargs=EMPTY)
    halts: int = Field(sa_column_kwargs=ZERO)
    rests_until: dt.datetime | None = None
    # Since when a person has paused it, and why.
    paused: dt.datetime | None = None
    paused_why: str = Field(sa_type=sa.Text, sa_column_kwargs=EMPTY)
    # The digest of a copy as the process makes it that began or last resumed the mailing; empty: not said.
    sample_digest: str = Field(sa_type=sa.Text, sa_column_kwargs=EMPTY)


class DeliveryRow(SQLModel, table=True):
    """One delivery: an issue and a canonical address (I1). `attempt` counts the attempts that ended, from 0."""

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
        sa.Index(
            "delivery_bounced",
            "issue",
            "bounce_told",
            sqlite_where=sa.text("bounce <> ''"),
            postgresql_where=sa.text("bounce <> ''"),
        ),
    )

    id: int = Field(sa_type=BigId, primary_key=True)
    issue: int = Field(foreign_key="mailing.number")
    # No foreign key: the row must outlive a reader who asks to be deleted, or the sums would no longer add up (I2).
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
    # The sections that the reader did not want when the audience was frozen, so that a retry is the same message (I6).
    without: list[str] = Field(sa_type=JsonList, sa_column_kwargs=NO_ITEMS)
    # The Date of the message, so that a retry has the same; NULL: when sending began.
    dated: dt.datetime | None = None
    # What the end says about the address: hard, soft, or empty. It is written with the end, and the list of readers is
    # told of it later; `bounce_told` is when.
    bounce: str = Field(sa_type=sa.Text, sa_column_kwargs=EMPTY)
    bounce_told: dt.datetime | None = None
    # When mail came back that says so; NULL where the answer of the server did.
    bounce_returned: dt.datetime | None = None


class ReturnedMailRow(SQLModel, table=True):
    """What came back of a delivery or of a mail of the outbox, and what was decided; see ports.Report."""

    __tablename__ = "returned_mail"

    id: int = Field(sa_type=BigId, primary_key=True)
    at: dt.datetime
    digest: str = Field(sa_type=sa.Text, unique=True)
    # imap, maildir or stdin
    source: str = Field(sa_type=sa.Text)
    issue: int | None = Field(default=None, index=True)
    delivery: int | None = Field(default=None, sa_type=sa.BigInteger, index=True)
    email: int | None = Field(default=None, sa_type=sa.BigInteger)
    # Empty once the reader was deleted.
    canonical: str = Field(sa_type=sa.Text, index=True)
    cause: str = Field(sa_type=sa.Text)
    effect: str = Field(sa_type=sa.Text)
    code: str = Field(sa_type=sa.Text, sa_column_kwargs=EMPTY)
    words: str = Field(sa_type=sa.Text, sa_column_kwargs=EMPTY)
    undone: dt.datetime | None = None
    why: str = Field(sa_type=sa.Text, sa_column_kwargs=EMPTY)


class SendingHoldRow(SQLModel, table=True):
    """Why all sending is held, or that the editors were warned; see ports.Hold."""

    __tablename__ = "sending_hold"
    __table_args__ = (sa.UniqueConstraint("issue", "cause", name="sending_hold_issue_cause"),)

    id: int = Field(sa_type=BigId, primary_key=True)
    issue: int
    cause: str = Field(sa_type=sa.Text)
    what: str = Field(sa_type=sa.Text)
    since: dt.datetime
    # Whether sending is held; else it is a warning.
    holds: bool
    told: dt.datetime | None = None
    lifted: dt.datetime | None = None
    why: str = Field(sa_type=sa.Text, sa_column_kwargs=EMPTY)


class SenderProcessRow(SQLModel, table=True):
    """A run of a sender, which may hold rows. `host`, `pid` and `born` tell whether its process is still alive."""

    __tablename__ = "sender_process"

    id: str = Field(sa_type=sa.Text, primary_key=True)
    host: str = Field(sa_type=sa.Text)
    pid: int
    born: str = Field(sa_type=sa.Text)
    heartbeat: dt.datetime
    # For people: the machine's own name, since when it sends, and how many messages a minute, by its last heartbeat.
    machine: str = Field(sa_type=sa.Text, sa_column_kwargs=EMPTY)
    since: dt.datetime | None = None
    per_minute: int | None = None


class SendingRateRow(SQLModel, table=True):
    """A limit on how fast mail leaves: the next moment that nobody has taken, in microseconds of the clock of rates.py."""

    __tablename__ = "sending_rate"

    name: str = Field(sa_type=sa.Text, primary_key=True)
    free: int = Field(sa_type=sa.BigInteger)


class ApprovalRow(SQLModel, table=True):
    """An approval: a person's name, bound to the digest of what will be sent."""

    __tablename__ = "approval"

    issue: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    digest: str = Field(sa_type=sa.Text, primary_key=True)
    person: str = Field(sa_type=sa.Text, primary_key=True)
    at: dt.datetime


class ApprovalRecordRow(SQLModel, table=True):
    """One line of the record of approvals: who did what, when and how. Rows are only ever added."""

    __tablename__ = "approval_record"

    id: int = Field(sa_type=BigId, primary_key=True)
    issue: int = Field(index=True)
    digest: str = Field(sa_type=sa.Text)
    person: str = Field(sa_type=sa.Text)
    at: dt.datetime
    # approved or withdrawn
    what: str = Field(sa_type=sa.Text)
    # link, shell or restore
    how: str = Field(sa_type=sa.Text)


class ShownIssueRow(SQLModel, table=True):
    """An issue as it was proofed or approved: its file and its frozen message. Rows are only ever added."""

    __tablename__ = "shown_issue"

    id: int = Field(sa_type=BigId, primary_key=True)
    issue: int = Field(index=True)
    # proof or approval
    occasion: str = Field(sa_type=sa.Text)
    digest: str = Field(sa_type=sa.Text)
    at: dt.datetime
    source: bytes
    message: bytes


class ToolCallRow(SQLModel, table=True):
    """What an assistant asked of a tool. Rows are only ever added, and each gets its result once."""

    __tablename__ = "tool_call"

    id: int = Field(sa_type=BigId, primary_key=True)
    run: str = Field(sa_type=sa.Text)
    step: int
    key: str = Field(sa_type=sa.Text, unique=True)
    tool: str = Field(sa_type=sa.Text)
    # Of the tool's name and input.
    digest: str = Field(sa_type=sa.Text, index=True)
    at: dt.datetime
    # JSON: what it is about to write, and what it answered; NULL: nothing, and nothing yet.
    intent: str | None = Field(default=None, sa_type=sa.Text)
    result: str | None = Field(default=None, sa_type=sa.Text)


class WeekRow(SQLModel, table=True):
    """A week's issue as the scheduler sees it; the key is invariant I8."""

    __tablename__ = "issue_slot"  # its first name: another word is no reason to migrate every database

    publication: str = Field(sa_type=sa.Text, primary_key=True)
    week: str = Field(sa_type=sa.Text, primary_key=True)
    due: dt.datetime
    state: str = Field(sa_type=sa.Text)
    number: int | None = None
    told: str | None = Field(default=None, sa_type=sa.Text)
    # Why a person holds or skipped the week; empty: neither.
    why: str = Field(sa_type=sa.Text, sa_column_kwargs=EMPTY)
    # When the editors are to be told how the issue did; NULL: they were, or they never are.
    report_due: dt.datetime | None = None


class LeaseRow(SQLModel, table=True):
    """A named lock that expires, for work that two processes must not do at once."""

    __tablename__ = "lease"

    name: str = Field(sa_type=sa.Text, primary_key=True)
    holder: str = Field(sa_type=sa.Text)
    host: str = Field(sa_type=sa.Text)
    pid: int
    born: str = Field(sa_type=sa.Text)
    until: dt.datetime


class PassageTermsRow(SQLModel, table=True):
    """The stems of a published passage, as publisher.draft.chunks writes them: kept so that each is made once.

    All of it follows from the issues, and is made again if it is gone.
    """

    __tablename__ = "passage_terms"

    # Of everything that the terms depend on: the passage's words, the language, and how both are cut.
    hash: str = Field(sa_type=sa.Text, primary_key=True)
    terms: str = Field(sa_type=sa.Text)


class PassageVectorRow(SQLModel, table=True):
    """The vector of a part of a published passage, as a model made it. It is made again if it is gone."""

    __tablename__ = "passage_vector"

    # Of the text as the model got it.
    hash: str = Field(sa_type=sa.Text, primary_key=True)
    model: str = Field(sa_type=sa.Text, primary_key=True)
    # Which way of cutting and writing passages the text is of, as publisher.draft.embedded calls it.
    cutter: str = Field(sa_type=sa.Text, primary_key=True)
    dimension: int
    # Numbers of 4 bytes, the lowest byte first; its length is 1.
    vector: bytes


class ModelCallRow(SQLModel, table=True):
    """One attempt at a model's endpoint, as ports.CallRecord has it. What was spent is the sum of these rows."""

    __tablename__ = "model_call"

    id: int = Field(sa_type=BigId, primary_key=True)
    at: dt.datetime = Field(index=True)
    purpose: str = Field(sa_type=sa.Text)
    issue: int | None = Field(default=None, index=True)
    # Its URL without user, password or query.
    endpoint: str = Field(sa_type=sa.Text)
    model: str = Field(sa_type=sa.Text)
    # Digests of the prompt's own words and of the whole request; neither the request nor the reply is kept.
    prompt: str = Field(sa_type=sa.Text)
    request: str = Field(sa_type=sa.Text)
    # The parameters it was asked with, such as «json_schema max_tokens».
    form: str = Field(sa_type=sa.Text, sa_column_kwargs=EMPTY)
    outcome: str = Field(sa_type=sa.Text)
    status: int | None = None
    milliseconds: int | None = None
    # While a call is under way, these are the most that it can cost.
    input_tokens: int = Field(sa_column_kwargs=ZERO)
    output_tokens: int = Field(sa_column_kwargs=ZERO)
    # Whether the endpoint did not count them.
    estimated: bool = Field(sa_column_kwargs={"server_default": sa.false()})
    # Millionths of a US dollar; NULL where nobody knows the price.
    micros: int | None = Field(default=None, sa_type=sa.BigInteger)


class ModelAnswerRow(SQLModel, table=True):
    """An answer of a model that held, under the digest of exactly what was asked of whom."""

    __tablename__ = "model_answer"

    key: str = Field(sa_type=sa.Text, primary_key=True)
    answer: str = Field(sa_type=sa.Text)
    # An HMAC with the publication's secret, so that an answer that somebody wrote in here is not believed.
    seal: str = Field(sa_type=sa.Text)
    at: dt.datetime = Field(index=True)


mailing: sa.Table = table(MailingRow)
delivery: sa.Table = table(DeliveryRow)
returned_mail: sa.Table = table(ReturnedMailRow)
sending_hold: sa.Table = table(SendingHoldRow)
sender_process: sa.Table = table(SenderProcessRow)
sending_rate: sa.Table = table(SendingRateRow)
approval: sa.Table = table(ApprovalRow)
approval_record: sa.Table = table(ApprovalRecordRow)
shown_issue: sa.Table = table(ShownIssueRow)
tool_call: sa.Table = table(ToolCallRow)
weeks: sa.Table = table(WeekRow)
lease: sa.Table = table(LeaseRow)
passage_terms: sa.Table = table(PassageTermsRow)
passage_vector: sa.Table = table(PassageVectorRow)
model_call: sa.Table = table(ModelCallRow)
model_answer: sa.Table = table(ModelAnswerRow)
