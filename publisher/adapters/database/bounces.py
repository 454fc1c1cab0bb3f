"""The bounces among the deliveries in the database; see ports.Bounces."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from publisher.adapters.database.tables import delivery, mailing, returned_mail
from publisher.issue import DeliveryState
from publisher.ports import Bounced
from subscribers import BounceKind
from subscribers.database import reading, writing

_BOUNCED = delivery.c.bounce != sa.literal_column("''")  # written out, so that the partial index is used
_ENDED = (DeliveryState.SENT, DeliveryState.FAILED)


class DatabaseBounces:
    """Implements ports.Bounces on SQLite and PostgreSQL."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def untold(self, limit: int, before: dt.datetime) -> Sequence[Bounced]:
        came_back = delivery.c.bounce_returned
        answered = sa.and_(came_back.is_(None), sa.or_(mailing.c.finished.is_not(None), delivery.c.changed < before))
        settled = sa.or_(answered, came_back < before, delivery.c.bounce == BounceKind.COMPLAINT)
        wanted = (
            sa.select(delivery)
            .join(mailing, mailing.c.number == delivery.c.issue)
            .where(_BOUNCED, delivery.c.bounce_told.is_(None), settled)
            .order_by(delivery.c.issue, delivery.c.id)
            .limit(limit)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(wanted).all()
            said = _words(connection, [row.id for row in rows if row.bounce_returned is not None])
        return [
            Bounced(
                row.id, row.issue, row.canonical, BounceKind(row.bounce), said.get((row.id, row.bounce_returned), row.reply),
                row.bounce_returned or row.changed,
            )
            for row in rows
        ]  # fmt: skip

    def counts(self, number: int, kind: BounceKind) -> Mapping[str, int]:
        those = (_BOUNCED, delivery.c.issue == number, delivery.c.bounce == kind)
        with reading(self._engine) as connection:
            return _by_domain(connection, those)

    def ended(self, number: int) -> Mapping[str, int]:
        with reading(self._engine) as connection:
            return _by_domain(connection, (delivery.c.issue == number, delivery.c.state.in_(_ENDED)))

    def accepted(self, canonicals: Sequence[str], since: dt.datetime) -> Mapping[str, Sequence[dt.datetime]]:
        # There is no index on addresses alone. There are few mailings in this time, and the unique index finds the
        # address in each.
        recent = sa.select(mailing.c.number).where(sa.or_(mailing.c.finished.is_(None), mailing.c.finished >= since))
        found: defaultdict[str, list[dt.datetime]] = defaultdict(list)
        with reading(self._engine) as connection:
            issues = connection.scalars(recent).all()
            wanted = sa.select(delivery.c.canonical, delivery.c.changed).where(
                delivery.c.issue.in_(issues),
                delivery.c.canonical.in_(canonicals),
                delivery.c.state == DeliveryState.SENT,
                delivery.c.changed >= since,
            )
            for row in connection.execute(wanted):
                found[row.canonical].append(row.changed)
        return found

    def tell(self, deliveries: Sequence[int], now: dt.datetime) -> None:
        with writing(self._engine) as connection:
            connection.execute(delivery.update().where(delivery.c.id.in_(deliveries)).values(bounce_told=now))


def _by_domain(connection: sa.Connection, those: Sequence[sa.ColumnElement[bool]]) -> Counter[str]:
    found = connection.execution_options(yield_per=1_000).scalars(sa.select(delivery.c.canonical).where(*those))
    return Counter(canonical.rpartition("@")[2] for canonical in found)


def _words(connection: sa.Connection, deliveries: Sequence[int]) -> Mapping[tuple[int, dt.datetime], str]:
    """Return the words of what came back, by delivery and moment."""
    columns = (returned_mail.c.delivery, returned_mail.c.at, returned_mail.c.words)
    found = (
        connection.execute(sa.select(*columns).where(returned_mail.c.delivery.in_(deliveries))) if deliveries else ()
    )
    return {(row.delivery, row.at): row.words for row in found}
