"""What a restored database does not know, because it happened after the backup: nothing of it is done a second time.

An issue that was being sent then may have reached everybody since. So its open deliveries are in doubt, every week that
is not over is held, an approved correction, which waits for no week, has to be approved again, and a person decides.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from publisher import timetable
from publisher.adapters.database.freeze import take_in_doubt
from publisher.adapters.database.tables import (
    approval,
    approval_record,
    delivery,
    lease,
    mailing,
    sender_process,
    weeks,
)
from publisher.errors import UserError
from publisher.issue import DeliveryState, IsoWeek
from publisher.numbers import is_correction
from publisher.ports import FINISHED, REPORT_AFTER, Content, How, Verdict, WeekState
from publisher.publication import Publication
from publisher.render.course import steps_of
from subscribers import doubt_emails, doubt_steps

_ANY: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Uncertain:
    """What a person has to decide: deliveries in doubt by issue or correction, weeks that are held, mail in doubt by kind.

    `corrections` were approved, and have to be approved again. `steps` is how many steps of courses were due since, and are
    in doubt as well.
    """

    deliveries: Mapping[int, int]
    corrections: Sequence[int]
    weeks: Sequence[str]
    emails: Mapping[str, int]
    steps: int


def doubt(connection: sa.Connection, content: Content | None, made: dt.datetime, now: dt.datetime) -> Uncertain:
    """Hold what may have been done since the backup was `made`; `content` is None if its publication.toml cannot be read."""
    when = f"{made.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
    reply = f"restored from a backup of {when}; whether it left after that is not known"
    deliveries, corrections = _deliveries(connection, reply, now), _corrections(connection, now)
    held = _weeks(connection, content, made, now, f"restored from a backup of {when}")
    for table in (lease, sender_process):  # processes that are gone, or belong to another machine
        connection.execute(table.delete())
    emails = doubt_emails(connection, reply, now)
    steps = doubt_steps(connection, lambda path: _steps(content, path), reply, now)
    return Uncertain(deliveries, corrections, held, emails, steps)


def _steps(content: Content | None, path: str) -> int:
    """Return how many steps a learning path has; more than any has where that cannot be read."""
    with suppress(UserError):
        return steps_of(content, path) if content else _ANY
    return _ANY


def _deliveries(connection: sa.Connection, reply: str, now: dt.datetime) -> Mapping[int, int]:
    unfinished = sa.select(mailing.c.number).where(mailing.c.finished.is_(None))
    waits = (delivery.c.issue.in_(unfinished), delivery.c.due.is_not(None))
    counts = Counter(connection.scalars(sa.select(delivery.c.issue).where(*waits)))
    doubtful = {"state": DeliveryState.IN_DOUBT, "due": None, "sender": None, "changed": now, "reply": reply}
    connection.execute(delivery.update().where(*waits).values(doubtful))
    for number in connection.scalars(sa.select(mailing.c.number).where(mailing.c.early_until.is_not(None))).all():
        if is_correction(number):  # it grows with its issue, and may have grown since
            counts[number] += take_in_doubt(connection, number, now, reply)
    before = sa.select(delivery.c.issue, sa.func.count()).where(
        delivery.c.issue.in_(unfinished), delivery.c.state == DeliveryState.IN_DOUBT
    )
    found = connection.execute(before.group_by(delivery.c.issue)).all()
    return {number: count for number, count in sorted(map(tuple, found)) if counts[number]}


def _corrections(connection: sa.Connection, now: dt.datetime) -> Sequence[int]:
    """Let no approval count of a correction that was not begun: each goes out as soon as it is approved. Return which."""
    unbegun = approval.c.issue.not_in(sa.select(mailing.c.number))
    given = [row for row in connection.execute(sa.select(approval).where(unbegun)) if is_correction(row.issue)]
    for row in given:
        connection.execute(approval.delete().where(approval.c.issue == row.issue))
        done = {"issue": row.issue, "digest": row.digest, "person": row.person, "at": now}
        connection.execute(approval_record.insert().values(done | {"what": Verdict.WITHDRAWN, "how": How.RESTORE}))
    return sorted({row.issue for row in given})


def _weeks(
    connection: sa.Connection, content: Content | None, made: dt.datetime, now: dt.datetime, why: str
) -> Sequence[str]:
    """Hold the weeks that are not over, and those that began since, unless their issue was out before; return which."""
    out = set[str]()
    if content is not None:
        publication = content.publication
        finished = frozenset(connection.scalars(sa.select(mailing.c.number).where(mailing.c.finished.is_not(None))))
        out = {str(issue.week) for issue in content.issues if issue.number in finished}
        out -= {str(issue.week) for issue in content.issues if issue.number not in finished}
        known = set(connection.scalars(sa.select(weeks.c.week)))
        for iso in _since(publication, made, now):
            if str(iso) not in known:
                due = timetable.due(iso, publication.schedule)
                row = {"publication": publication.list_id, "week": str(iso), "due": due, "state": WeekState.OPEN}
                connection.execute(weeks.insert().values(**row, report_due=due + REPORT_AFTER))
    unfinished = (weeks.c.state.not_in(FINISHED), weeks.c.why == "", weeks.c.week.not_in(out))
    found = connection.scalars(sa.select(weeks.c.week).where(*unfinished).order_by(weeks.c.week)).all()
    connection.execute(weeks.update().where(*unfinished).values(why=why))
    return found


def _since(publication: Publication, made: dt.datetime, now: dt.datetime) -> Sequence[IsoWeek]:
    """Return the weeks from that of the backup to the present one whose issue might still be sent."""
    schedule = publication.schedule
    week = IsoWeek.of((made - dt.timedelta(weeks=1)).date())
    last = timetable.current_week(schedule, now)
    found = []
    while week <= last:
        if now <= timetable.window_ends(timetable.due(week, schedule), schedule):
            found.append(week)
        week = week.next()
    return found
