"""The store of readers in the database. No other module writes readers and suppressions."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    Connection,
    CursorResult,
    Executable,
    bindparam,
    delete,
    insert,
    literal,
    select,
    text,
    union_all,
    update,
)

from subscribers.adapters import tables
from subscribers.adapters.bulk_insert import NONE_KNOWN, insert_columns, insert_rows, next_ids
from subscribers.adapters.rows import (
    consent_columns,
    consent_of,
    course_row,
    email_row,
    erasure_row,
    happened_of,
    history_row,
    reader_columns,
    reader_of,
    reader_row,
    suppression_of,
    suppression_row,
)
from subscribers.adapters.store import LOCK_SPACE, Store, courses_of, keep_wording
from subscribers.address import hashed
from subscribers.address_state import AddressState, by_hash, by_mailbox
from subscribers.consent import Consent, Wording
from subscribers.database import LOOK_AGAIN_SECONDS, Among, AmongMany, DatabaseCollided, replacing, upsert
from subscribers.errors import ImportOvertaken
from subscribers.history import AddressHistory, Happened
from subscribers.mailbox import mailbox_of
from subscribers.outcome import RESUMED_WITHIN, Fates, ImportProgress, Outcome, ids_of
from subscribers.subscriber import Subscriber, Suppression

GIVEN_WAY_SECONDS = 4 * LOOK_AGAIN_SECONDS
"""How long those who wait to write to SQLite have between two transactions of an import: some attempts of each."""


class DatabaseReaders:
    """The store of readers in the tables of this package."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @contextmanager
    def writing(self) -> Iterator[ReaderRows]:
        """Open a transaction; commit when the block ends, roll back when it raises."""
        with self._store.writing() as connection:
            yield ReaderRows(connection)

    @contextmanager
    def reading(self) -> Iterator[ReaderRows]:
        """Open a transaction that writes nothing and sees one state of the database."""
        with self._store.reading() as connection:
            yield ReaderRows(connection)

    @property
    def elsewhere(self) -> bool:
        return self._store.engine.dialect.name != "sqlite"

    def give_way(self, since: float) -> None:
        """Let others write who are waiting to: on SQLite they look whether they may from time to time."""
        if self._store.engine.dialect.name == "sqlite":
            time.sleep(max(0.0, since + GIVEN_WAY_SECONDS - time.monotonic()))

    def forget_networks(self, before: dt.datetime, limit: int) -> int:
        """Delete the network addresses of the oldest acts of consent from before a moment; return how many."""
        consent = tables.consent
        old = select(consent.c.id).where(consent.c.client.is_not(None), consent.c.at < before).order_by(consent.c.at)
        forget = update(consent).where(consent.c.id.in_(old.limit(limit))).values(client=None)
        with self._store.writing() as connection:
            return connection.execute(forget).rowcount


