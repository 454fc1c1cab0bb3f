"""What nobody knows after a backup was restored: which of the mail that was due left after the backup was made."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping

import sqlalchemy as sa

from subscribers.adapters import tables
from subscribers.adapters.rows import email_row
from subscribers.courses import caught_up, step_of
from subscribers.emails import RULES, EmailState
from subscribers.subscriber import Course

_email, _course, _reader = tables.email, tables.course, tables.subscriber


def doubt_emails(connection: sa.Connection, why: str, now: dt.datetime) -> Mapping[str, int]:
    """Let no mail of the outbox leave twice: what may not be repeated is in doubt. Return how much of each kind is.

    What may be repeated, such as a confirmation, waits as before, in nobody's hands.
    """
    once = [kind.value for kind, rules in RULES.items() if not rules.repeats]
    waits = (_email.c.due.is_not(None), _email.c.kind.in_(once))
    kinds = Counter(connection.scalars(sa.select(_email.c.kind).where(*waits)))
    doubtful = {"state": EmailState.IN_DOUBT.value, "due": None, "sender": None, "changed": now, "reply": why}
    connection.execute(_email.update().where(*waits).values(doubtful))
    held = (_email.c.due.is_not(None), _email.c.sender.is_not(None))
    connection.execute(_email.update().where(*held).values(state=EmailState.QUEUED.value, sender=None))
    return dict(sorted(kinds.items()))


def doubt_steps(connection: sa.Connection, steps: Callable[[str], int], why: str, now: dt.datetime) -> int:
    """Let no step of a course leave twice: each that was due up to now is a mail in doubt. Return how many there are.

    The courses go on with the step after those, at their own pace. `steps` says how many steps a learning path has. Who
    pauses gets theirs when the pause ends, as before.
    """
    pauses = sa.and_(_reader.c.paused_until.is_not(None), _reader.c.paused_until > now)
    due = sa.select(_course).join(_reader, _reader.c.id == _course.c.subscriber_id).where(_course.c.due <= now, ~pauses)
    mails: list[dict[str, object]] = []
    for row in connection.execute(due).all():
        course = Course(row.path, row.started, row.every_days, row.sent, row.due)
        after = caught_up(course, steps(row.path), now)
        ended_so = {"state": EmailState.IN_DOUBT.value, "due": None, "changed": now, "reply": why}
        steps_since = (step_of(course, number) for number in range(course.sent + 1, after.sent + 1))
        mails += [email_row(one, now) | ended_so | {"subscriber_id": row.subscriber_id} for one in steps_since]
        its = (_course.c.subscriber_id == row.subscriber_id, _course.c.path == row.path)
        connection.execute(_course.update().where(*its).values(sent=after.sent, due=after.due, ended=after.ended))
    if mails:
        connection.execute(_email.insert(), mails)
    return len(mails)
