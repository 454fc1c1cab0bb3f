"""Readers in the database: what `change` needs of a store. The only module that writes readers and suppressions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, text, update

from subscribers.adapters import tables
from subscribers.adapters.rows import (
    consent_row,
    course_row,
    history_row,
    letter_row,
    reader_of,
    reader_row,
    suppression_of,
    suppression_row,
)
from subscribers.adapters.store import LOCK_SPACE, Store, conflict_free, courses_of, keep_wording
from subscribers.consent import AS_ASKED, Act, Consent, Wording
from subscribers.errors import StoreCollided
from subscribers.history import AddressHistory, Happened
from subscribers.ports import Outcome
from subscribers.subscriber import Subscriber, Suppression
from subscribers.transitions import AddressState


class DatabaseReaders:
    """The store of readers in the tables of this package."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @contextmanager
    def writing(self) -> Iterator[ReaderRows]:
        """Give one transaction: committed when the block ends, rolled back when it raises."""
        with self._store.writing() as connection:
            yield ReaderRows(connection)

    @contextmanager
    def reading(self) -> Iterator[ReaderRows]:
        """Give one transaction that writes nothing, over one state of the database."""
        with self._store.reading() as connection:
            yield ReaderRows(connection)


class ReaderRows:
    """Readers within one transaction; see subscribers.ports.ReaderTransaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def whose(self, subject_id: str) -> str | None:
        for each in (_CANONICAL, _FORMER_CANONICAL, _SUPPRESSED_CANONICAL):
            canonical = self._connection.scalar(each, {"subject_id": subject_id})
            if canonical is not None:
                return str(canonical)
        return None

    def lock(self, canonicals: Collection[str]) -> None:
        if canonicals and self._connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
            self._connection.execute(_LOCKS, {"space": LOCK_SPACE, "keys": sorted(canonicals)})

    def states(self, canonicals: Collection[str]) -> Mapping[str, AddressState]:
        keys = sorted(set(canonicals))
        rows = self._connection.execute(_SUPPRESSIONS, {"keys": keys}).mappings()
        suppressed = {row["canonical"]: suppression_of(row) for row in rows}
        found = self._connection.execute(_SUBSCRIBERS, {"keys": keys}).mappings().all()
        courses = courses_of(self._connection, [row["id"] for row in found])
        known = {row["canonical"]: reader_of(row, courses.get(row["id"], ())) for row in found}
        return {key: AddressState(key, known.get(key), suppressed.get(key)) for key in keys}

    def happened(self, canonical: str) -> Sequence[Happened]:
        table = tables.history
        chosen = select(table).where(table.c.canonical == canonical).order_by(table.c.at, table.c.id)
        return [Happened(row.at, row.what, row.detail, row.former) for row in self._connection.execute(chosen)]

    def consents(self, subject_id: str) -> Sequence[Consent]:
        consent, wording = tables.consent, tables.wording
        rows = self._connection.execute(
            select(consent, wording.c.text)
            .join(wording, wording.c.version == consent.c.wording)
            .join(tables.subscriber, tables.subscriber.c.id == consent.c.subscriber_id)
            .where(tables.subscriber.c.subject_id == subject_id)
            .order_by(consent.c.at, consent.c.id)
        )
        return [Consent(subject_id, Act(row.act), row.at, row.source, Wording(row.text), row.client) for row in rows]

    def address_history(self, state: AddressState) -> AddressHistory:
        moves, former_id = tables.history.c, tables.former_subject.c
        left = select(moves.former).where(moves.canonical == state.canonical, moves.former.is_not(None))
        former = dict.fromkeys(self._connection.scalars(left.order_by(moves.at, moves.id)))
        ids = self._connection.scalars(select(former_id.subject_id).where(former_id.canonical == state.canonical))
        subject_ids = dict.fromkeys([*(subject_id for subject_id, _ in _ids(state)), *ids])
        return AddressHistory(
            state.canonical, tuple(each for each in former if each != state.canonical), tuple(subject_ids)
        )

    def moved_to(self, canonical: str) -> str | None:
        moves, reader = tables.history.c, tables.subscriber.c
        latest = (
            select(reader.address)
            .join(tables.history, moves.canonical == reader.canonical)
            .where(moves.former == canonical, reader.canonical != canonical)
            .order_by(moves.at.desc(), moves.id.desc())
            .limit(1)
        )
        return self._connection.scalar(latest)

    # Writing

    def save(self, outcome: Outcome, now: dt.datetime) -> None:
        readers = _Readers(outcome.changed)
        ids = self._row_ids(readers)
        for was, heir in readers.joined:
            self._join(was, heir, ids)
        for was in readers.deleted:
            self._connection.execute(delete(tables.subscriber).where(tables.subscriber.c.subject_id == was.subject_id))
        for gone in outcome.deleted:
            self._forget_history(gone)
        for was, reader in readers.kept:
            self._update(was, reader)
        for before, after in outcome.changed:
            self._save_suppression(before.suppression, after.suppression)
            self._keep_ids(before, readers.present)
        self._insert(readers.fresh)
        self._save_courses(readers)
        letters = [
            letter_row(after.subscriber.subject_id, letter, now)
            for _, after in outcome.changed
            if after.subscriber is not None
            for letter in after.letters
        ]
        if letters:
            self._connection.execute(_LETTER, letters)
        if outcome.happened:
            self._connection.execute(_HISTORY, [history_row(key, each) for key, each in outcome.happened])
        self._record(outcome.consents)

    def _row_ids(self, readers: _Readers) -> Mapping[str, int]:
        """Return the ids of the rows of readers who become one."""
        subjects = [subject_id for was, heir in readers.joined for subject_id in (was.subject_id, heir.subject_id)]
        if not subjects:
            return {}
        return {row.subject_id: row.id for row in self._connection.execute(_IDS, {"subjects": subjects})}

    def _insert(self, fresh: Sequence[Subscriber]) -> None:
        if fresh:
            self._connection.execute(_INSERT, [reader_row(each) for each in fresh])

    def _join(self, was: Subscriber, heir: Subscriber, ids: Mapping[str, int]) -> None:
        """Give what hangs on one reader's row to another's, and delete it."""
        for table in (tables.consent, tables.letter):
            self._connection.execute(
                update(table)
                .where(table.c.subscriber_id == ids[was.subject_id])
                .values(subscriber_id=ids[heir.subject_id])
            )
        subscriber = tables.subscriber
        as_it_was = (subscriber.c.subject_id == was.subject_id, subscriber.c.state == was.state.value)
        self._exactly_one(delete(subscriber).where(*as_it_was))

    def _update(self, was: Subscriber, reader: Subscriber) -> None:
        before, now = reader_row(was), reader_row(reader)
        changed = {name: value for name, value in now.items() if value != before[name]}
        if changed:
            mine = (tables.subscriber.c.subject_id == was.subject_id, tables.subscriber.c.state == was.state.value)
            self._exactly_one(update(tables.subscriber).where(*mine).values(changed))
        if reader.canonical != was.canonical:
            for table in (tables.history, tables.former_subject):
                self._connection.execute(
                    update(table).where(table.c.canonical == was.canonical).values(canonical=reader.canonical)
                )

    def _save_suppression(self, before: Suppression | None, after: Suppression | None) -> None:
        table = tables.suppression
        if after is not None and after != before:
            row = suppression_row(after)
            statement = conflict_free(self._connection)(table).values(row)
            self._connection.execute(statement.on_conflict_do_update(index_elements=["canonical"], set_=row))
        elif after is None and before is not None:
            self._exactly_one(
                delete(table).where(table.c.canonical == before.canonical, table.c.reason == before.reason.value)
            )

    def _exactly_one(self, statement: Any) -> None:
        """Write a row that is still as it was found: whoever takes no locks, such as another release, may be faster."""
        if self._connection.execute(statement).rowcount != 1:
            raise StoreCollided("somebody else wrote the same reader at the same time")

    def _keep_ids(self, before: AddressState, present: Collection[str]) -> None:
        """Remember to whom the ids led that no row has any more: the links of old mail still reach them."""
        for subject_id, canonical in _ids(before):
            if subject_id not in present:
                statement = conflict_free(self._connection)(tables.former_subject).values(
                    subject_id=subject_id, canonical=canonical
                )
                self._connection.execute(
                    statement.on_conflict_do_update(index_elements=["subject_id"], set_={"canonical": canonical})
                )

    def _forget_history(self, gone: AddressHistory) -> None:
        """Delete what happened to the addresses of a reader who is gone, except to one that is another reader's now."""
        table, reader = tables.history.c, tables.subscriber.c
        someone = select(1).where(reader.canonical == table.canonical).exists()
        self._connection.execute(delete(tables.history).where(table.canonical.in_(gone.canonicals), ~someone))

    def _save_courses(self, readers: _Readers) -> None:
        """Write courses that changed; a course is never taken away, it ends."""
        rows = [
            course_row(reader.subject_id, course)
            for was, reader in readers.with_courses
            for course in reader.courses
            if was is None or was.course(course.path) != course
        ]
        if not rows:
            return
        statement = conflict_free(self._connection)(tables.course).values(subscriber_id=_WHOSE)
        set_ = {name: statement.excluded[name] for name in ("started", "every_days", "sent", "due", "ended")}
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["subscriber_id", "path"], set_=set_), rows
        )

    def _record(self, consents: Sequence[Consent]) -> None:
        if not consents:
            return
        whole = [replace(each, wording=self._as_asked(each)) if each.wording == AS_ASKED else each for each in consents]
        # In one order, so that two processes cannot wait for each other in a ring.
        for wording in sorted({each.wording for each in whole}, key=lambda each: each.version):
            keep_wording(self._connection, wording)
        self._connection.execute(_CONSENT, [consent_row(each) for each in whole])

    def _as_asked(self, consent: Consent) -> Wording:
        known = self.consents(consent.subject_id)
        return known[-1].wording if known else consent.wording


