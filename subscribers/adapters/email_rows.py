"""The store of mail in the database: reads and writes the rows of the outbox."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    Select,
    and_,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)

from subscribers.adapters import tables
from subscribers.adapters.readers import ReaderRows
from subscribers.adapters.rows import email_row, reader_of
from subscribers.adapters.store import Store, courses_of
from subscribers.database import upsert
from subscribers.emails import EmailEnd, EmailEntry, EmailState, Found
from subscribers.subscriber import Email, EmailKind
from subscribers.transitions import AddressState

_REPLY_LENGTH = 500
_COUNTED = 1_000
_WAITING = (EmailState.QUEUED.value, EmailState.DEFERRED.value)
_HELD = (EmailState.CLAIMED.value, EmailState.AT_DOT.value)

_email = tables.email


class DatabaseEmails:
    """The store of mail in the table `email`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @contextmanager
    def writing(self) -> Iterator[EmailRows]:
        """Open a transaction; commit when the block ends, roll back when it raises."""
        with self._store.writing() as connection:
            yield EmailRows(connection)

    @contextmanager
    def reading(self) -> Iterator[EmailRows]:
        """Open a transaction that writes nothing and sees one state of the database."""
        with self._store.reading() as connection:
            yield EmailRows(connection)


def unreached_editors(engine: Engine) -> Sequence[EmailEntry]:
    """Return the last mail to each editor whom it did not reach, by address. Needs no signing key, unlike the outbox."""
    with DatabaseEmails(Store(engine)).reading() as rows:
        return rows.unreached()


