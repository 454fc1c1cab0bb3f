"""Reads what a monitor is told. Each query is about the latest issues, or uses an index that only open rows are in."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping

import sqlalchemy as sa

from publisher.adapters.database.tables import delivery, mailing, model_call, returned_mail, sending_hold
from publisher.ports.measures import Measures
from publisher.ports.model_calls import periods
from subscribers import State, waiting_emails
from subscribers.database import reading

LATEST = 3
"""How many issues are counted: more would be a label without an end, and old ones do not change."""
_ROWS = sa.func.count()


def measure(engine: sa.Engine, readers: Mapping[State, int], now: dt.datetime) -> Measures:
    """Read everything but `readers`, which their list counts. Raises DatabaseUnavailable."""
    waiting = waiting_emails(engine)
    with reading(engine) as connection:
        latest = list(connection.scalars(sa.select(mailing.c.number).order_by(mailing.c.started.desc()).limit(LATEST)))
        deliveries: Counter[tuple[int, str]] = Counter()
        answers: Counter[tuple[int, str]] = Counter()
        first = sa.func.substr(delivery.c.reply, 1, 1)
        query = sa.select(delivery.c.issue, delivery.c.state, first, _ROWS).where(delivery.c.issue.in_(latest))
        for issue, state, digit, count in connection.execute(query.group_by(delivery.c.issue, delivery.c.state, first)):
            deliveries[issue, state] += count
            if digit:
                answers[issue, f"{digit}xx" if digit in "245" else "none"] += count
        due = connection.scalar(sa.select(sa.func.min(delivery.c.due)).where(delivery.c.issue.in_(latest), delivery.c.due.is_not(None)))  # fmt: skip
        returned = sa.select(returned_mail.c.cause, returned_mail.c.effect, _ROWS)
        holds = sa.select(_ROWS).where(sending_hold.c.holds, sending_hold.c.lifted.is_(None))
        today = periods(now)[0]
        tokens = sa.func.sum(model_call.c.input_tokens + model_call.c.output_tokens)
        calls = sa.select(model_call.c.outcome, _ROWS, tokens, sa.func.sum(model_call.c.micros))
        spent = connection.execute(calls.where(model_call.c.at >= today).group_by(model_call.c.outcome)).all()
        return Measures(
            deliveries, answers,
            {kind: max(0.0, (now - since).total_seconds()) for kind, since in
             [*(("deliveries", due) for _ in (1,) if due is not None), *((kind.value, since) for kind, (_, since) in waiting.items())]},
            {kind.value: count for kind, (count, _) in waiting.items()},
            {(cause, effect): count for cause, effect, count in connection.execute(returned.group_by(returned_mail.c.cause, returned_mail.c.effect))},
            connection.scalar(holds) or 0,
            {state.value: count for state, count in readers.items()},
            {outcome: count for outcome, count, _, _ in spent},
            sum(row[2] or 0 for row in spent), sum(row[3] or 0 for row in spent) / 1_000_000,
        )  # fmt: skip
