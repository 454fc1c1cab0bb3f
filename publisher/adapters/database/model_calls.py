"""The record of calls to models, the budgets that it adds up to, and the answers that held.

There is no second table of budgets that could disagree with the record: what was spent is the sum of its rows, and a
call under way has what it can cost at most. Two processes add up one after the other, so together they stay below a
limit; a process that is killed leaves its row under way, and nobody gets that part of the budget back.
"""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

import sqlalchemy as sa

from publisher.adapters.database.tables import model_answer, model_call
from publisher.ports import CallOutcome, CallRecord, Exceeded, Limits
from publisher.ports.model_calls import exceeded, periods
from subscribers.database import reading, replacing, writing

LOCK_SPACE: Final = 0x4D6F6465  # "Mode": keeps PostgreSQL's advisory lock on the budgets apart from all others
KEPT_FOR: Final = dt.timedelta(days=90)
"""How long an answer is kept: an issue that is older has been sent."""

_COLUMNS: Final = tuple(field.name for field in fields(CallRecord))


class DatabaseModelCalls:
    """Implements ports.ModelCalls. Answers are sealed with the first secret and believed with any of them."""

    def __init__(self, engine: sa.Engine, secrets: Sequence[str] = ()) -> None:
        self._engine = engine
        self._secrets = tuple(secrets)

    def begin(self, call: CallRecord, limits: Limits) -> int | Exceeded:
        with writing(self._engine) as connection:
            if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK_SPACE, 0)))
            if over := exceeded(call, limits, _spent(connection, call)):
                return over
            made = connection.execute(model_call.insert().values(**_row(call)))
            (number,) = made.inserted_primary_key or ()
            return int(number)

    def settle(self, number: int, call: CallRecord) -> None:
        with writing(self._engine) as connection:
            connection.execute(model_call.update().where(model_call.c.id == number).values(**_row(call)))

    def add(self, call: CallRecord) -> None:
        with writing(self._engine) as connection:
            connection.execute(model_call.insert().values(**_row(call)))

    def form_of(self, endpoint: str, model: str, since: dt.datetime) -> str | None:
        query = (
            sa.select(model_call.c.form)
            .where(model_call.c.endpoint == endpoint, model_call.c.model == model, model_call.c.at >= since)
            .where(model_call.c.outcome == CallOutcome.ANSWERED.value)
            .order_by(model_call.c.id.desc())
            .limit(1)
        )
        with reading(self._engine) as connection:
            form: str | None = connection.execute(query).scalar()
        return form

    def latest(self, limit: int, issue: int | None = None) -> Sequence[CallRecord]:
        query = sa.select(*(model_call.c[name] for name in _COLUMNS)).order_by(model_call.c.id.desc()).limit(limit)
        if issue is not None:
            query = query.where(model_call.c.issue == issue)
        with reading(self._engine) as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(CallRecord(**{**row, "outcome": CallOutcome(row["outcome"])}) for row in rows)

    def kept(self, key: str) -> str | None:
        query = sa.select(model_answer.c.answer, model_answer.c.seal).where(model_answer.c.key == key)
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        if row is None or not any(
            hmac.compare_digest(row.seal, _seal(each, key, row.answer)) for each in self._secrets
        ):
            return None
        answer: str = row.answer
        return answer

    def keep(self, key: str, answer: str, at: dt.datetime) -> None:
        if not self._secrets:
            return
        row = {"key": key, "answer": answer, "seal": _seal(self._secrets[0], key, answer), "at": at}
        with writing(self._engine) as connection:
            connection.execute(model_answer.delete().where(model_answer.c.at < at - KEPT_FOR))
            connection.execute(replacing(connection, model_answer, "key"), row)


def _spent(connection: sa.Connection, call: CallRecord) -> list[tuple[int, int]]:
    """Return (tokens, micros) that were spent or are reserved: for the call's issue, on its day, in its month."""
    day, month = periods(call.at)
    table = model_call.c
    groups = (table.issue == call.issue, table.at >= day, table.at >= month)
    sums = [
        sa.func.coalesce(sa.func.sum(sa.case((group, what), else_=0)), 0)
        for group in groups
        for what in (table.input_tokens + table.output_tokens, sa.func.coalesce(table.micros, 0))
    ]
    numbers = [int(one) for one in connection.execute(sa.select(*sums).where(sa.or_(*groups))).one()]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _row(call: CallRecord) -> dict[str, Any]:
    return {name: getattr(call, name) for name in _COLUMNS} | {"outcome": call.outcome.value}


def _seal(secret: str, key: str, answer: str) -> str:
    """Return what only this publication can have put beside an answer: whoever writes into the database has no secret."""
    return hmac.digest(secret.encode(), f"model answer\0{key}\0{answer}".encode(), "sha256").hex()
