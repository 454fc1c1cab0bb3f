"""What came back, in the database; see ports.ReturnedMail."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from publisher.adapters.database.tables import delivery, returned_mail
from publisher.issue import DeliveryState
from publisher.ports import Decided, Report, Tied
from subscribers import BounceKind
from subscribers.database import reading, upsert, writing

if TYPE_CHECKING:  # only named here
    from subscribers import AddressHistory

_BEFORE = " before "
"""Marks the digests of what came back before its delivery was handed over once more."""
MILDER: Mapping[BounceKind, Sequence[str]] = {
    BounceKind.SOFT: ("",),
    BounceKind.HARD: ("", BounceKind.SOFT),
    BounceKind.COMPLAINT: ("", BounceKind.SOFT, BounceKind.HARD),
}
"""Which bounces of a delivery give way to another."""


class DatabaseReturnedMail:
    """Implements ports.ReturnedMail on SQLite and PostgreSQL."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def delivery(self, number: int, delivery_id: int) -> Tied | None:
        return self._tied(delivery.c.id == delivery_id, delivery.c.issue == number)

    def addressed(self, number: int, canonical: str) -> Tied | None:
        return self._tied(delivery.c.issue == number, delivery.c.canonical == canonical)

    def _tied(self, *where: sa.ColumnElement[bool]) -> Tied | None:
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(delivery).where(*where)).one_or_none()
        if row is None:
            return None
        return Tied(row.issue, row.id, row.canonical, row.subject_id, DeliveryState(row.state))

    def record(self, report: Report, now: dt.datetime) -> Decided | None:
        values = {
            "at": now, "digest": report.digest, "source": report.source, "issue": report.issue, "delivery": report.delivery,
            "email": report.email, "canonical": report.canonical, "cause": report.cause, "effect": report.effect,
            "code": report.code, "words": report.words,
        }  # fmt: skip
        with writing(self._engine) as connection:
            wanted = upsert(connection, returned_mail).values(values)
            added = connection.scalar(
                wanted.on_conflict_do_nothing(index_elements=["digest"]).returning(returned_mail.c.id)
            )
            if added is None:
                return None
            this = delivery.c.id == report.delivery
            settled = {"state": DeliveryState.SENT, "changed": now}
            connection.execute(
                delivery.update().where(this, delivery.c.state == DeliveryState.IN_DOUBT).values(**settled)
            )
            if report.bounce is not None:
                bounced = {"bounce": report.bounce, "bounce_told": None, "bounce_returned": now}
                connection.execute(
                    delivery.update().where(this, delivery.c.bounce.in_(MILDER[report.bounce])).values(**bounced)
                )
        return Decided(added, now, report)

    def entries(self, limit: int, issue: int | None = None, effect: str | None = None) -> Sequence[Decided]:
        wanted = sa.select(returned_mail).order_by(returned_mail.c.id.desc()).limit(limit)
        if issue is not None:
            wanted = wanted.where(returned_mail.c.issue == issue)
        if effect is not None:
            wanted = wanted.where(returned_mail.c.effect == effect)
        with reading(self._engine) as connection:
            return tuple(map(_decided, connection.execute(wanted)))

    def entry(self, decided: int) -> Decided | None:
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(returned_mail).where(returned_mail.c.id == decided)).one_or_none()
        return None if row is None else _decided(row)

    def known(self, digest: str) -> Decided | None:
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(returned_mail).where(returned_mail.c.digest == digest)).one_or_none()
        return None if row is None else _decided(row)

    def undo(self, decided: int, why: str, now: dt.datetime) -> None:
        this = returned_mail.c.id == decided
        with writing(self._engine) as connection:
            row = connection.execute(sa.select(returned_mail).where(this)).one()
            connection.execute(
                returned_mail.update().where(this, returned_mail.c.undone.is_(None)).values(undone=now, why=why)
            )
            theirs = (delivery.c.id == row.delivery, delivery.c.bounce_returned == row.at)
            connection.execute(delivery.update().where(*theirs).values(**_left(connection, row.delivery)))

    def by_domain(self, number: int, causes: Sequence[str]) -> Mapping[str, int]:
        those = (
            returned_mail.c.issue == number,
            returned_mail.c.cause.in_(causes),
            returned_mail.c.undone.is_(None),
        )
        wanted = sa.select(returned_mail.c.canonical).where(*those).group_by(
            returned_mail.c.delivery, returned_mail.c.canonical
        )  # fmt: skip
        with reading(self._engine) as connection:
            return Counter(canonical.rpartition("@")[2] for canonical in connection.scalars(wanted))

    def forget(self, history: AddressHistory, before: dt.datetime | None = None) -> None:
        theirs: list[sa.ColumnElement[bool]] = [returned_mail.c.canonical.in_(history.canonicals)]
        if before is not None:
            theirs.append(returned_mail.c.at < before)
        with writing(self._engine) as connection:
            connection.execute(returned_mail.update().where(*theirs).values(canonical="", words=""))


def _left(connection: sa.Connection, delivery_id: int | None) -> dict[str, object]:
    """Return what a delivery's bounce is by what else came back of it: the gravest, which is then told by itself."""
    others = sa.select(returned_mail.c.effect, returned_mail.c.at).where(
        returned_mail.c.delivery == delivery_id,
        returned_mail.c.undone.is_(None),
        returned_mail.c.effect.in_(list(MILDER)),
    )
    found = connection.execute(others.order_by(returned_mail.c.at)).all()
    if not found:
        return {"bounce": "", "bounce_told": None}
    gravest = max(found, key=lambda row: len(MILDER[BounceKind(row.effect)]))
    return {"bounce": gravest.effect, "bounce_told": None, "bounce_returned": gravest.at}


def new_story(connection: sa.Connection, rows: Sequence[sa.ColumnElement[bool]]) -> None:
    """Let what comes back of deliveries that are handed over once more count anew, though it says the same as before."""
    theirs = returned_mail.c.delivery.in_(sa.select(delivery.c.id).where(*rows))
    before = returned_mail.c.digest + sa.literal(_BEFORE) + sa.cast(returned_mail.c.id, sa.Text)
    connection.execute(
        returned_mail.update().where(theirs, ~returned_mail.c.digest.contains(_BEFORE)).values(digest=before)
    )


def _decided(row: sa.Row[tuple[object, ...]]) -> Decided:
    bounce = BounceKind(row.effect) if row.effect in tuple(BounceKind) else None
    report = Report(
        row.digest, row.source, row.canonical, row.cause, row.effect, bounce, row.code, row.words, row.issue, row.delivery,
        row.email,
    )  # fmt: skip
    return Decided(row.id, row.at, report, row.undone, row.why)
