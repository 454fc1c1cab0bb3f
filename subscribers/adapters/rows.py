"""Turns rows of the tables into the nouns of this package, and back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

from subscribers.adapters import tables
from subscribers.consent import Act, Consent, Wording
from subscribers.emails import RULES
from subscribers.history import AddressHistory, Happened
from subscribers.mailbox import mailbox_of, refuses_mailbox
from subscribers.subscriber import Course, Email, Reason, State, Subscriber, Suppression


def reader_of(row: Mapping[Any, Any], courses: tuple[Course, ...] = ()) -> Subscriber:
    return Subscriber(
        subject_id=row["subject_id"],
        address=row["address"],
        canonical=row["canonical"],
        created=row["created"],
        state=State(row["state"]),
        name=row["name"],
        source=row["source"],
        tags=tuple(row["tags"]),
        confirmed=row["confirmed"],
        left=row["left"],
        confirmations=row["confirmations"],
        asked=row["asked"],
        without=tuple(row["without"]),
        zone=row["zone"],
        paused_until=row["paused_until"],
        seen=row["seen"],
        linked=row["linked"],
        moving_to=row["moving_to"],
        moving_since=row["moving_since"],
        moved=row["moved"],
        courses=courses,
        left_why=row["left_why"],
        undo_until=row["undo_until"],
        bounces=row["bounces"],
        bounced=row["bounced"],
        asked_to_stay=row["asked_to_stay"],
    )


def reader_columns(readers: Sequence[Subscriber]) -> tables.Columns:
    """Return the columns of readers' rows: thousands of them at once, so without an object for each."""
    columns: tables.Columns = dict(zip(_READER_FIELDS, zip(*map(_reader_values, readers), strict=True), strict=True))
    states = [reader.state._value_ for reader in readers]  # of an import's thousands: `value` is a slow function
    return {**columns, "state": states, "mailbox": [mailbox_of(reader.canonical) for reader in readers]}


def reader_row(subscriber: Subscriber) -> tables.Row:
    return {name: value for name, (value,) in reader_columns([subscriber]).items()}


_READER_FIELDS = (
    "subject_id", "address", "canonical", "created", "name", "source", "tags", "confirmed", "left", "confirmations", "asked",
    "without", "zone", "paused_until", "seen", "linked", "moving_to", "moving_since", "moved", "left_why", "undo_until",
    "bounces", "bounced", "asked_to_stay",
)  # fmt: skip
_reader_values = attrgetter(*_READER_FIELDS)


def course_of(row: Any) -> Course:
    return Course(row.path, row.started, row.every_days, row.sent, row.due, row.ended)


def course_row(subject_id: str, course: Course) -> tables.Row:
    return {
        "whose": subject_id,
        "path": course.path,
        "started": course.started,
        "every_days": course.every_days,
        "sent": course.sent,
        "due": course.due,
        "ended": course.ended,
    }


def suppression_of(row: Mapping[Any, Any]) -> Suppression:
    return Suppression(
        row["canonical"], Reason(row["reason"]), row["at"], row["subject_id"], row["words"], row["deleted"]
    )


def suppression_row(suppression: Suppression) -> tables.Row:
    return {
        "canonical": suppression.canonical,
        "reason": suppression.reason.value,
        "at": suppression.at,
        "subject_id": suppression.subject_id,
        "words": suppression.words,
        "deleted": suppression.deleted,
        "mailbox": mailbox_of(suppression.canonical) if refuses_mailbox(suppression) else None,
    }


def consent_columns(consents: Sequence[Consent], versions: Sequence[str]) -> tables.Columns:
    """Return the columns of acts of consent; `versions` are those of their words."""
    whose, at, source, client, course = zip(*map(_consent_values, consents), strict=True)
    acts = [each.act._value_ for each in consents]
    return {
        "whose": whose, "act": acts, "at": at, "source": source, "client": client, "wording": versions, "course": course,
    }  # fmt: skip


_consent_values = attrgetter("subject_id", "at", "source", "client", "course")


def consent_of(row: Any, subject_id: str) -> Consent:
    """Return an act of consent, from a row that has the words' text beside its own columns."""
    return Consent(subject_id, Act(row.act), row.at, row.source, Wording(row.text), row.client, row.course)


def happened_of(row: Mapping[Any, Any]) -> Happened:
    return Happened(row["at"], row["what"], row["detail"], row["former"])


def email_row(email: Email, now: dt.datetime) -> tables.Row:
    return {
        "kind": email.kind.value,
        "detail": email.detail,
        "address": email.address,
        "since": now,
        "due": now,
        "priority": RULES[email.kind].priority,
    }


def history_row(canonical: str, happened: Happened) -> tables.Row:
    return {
        "canonical": canonical,
        "at": happened.at,
        "what": happened.what,
        "detail": happened.detail,
        "former": happened.former,
    }


def erasure_row(gone: AddressHistory, now: dt.datetime) -> tables.Row:
    return {"asked": now, "canonicals": list(gone.canonicals), "subject_ids": list(gone.subject_ids)}
