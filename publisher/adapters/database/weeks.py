"""The scheduler's weeks, and named leases."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa

from publisher.adapters.database.process import Process, this_process
from publisher.adapters.database.tables import lease, weeks
from publisher.issue import IsoWeek
from publisher.ports import FINISHED, REPORT_AFTER, Week, WeekState
from subscribers.database import insert_once, reading, writing


class DatabaseWeeks:
    """Implements ports.Weeks. A row names the publication by its list id when the week was opened.

    A database has one publication, so weeks that were opened before the list id was changed are its own as well.
    """

    def __init__(self, engine: sa.Engine, publication: str, finished: Sequence[WeekState] = FINISHED) -> None:
        self._engine = engine
        self._publication = publication
        self._finished = tuple(finished)
        again = weeks.alias()
        under_its_name = sa.exists().where(again.c.week == weeks.c.week, again.c.publication == publication)
        self._mine = sa.or_(weeks.c.publication == publication, sa.not_(under_its_name))

    def open(self, week: IsoWeek, due: dt.datetime) -> Week:
        found = self.find(week)
        if found is not None:
            return found
        row = {
            "publication": self._publication,
            "week": str(week),
            "due": due,
            "state": WeekState.OPEN,
            "report_due": due + REPORT_AFTER,
        }
        with writing(self._engine) as connection:
            # If another process has opened the week since it was looked for, that row is read below.
            insert_once(connection, weeks, row)
        found = self.find(week)
        assert found is not None, "weeks are never deleted"
        return found

    def move(
        self,
        week: IsoWeek,
        before: WeekState,
        after: WeekState,
        *,
        number: int | None = None,
        told: str | None = None,
        why: str | None = None,
    ) -> bool:
        changes: dict[str, object] = {"state": after}
        changes |= {
            key: value for key, value in (("number", number), ("told", told), ("why", why)) if value is not None
        }
        statement = weeks.update().where(*self._key(week), weeks.c.state == before).values(**changes)
        with writing(self._engine) as connection:
            return connection.execute(statement).rowcount == 1

    def unfinished(self) -> Sequence[Week]:
        return self._those(weeks.c.state.not_in(self._finished))

    def to_report(self, now: dt.datetime) -> Sequence[Week]:
        return self._those(weeks.c.report_due <= now)

    def reported(self, week: IsoWeek) -> None:
        with writing(self._engine) as connection:
            connection.execute(weeks.update().where(*self._key(week)).values(report_due=None))

    def _those(self, which: sa.ColumnElement[bool]) -> Sequence[Week]:
        query = weeks.select().where(self._mine, which).order_by(weeks.c.due)
        with reading(self._engine) as connection:
            return tuple(map(_week, connection.execute(query)))

    def opened(self, week: IsoWeek) -> Sequence[IsoWeek]:
        # Weeks such as 2026-W48 sort as text.
        query = sa.select(weeks.c.week).where(self._mine, weeks.c.week <= str(week)).order_by(weeks.c.week)
        with reading(self._engine) as connection:
            return tuple(map(IsoWeek.parse, connection.execute(query).scalars()))

    @contextmanager
    def lock(self, name: str, seconds: float, now: dt.datetime) -> Iterator[bool]:
        holder = str(uuid.uuid4())
        full_name = f"{self._publication}/{name}"
        held = self._take(full_name, holder, now + dt.timedelta(seconds=seconds), now)
        try:
            yield held
        finally:
            if held:
                with writing(self._engine) as connection:
                    connection.execute(lease.delete().where(lease.c.name == full_name, lease.c.holder == holder))

    def _take(self, name: str, holder: str, until: dt.datetime, now: dt.datetime) -> bool:
        me = this_process()
        mine = {"holder": holder, "host": me.host, "pid": me.pid, "born": me.born, "until": until}
        with writing(self._engine) as connection:
            row = connection.execute(lease.select().where(lease.c.name == name)).one_or_none()
            if row is None:
                # Nobody holds it, unless another process is taking it at this moment.
                return insert_once(connection, lease, {"name": name, **mine})
            # A lease that ends over a day after ours would was taken by a wrong clock, and must not hold up everyone.
            held = now < row.until < until + dt.timedelta(days=1)
            if held and not Process(row.host, row.pid, row.born).gone():
                return False
            taken = lease.update().where(lease.c.name == name, lease.c.holder == row.holder).values(**mine)
            return connection.execute(taken).rowcount == 1

    def find(self, week: IsoWeek) -> Week | None:
        with reading(self._engine) as connection:
            row = connection.execute(weeks.select().where(*self._key(week))).one_or_none()
        return None if row is None else _week(row)

    def _key(self, week: IsoWeek) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
        return self._mine, weeks.c.week == str(week)


def _week(row: sa.Row[tuple[object, ...]]) -> Week:
    return Week(IsoWeek.parse(row.week), row.due, WeekState(row.state), row.number, row.told, row.why)