class EmailRows:
    """The rows of the outbox within one transaction; see subscribers.ports.EmailTransaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def states(self, canonicals: Collection[str]) -> Mapping[str, AddressState]:
        return ReaderRows(self._connection).states(canonicals)

    def put(self, kind: EmailKind, addresses: Sequence[str], detail: str, reference: str, now: dt.datetime) -> None:
        for address in addresses:
            row = email_row(Email(kind, address, detail), now) | {"reference": f"{reference} {address}"}
            statement = upsert(self._connection, _email).values(row)
            newest = {"detail": statement.excluded.detail}
            waits = _email.c.state.in_(_WAITING)
            self._connection.execute(
                statement.on_conflict_do_update(index_elements=["reference"], set_=newest, where=waits)
            )
            given_up = (_email.c.reference == row["reference"], _email.c.state == EmailState.SUPPRESSED.value)
            anew = {"state": EmailState.QUEUED.value, "detail": detail, "since": now, "due": now}
            self._connection.execute(update(_email).where(*given_up).values(anew))

    def due(self, now: dt.datetime, limit: int, lowest: int) -> Sequence[Found]:
        ready = (_is_due(now), _email.c.state.in_(_WAITING), _email.c.priority <= lowest)
        query = _found().where(*ready).order_by(_email.c.priority, _email.c.due, _email.c.id).limit(limit)
        return self._read(query.with_for_update(skip_locked=True, of=_email))

    def of(self, ids: Collection[int]) -> Sequence[Found]:
        return self._read(_found().where(_email.c.id.in_(ids))) if ids else ()

    def claim(self, ids: Sequence[int], sender: str) -> None:
        if ids:
            taken = {"state": EmailState.CLAIMED.value, "sender": sender}
            self._connection.execute(update(_email).where(_email.c.id.in_(ids)).values(taken))

    def hold(self, until: Mapping[int, dt.datetime]) -> None:
        for id_, moment in until.items():
            self._connection.execute(update(_email).where(_email.c.id == id_).values(due=moment))

    def end(self, ends: Sequence[EmailEnd], sender: str | None, now: dt.datetime) -> None:
        for each in ends:
            values = {
                "state": each.state.value,
                "reply": each.reply[:_REPLY_LENGTH].replace("\x00", ""),
                "provider_id": each.provider_id,
                "due": None if each.state.final else each.due or now,
                "attempt": _email.c.attempt + int(sender is not None and each.state is not EmailState.QUEUED),
                "sender": None,
                "changed": now,
            }
            mine = (_email.c.id == each.id, _email.c.sender == sender if sender else _email.c.sender.is_(None))
            self._connection.execute(update(_email).where(*mine).values(values))

    def mark(self, ids: Collection[int], sender: str) -> frozenset[int]:
        mine = (_email.c.id.in_(ids), _email.c.sender == sender, _email.c.state.in_(_HELD))
        self._connection.execute(update(_email).where(*mine).values(state=EmailState.AT_DOT.value))
        return frozenset(self._connection.scalars(select(_email.c.id).where(*mine)))

    def holders(self) -> frozenset[str]:
        held = select(_email.c.sender).where(_email.c.due.is_not(None), _email.c.sender.is_not(None)).distinct()
        return frozenset(self._connection.scalars(held))

    def give_back(self, sender: str, why: str, now: dt.datetime) -> None:
        held = update(_email).where(_email.c.sender == sender)
        unsent = held.where(_email.c.state == EmailState.CLAIMED.value)
        self._connection.execute(unsent.values(state=EmailState.QUEUED.value, sender=None))
        doubtful = {"state": EmailState.IN_DOUBT.value, "sender": None, "due": None, "changed": now, "reply": why}
        self._connection.execute(held.where(_email.c.state == EmailState.AT_DOT.value).values(doubtful))

    def count(self, now: dt.datetime) -> int:
        ready = select(_email.c.id).where(_is_due(now), _email.c.state.in_(_WAITING)).limit(_COUNTED)
        return self._connection.scalar(select(func.count()).select_from(ready.subquery())) or 0

    def told(self, reference: str) -> Sequence[EmailEntry]:
        named = _email.c.reference == literal(f"{reference} ") + _email.c.address
        rows = self._connection.execute(_ENTRIES.where(named).order_by(_email.c.address)).mappings()
        return tuple(map(_entry, rows))

    def unreached(self) -> Sequence[EmailEntry]:
        newer = _email.alias()
        last = ~(
            select(1)
            .where(newer.c.address == _email.c.address, newer.c.reference.is_not(None), newer.c.attempt > 0)
            .where(newer.c.id > _email.c.id)
            .exists()
        )
        missed = and_(_email.c.attempt > 0, _email.c.state != EmailState.SENT.value, last)
        rows = self._connection.execute(_ENTRIES.where(missed).order_by(_email.c.address)).mappings()
        return tuple(map(_entry, rows))

    def sweep(self, before: Mapping[EmailKind, dt.datetime]) -> None:
        for kind, moment in before.items():
            old = (_email.c.kind == kind.value, _email.c.due.is_(None), _email.c.changed < moment)
            self._connection.execute(delete(_email).where(*old))

    def _read(self, query: Select[tuple[object, ...]]) -> Sequence[Found]:
        rows = self._connection.execute(query).mappings().all()
        steps = [row["whose"] for row in rows if row["kind"] == EmailKind.STEP.value]
        courses = courses_of(self._connection, steps)
        return [
            Found(
                row["email_id"],
                Email(EmailKind(row["kind"]), row["elsewhere"], row["detail"]),
                row["since"],
                reader_of(row, courses.get(row["whose"], ())) if row["whose"] is not None else None,
                row["reference"] or "",
                row["attempt"] + 1,
            )
            for row in rows
        ]


def _is_due(now: dt.datetime) -> ColumnElement[bool]:
    """A mail that nobody put off was due at once: if that lies ahead, a clock that was ahead wrote it."""
    at_once = and_(_email.c.due == _email.c.since, _email.c.attempt == 0)
    return and_(_email.c.due.is_not(None), or_(_email.c.due <= now, at_once))


def _found() -> Select[tuple[object, ...]]:
    mail = (
        _email.c.id.label("email_id"), _email.c.kind, _email.c.detail, _email.c.address.label("elsewhere"),
        _email.c.since, _email.c.subscriber_id.label("whose"), _email.c.reference, _email.c.attempt,
    )  # fmt: skip
    reader = tables.subscriber
    return select(*mail, *(column for column in reader.c if column.name != "id")).select_from(
        _email.outerjoin(reader, reader.c.id == _email.c.subscriber_id)
    )


_ENTRIES = select(_email.c.address, _email.c.state, _email.c.reply, _email.c.since, _email.c.provider_id).where(
    _email.c.reference.is_not(None)
)


def _entry(row: RowMapping) -> EmailEntry:
    return EmailEntry(row["address"], EmailState(row["state"]), row["reply"], row["since"], row["provider_id"])
