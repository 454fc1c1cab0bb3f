"""Whom not to mail: keyed by canonical address, it outlives the subscriber's row."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, or_, select

from subscribers.adapters import tables
from subscribers.subscriber import Reason


def suppressed(address: ColumnElement[str], subject_id: ColumnElement[str] | None = None) -> ColumnElement[bool]:
    """Return a condition: the canonical address in a column must not be mailed, for whatever reason.

    With `subject_id` it is about mail to a reader that was begun at this address. Then it does not count that they moved
    away meanwhile, but it does that they left, at whichever address and under whichever id they go by now. It is an
    EXISTS that correlates with the query around it, so it serves in WHERE and in a column list alike.
    """
    table: Any = tables.suppression
    by_address = select(1).where(table.c.canonical == address)
    if subject_id is None:
        return by_address.correlate_except(table).exists()
    by_address = by_address.where(table.c.reason != Reason.MOVED.value)
    by_subject = select(1).where(table.c.subject_id == subject_id).correlate_except(table).exists()
    former: Any = tables.former_subject
    by_former_subject = (
        select(1)
        .select_from(table.join(former, former.c.canonical == table.c.canonical))
        .where(former.c.subject_id == subject_id)
        .correlate_except(table, former)
        .exists()
    )
    return or_(by_address.correlate_except(table).exists(), by_subject, by_former_subject)