class ReaderRows:
    """Readers within one transaction; see subscribers.ports.ReaderTransaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known_ids = NONE_KNOWN
        self._inferred: set[str] = set()
        """Addresses whose suppression follows, wholly or in part, from a digest or from another address."""

    def whose(self, subject_id: str) -> str | None:
        for each in (_CANONICAL, _FORMER_CANONICAL, _SUPPRESSED_CANONICAL):
            canonical = self._connection.scalar(each, {"subject_id": subject_id})
            if canonical is not None:
                return str(canonical)
        return None

    def held(self, subject_ids: Collection[str]) -> Mapping[str, str]:
        keys = sorted(subject_ids)
        return {row.subject_id: row.canonical for each in _HELD for row in self._among(each, keys)}

    def lock(self, canonicals: Collection[str]) -> bool:
        if not canonicals or self._connection.dialect.name == "sqlite":  # it has one writer at a time anyway
            return False
        self._connection.execute(_LOCKS, {"space": LOCK_SPACE, "keys": json.dumps(list(map(mailbox_of, canonicals)))})
        return True

    def states(self, canonicals: Collection[str], mailboxes: Collection[str] = ()) -> Mapping[str, AddressState]:
        keys = sorted({*canonicals, *self._known_in(mailboxes)})
        own, suppressed = self._suppressions(keys)
        found = self._among(_SUBSCRIBERS, keys).mappings().all()
        courses = courses_of(self._connection, [row["id"] for row in found])
        known = {row["canonical"]: reader_of(row, courses.get(row["id"], ())) for row in found}
        return {
            key: AddressState(key, known.get(key), suppressed.get(key), inferred=key in suppressed and key not in own)
            if key in known or key in suppressed
            else AddressState(key)
            for key in keys
        }

    def _known_in(self, mailboxes: Collection[str]) -> Sequence[str]:
        if not mailboxes:
            return ()
        return self._among(_KNOWN_IN, sorted(mailboxes)).scalars().all()

    def _among(
        self, statements: tuple[Executable, Executable], keys: Sequence[str], **more: Sequence[str]
    ) -> CursorResult[Any]:
        few, many = statements
        given = {name: json.dumps(each) for name, each in {"keys": keys, **more}.items()}
        return self._connection.execute(many if len(keys) > _FEW else few, given)

    def suppressions(self, canonicals: Collection[str]) -> Mapping[str, Suppression]:
        return self._suppressions(canonicals)[1]

    def _suppressions(self, canonicals: Collection[str]) -> tuple[Mapping[str, Suppression], Mapping[str, Suppression]]:
        """Return the suppressions of addresses themselves, and what they are with digests and mailboxes."""
        addresses = [key for key in canonicals if "@" in key]
        few = len(addresses) <= _FEW
        # Of thousands, it is known sooner that there is nothing to find than by which key it would be found.
        digests = {hashed(key): key for key in addresses} if few or self._connection.scalar(_ANY_DIGEST) else {}
        refusals = few or self._connection.scalar(_ANY_REFUSAL)
        mailboxes = {key: mailbox_of(key) for key in addresses} if refusals else {}
        found: dict[str, Suppression] = {}
        refused = defaultdict[str, list[Suppression]](list)
        rows = self._among(_SUPPRESSIONS, [*canonicals, *digests], mailboxes=sorted(set(mailboxes.values())))
        for row in rows.mappings():
            if row["of_mailbox"]:
                refused[row["mailbox"]].append(suppression_of(row))
            else:
                found[row["canonical"]] = suppression_of(row)
        own = {key: one for key, one in found.items() if key not in digests}
        all_of_them = dict(own)
        for digest in found.keys() - own.keys():
            key = digests[digest]
            self._inferred.add(key)
            all_of_them[key] = by_hash(own.get(key), key, found[digest])
        for key, mailbox in mailboxes.items() if refused else ():
            others = [each for each in refused.get(mailbox, ()) if each.canonical != key]
            if others:
                first = min(others, key=lambda each: (each.at, each.canonical))
                self._inferred.add(key)
                all_of_them[key] = by_mailbox(all_of_them.get(key), key, first)
        return own, all_of_them

    def happened(self, canonical: str) -> Sequence[Happened]:
        table = tables.history
        chosen = select(table).where(table.c.canonical == canonical).order_by(table.c.at, table.c.id)
        return [happened_of(row) for row in self._connection.execute(chosen).mappings()]

    def consents(self, subject_id: str) -> Sequence[Consent]:
        consent, wording = tables.consent, tables.wording
        rows = self._connection.execute(
            select(consent, wording.c.text)
            .join(wording, wording.c.version == consent.c.wording)
            .join(tables.subscriber, tables.subscriber.c.id == consent.c.subscriber_id)
            .where(tables.subscriber.c.subject_id == subject_id)
            .order_by(consent.c.at, consent.c.id)
        )
        return [consent_of(row, subject_id) for row in rows]

    def address_history(self, state: AddressState) -> AddressHistory:
        moves, former_id = tables.history.c, tables.former_subject.c
        left = select(moves.former).where(moves.canonical == state.canonical, moves.former.is_not(None))
        former = dict.fromkeys(self._connection.scalars(left.order_by(moves.at, moves.id)))
        ids = self._connection.scalars(select(former_id.subject_id).where(former_id.canonical == state.canonical))
        subject_ids = dict.fromkeys([*(subject_id for subject_id, _ in ids_of(state)), *ids])
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

    def begin_import(self, digest: str, name: str, addresses: int, now: dt.datetime) -> ImportProgress:
        table = tables.list_import
        same = (table.c.digest == digest, table.c.addresses == addresses, table.c.finished.is_(None))
        chosen = select(table).where(*same, table.c.begun > now - RESUMED_WITHIN).order_by(table.c.id.desc()).limit(1)
        row = self._connection.execute(chosen).one_or_none()
        if row is not None:
            return ImportProgress(row.id, row.done, row.counts)
        begun = insert(table).values(digest=digest, name=name, begun=now, addresses=addresses, done=0, counts={})
        id_: int = self._connection.execute(begun.returning(table.c.id)).scalar_one()
        return ImportProgress(id_, 0, {})

    def save(self, outcome: Outcome, now: dt.datetime) -> None:
        readers = Fates(outcome.changed)
        ids = self._row_ids(readers)
        for was, heir in readers.joined:
            self._join(was, heir, ids)
        for was in readers.deleted:
            self._connection.execute(delete(tables.subscriber).where(tables.subscriber.c.subject_id == was.subject_id))
        for gone in outcome.deleted:
            self._forget_history(gone)
        insert_rows(self._connection, tables.erasure, [erasure_row(gone, now) for gone in outcome.deleted])
        for was, reader in readers.kept:
            self._update(was, reader)
        self._save_suppressions(outcome.changed)
        for before, _ in outcome.changed:
            if not before.unknown and before.canonical not in outcome.expired:
                self._keep_ids(before, readers.present)
        for key in outcome.expired:
            self._connection.execute(delete(tables.history).where(tables.history.c.canonical == key))
        if readers.fresh:
            self._insert(readers.fresh)
        self._save_courses(readers)
        emails = [
            email_row(email, now) | {"whose": after.subscriber.subject_id}
            for _, after in outcome.changed
            if after.subscriber is not None
            for email in after.emails
        ]
        insert_rows(self._connection, tables.email, emails, self._known_ids)
        insert_rows(self._connection, tables.history, [history_row(key, each) for key, each in outcome.happened])
        self._record(outcome.consents)
        if outcome.former_ids:
            statement = upsert(self._connection, tables.former_subject).on_conflict_do_nothing()
            rows = [{"subject_id": subject_id, "canonical": key} for subject_id, key in outcome.former_ids]
            self._connection.execute(statement, rows)
        if outcome.imported is not None:
            self._save_progress(outcome.imported, now)

    def _insert(self, readers: Sequence[Subscriber]) -> None:
        ids = next_ids(self._connection, tables.subscriber, len(readers))
        columns = reader_columns(readers)
        insert_columns(self._connection, tables.subscriber, {"id": ids, **columns})
        self._known_ids = dict(zip(columns["subject_id"], ids, strict=False))  # after some dumps there are none

    def _save_progress(self, progress: ImportProgress, now: dt.datetime) -> None:
        """Write the progress of an import. Raises ImportOvertaken if another process went on with it."""
        table = tables.list_import
        as_it_was = (table.c.id == progress.id, table.c.done == progress.before, table.c.finished.is_(None))
        finished = now if progress.finished else None
        values = {"done": progress.done, "counts": dict(progress.counts), "finished": finished}
        if self._connection.execute(update(table).where(*as_it_was).values(values)).rowcount != 1:
            raise ImportOvertaken

    def _row_ids(self, readers: Fates) -> Mapping[str, int]:
        """Return the row ids of the readers who are joined."""
        subjects = [subject_id for was, heir in readers.joined for subject_id in (was.subject_id, heir.subject_id)]
        if not subjects:
            return {}
        return {row.subject_id: row.id for row in self._connection.execute(_IDS, {"subjects": subjects})}

    def _join(self, was: Subscriber, heir: Subscriber, ids: Mapping[str, int]) -> None:
        """Give the rows that refer to one reader to another, and delete the first one's row."""
        for table in (tables.consent, tables.email):
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

    def _save_suppressions(self, changed: Sequence[tuple[AddressState, AddressState]]) -> None:
        table = tables.suppression
        rows = []
        for state, now_is in changed:
            before, after = state.suppression, now_is.suppression
            inferred = state.canonical in self._inferred
            if after is not None and (after != before or inferred):
                rows.append(suppression_row(after))  # now it is known by its address, too
            elif after is None and inferred:
                keys = (state.canonical, hashed(state.canonical))
                self._connection.execute(delete(table).where(table.c.canonical.in_(keys)))
            elif after is None and before is not None:
                self._exactly_one(
                    delete(table).where(table.c.canonical == before.canonical, table.c.reason == before.reason.value)
                )
        if rows:
            self._connection.execute(replacing(self._connection, table, "canonical"), rows)

    def _exactly_one(self, statement: Any) -> None:
        """Run a statement that must change one row. A process that takes no locks, such as an old release, may be faster."""
        if self._connection.execute(statement).rowcount != 1:
            raise DatabaseCollided("another process wrote the same reader at the same time; try again")

    def _keep_ids(self, before: AddressState, present: Collection[str]) -> None:
        """Keep the ids that no row has any more, with their address, so that the links in old mail go on working."""
        for subject_id, canonical in ids_of(before):
            if subject_id not in present:
                statement = replacing(self._connection, tables.former_subject, "subject_id")
                self._connection.execute(statement, {"subject_id": subject_id, "canonical": canonical})

    def _forget_history(self, gone: AddressHistory) -> None:
        """Delete the history of a deleted reader's addresses, except for one that another reader has now."""
        table, reader = tables.history.c, tables.subscriber.c
        someone = select(1).where(reader.canonical == table.canonical).exists()
        self._connection.execute(delete(tables.history).where(table.canonical.in_(gone.canonicals), ~someone))

    def _save_courses(self, readers: Fates) -> None:
        """Write the courses that changed. One that began is never deleted, it ends; one that waited may be dropped."""
        for was, reader in readers.with_courses:
            dropped = [each.path for each in was.courses if reader.course(each.path) is None] if was is not None else []
            if dropped:
                course = tables.course.c
                self._connection.execute(
                    delete(tables.course).where(course.subscriber_id == _WHOSE, course.path.in_(dropped)),
                    {"whose": reader.subject_id},
                )
        rows = [
            course_row(reader.subject_id, course)
            for was, reader in readers.with_courses
            for course in reader.courses
            if was is None or was.course(course.path) != course
        ]
        if not rows:
            return
        statement = upsert(self._connection, tables.course).values(subscriber_id=_WHOSE)
        set_ = {name: statement.excluded[name] for name in ("started", "every_days", "sent", "due", "ended")}
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["subscriber_id", "path"], set_=set_), rows
        )

    def _record(self, consents: Sequence[Consent]) -> None:
        if not consents:
            return
        whole = [each if each.wording.text else replace(each, wording=self._as_asked(each)) for each in consents]
        versions = {words: Wording(words).version for words in {each.wording.text for each in whole}}
        # In a fixed order, so that two processes cannot wait for each other.
        for words in sorted(versions, key=versions.__getitem__):
            keep_wording(self._connection, Wording(words))
        columns = consent_columns(whole, [versions[each.wording.text] for each in whole])
        insert_columns(self._connection, tables.consent, columns, self._known_ids)

    def _as_asked(self, consent: Consent) -> Wording:
        known = [each for each in self.consents(consent.subject_id) if each.course == consent.course]
        return known[-1].wording if known else consent.wording


