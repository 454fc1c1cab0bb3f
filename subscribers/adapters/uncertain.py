"""What nobody knows after a backup was restored: which of the mail that was due left after the backup was made."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping

import sqlalchemy as sa

from subscribers.adapters import tables
from subscribers.emails import RULES, EmailState

_email, _course = tables.email, tables.course


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


def steps_due(connection: sa.Connection, now: dt.datetime) -> int:
    """Return how many courses have a step that is due."""
    due = sa.select(sa.func.count()).select_from(_course).where(_course.c.due <= now)
    return connection.scalar(due) or 0
