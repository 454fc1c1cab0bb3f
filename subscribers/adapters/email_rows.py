"""The store of mail in the database: reads and writes the rows of the outbox."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    Select,
    and_,
    bindparam,
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
from subscribers.address_state import AddressState
from subscribers.database import Among, JsonRows, upsert
from subscribers.emails import EmailEnd, EmailEntry, EmailState, Found
from subscribers.subscriber import Email, EmailKind, Suppression

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


def unanswering_addresses(engine: Engine, now: dt.datetime) -> int:
    """Return how many addresses get no confirmation mail for now, because nobody answered the last ones. Needs no key."""
    store = Store(engine)
    with store.reading() as connection:
        return store.silent(connection, now)


def waiting_emails(engine: Engine) -> Mapping[EmailKind, tuple[int, dt.datetime]]:
    """Return of each kind how many mails wait, those in a sender's hands too, and since when the oldest was to leave."""
    query = select(_email.c.kind, func.count(), func.min(_email.c.due)).where(_email.c.due.is_not(None))
    with Store(engine).reading() as connection:
        rows = connection.execute(query.group_by(_email.c.kind)).all()
    return {EmailKind(kind): (count, oldest) for kind, count, oldest in rows}


class EmailRows:
    """The rows of the outbox within one transaction; see subscribers.ports.EmailTransaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def states(self, canonicals: Collection[str]) -> Mapping[str, AddressState]:
        return ReaderRows(self._connection).states(canonicals)

    def suppressions(self, canonicals: Collection[str]) -> Mapping[str, Suppression]:
        return ReaderRows(self._connection).suppressions(canonicals)

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
        return self._read(_DUE, {"moment": now, "most": limit, "lowest": lowest})

    def of(self, ids: Collection[int]) -> Sequence[Found]:
        return self._read(_NAMED, {"ids": json.dumps(list(ids))}) if ids else ()

    def claim(self, ids: Sequence[int], sender: str) -> None:
        if ids:
            self._connection.execute(_CLAIM, {"ids": json.dumps(ids), "holder": sender})

    def hold(self, until: Mapping[int, dt.datetime]) -> None:
        for id_, moment in until.items():
            self._connection.execute(update(_email).where(_email.c.id == id_).values(due=moment))

    def give_up(self, ids: Collection[int], why: str, now: dt.datetime) -> None:
        if ids:
            self._connection.execute(_GIVE_UP, {"ids": json.dumps(list(ids)), "why": why, "moment": now})

    def end(self, ends: Sequence[EmailEnd], sender: str, now: dt.datetime) -> None:
        final = [(each.id, each.state.value, _reply(each), each.provider_id) for each in ends if each.state.final]
        postponed = [_postponed(each, sender, now) for each in ends if not each.state.final]
        if final:
            self._connection.execute(_END, {"ended": json.dumps(final), "holder": sender, "moment": now})
        if postponed:
            self._connection.execute(_POSTPONE, postponed)

    def mark(self, ids: Collection[int], sender: str) -> frozenset[int]:
        given = {"ids": json.dumps(list(ids)), "holder": sender}
        self._connection.execute(_MARK, given)
        return frozenset(self._connection.scalars(_MARKED, given))

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
        return self._connection.scalar(_COUNT, {"moment": now}) or 0

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

    def _read(self, query: Select[Any], given: Mapping[str, object]) -> Sequence[Found]:
        rows = self._connection.execute(query, given).mappings().all()
        about_courses = (EmailKind.STEP.value, EmailKind.CONFIRMATION.value)
        courses = courses_of(self._connection, [row["whose"] for row in rows if row["kind"] in about_courses])
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


def _is_due(moment: ColumnElement[dt.datetime]) -> ColumnElement[bool]:
    """A mail that nobody put off was due at once: if that lies ahead, a clock that was ahead wrote it."""
    at_once = and_(_email.c.due == _email.c.since, _email.c.attempt == 0)
    return and_(_email.c.due.is_not(None), or_(_email.c.due <= moment, at_once))


def _found() -> Select[Any]:
    mail = (
        _email.c.id.label("email_id"), _email.c.kind, _email.c.detail, _email.c.address.label("elsewhere"),
        _email.c.since, _email.c.subscriber_id.label("whose"), _email.c.reference, _email.c.attempt,
    )  # fmt: skip
    reader = tables.subscriber
    return select(*mail, *(column for column in reader.c if column.name != "id")).select_from(
        _email.outerjoin(reader, reader.c.id == _email.c.subscriber_id)
    )


# These statements are made once: making one takes longer than the database needs for it.
_READY = (_is_due(bindparam("moment", type_=_email.c.due.type)), _email.c.state.in_(_WAITING))
_DUE = (
    _found()
    .where(*_READY, _email.c.priority <= bindparam("lowest"))
    .order_by(_email.c.priority, _email.c.due, _email.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=_email)
)
_COUNT = select(func.count()).select_from(select(_email.c.id).where(*_READY).limit(_COUNTED).subquery())
_NAMED = _found().where(Among(_email.c.id, "ids"))
_CLAIM = (
    update(_email).where(Among(_email.c.id, "ids")).values(state=EmailState.CLAIMED.value, sender=bindparam("holder"))
)
_GIVE_UP = (
    update(_email)
    .where(Among(_email.c.id, "ids"), _email.c.sender.is_(None))
    .values(state=EmailState.SUPPRESSED.value, reply=bindparam("why"), due=None, changed=bindparam("moment"))
)
_ENDED = JsonRows("ended")  # [[id, state, reply, provider_id], ...]
_MINE = _email.c.sender == bindparam("holder")
_END = (
    update(_email)
    .where(_ENDED.named_by(_email.c.id), _MINE)
    .values(
        state=_ENDED.item(1),
        reply=_ENDED.item(2),
        provider_id=_ENDED.item(3),
        due=None,
        changed=bindparam("moment"),
        attempt=_email.c.attempt + 1,
        sender=None,
    )
)
_POSTPONE = (
    update(_email)
    .where(_email.c.id == bindparam("row"), _MINE)
    .values(
        state=bindparam("new_state"),
        reply=bindparam("new_reply"),
        due=bindparam("new_due"),
        changed=bindparam("moment"),
        attempt=_email.c.attempt + bindparam("tries"),
        sender=None,
    )
)
_MARKABLE = (Among(_email.c.id, "ids"), _MINE, _email.c.state.in_(_HELD))
_MARK = update(_email).where(*_MARKABLE).values(state=EmailState.AT_DOT.value)
_MARKED = select(_email.c.id).where(*_MARKABLE)


def _postponed(end: EmailEnd, sender: str, now: dt.datetime) -> dict[str, object]:
    """Return the parameters of _POSTPONE; a mail without a next attempt is due at once."""
    return {
        "row": end.id,
        "holder": sender,
        "new_state": end.state.value,
        "new_reply": _reply(end),
        "new_due": end.due or now,
        "tries": int(end.state is not EmailState.QUEUED),
        "moment": now,
    }


def _reply(end: EmailEnd) -> str:
    return end.reply[:_REPLY_LENGTH].replace("\x00", "")  # PostgreSQL's text cannot contain NUL


_ENTRIES = select(_email.c.address, _email.c.state, _email.c.reply, _email.c.since, _email.c.provider_id).where(
    _email.c.reference.is_not(None)
)


def _entry(row: RowMapping) -> EmailEntry:
    return EmailEntry(row["address"], EmailState(row["state"]), row["reply"], row["since"], row["provider_id"])