class _Readers:
    """What became of readers, told from their ids and addresses."""

    def __init__(self, changed: Sequence[tuple[AddressState, AddressState]]) -> None:
        before = {was.subject_id: was for each, _ in changed if (was := each.subscriber) is not None}
        after = {reader.subject_id: reader for _, each in changed if (reader := each.subscriber) is not None}
        there = {reader.canonical: reader for reader in after.values()}
        self.fresh = [reader for reader in after.values() if reader.subject_id not in before]
        self.kept = [(before[key], reader) for key, reader in after.items() if key in before and before[key] != reader]
        gone = [was for was in before.values() if was.subject_id not in after]
        self.joined = [(was, there[was.canonical]) for was in gone if was.canonical in there]
        self.deleted = [was for was in gone if was.canonical not in there]
        self.with_courses = [(before.get(key), reader) for key, reader in after.items() if reader.courses]
        self.present = {*after, *(subject_id for _, each in changed for subject_id, _ in _ids(each))}


def _ids(state: AddressState) -> list[tuple[str, str]]:
    """Return the public ids that lead to an address, each with the address."""
    holders = (state.subscriber, state.suppression)
    return [(each.subject_id, each.canonical) for each in holders if each is not None and each.subject_id is not None]


_SUPPRESSIONS = select(tables.suppression).where(tables.suppression.c.canonical.in_(bindparam("keys", expanding=True)))
_SUBSCRIBERS = select(tables.subscriber).where(tables.subscriber.c.canonical.in_(bindparam("keys", expanding=True)))
_CANONICAL = select(tables.subscriber.c.canonical).where(tables.subscriber.c.subject_id == bindparam("subject_id"))
_FORMER_CANONICAL = select(tables.former_subject.c.canonical).where(
    tables.former_subject.c.subject_id == bindparam("subject_id")
)
_SUPPRESSED_CANONICAL = select(tables.suppression.c.canonical).where(
    tables.suppression.c.subject_id == bindparam("subject_id")
)
_IDS = select(tables.subscriber.c.id, tables.subscriber.c.subject_id).where(
    tables.subscriber.c.subject_id.in_(bindparam("subjects", expanding=True))
)
_INSERT = insert(tables.subscriber)
_WHOSE = select(tables.subscriber.c.id).where(tables.subscriber.c.subject_id == bindparam("whose")).scalar_subquery()
_CONSENT = insert(tables.consent).values(subscriber_id=_WHOSE)
_LETTER = insert(tables.letter).values(subscriber_id=_WHOSE)
_HISTORY = insert(tables.history)
_LOCKS = text(
    # Taken in one order, so that two processes cannot wait for each other in a ring.
    "SELECT pg_advisory_xact_lock(:space, lock) FROM "
    "(SELECT DISTINCT hashtext(key) AS lock FROM unnest(CAST(:keys AS text[])) AS key ORDER BY lock) AS locks"
)