_FEW = 500
"""Keys that PostgreSQL finds one by one."""


def _by(condition: type[Among]) -> tuple[Executable, ...]:
    suppression, subscriber = tables.suppression, tables.subscriber
    # Those of addresses themselves, and those by which a mailbox refused mail to any address of it.
    own = select(suppression, literal(0).label("of_mailbox")).where(condition(suppression.c.canonical, "keys"))
    refusals = select(suppression, literal(1).label("of_mailbox")).where(condition(suppression.c.mailbox, "mailboxes"))
    known_in = (select(each.c.canonical).where(condition(each.c.mailbox, "keys")) for each in (subscriber, suppression))
    held = (suppression, tables.former_subject, subscriber)
    return (
        union_all(own, refusals),
        select(subscriber).where(condition(subscriber.c.canonical, "keys")),
        union_all(*known_in),
        *(select(each.c.subject_id, each.c.canonical).where(condition(each.c.subject_id, "keys")) for each in held),
    )


_SUPPRESSIONS, _SUBSCRIBERS, _KNOWN_IN, *_HELD = zip(_by(Among), _by(AmongMany), strict=True)
"""Each twice: for few keys, and for many."""
# In an order, so that PostgreSQL uses the index, which is nearly empty, and does not expect to meet one soon anyway.
_ANY_DIGEST, _ANY_REFUSAL = (
    select(column).where(condition).order_by(column).limit(1)
    for column, condition in (
        (tables.suppression.c.canonical, text(tables.IS_DIGEST)),
        (tables.suppression.c.mailbox, tables.suppression.c.mailbox.is_not(None)),
    )
)
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
_WHOSE = select(tables.subscriber.c.id).where(tables.subscriber.c.subject_id == bindparam("whose")).scalar_subquery()
_LOCKS = text(
    # Taken in a fixed order, so that two processes cannot wait for each other.
    "SELECT pg_advisory_xact_lock(:space, lock) FROM "
    "(SELECT DISTINCT hashtext(key) AS lock FROM jsonb_array_elements_text(CAST(:keys AS jsonb)) AS key ORDER BY lock) AS locks"
)
