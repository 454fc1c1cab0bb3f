"""Suppressions in SQL: a condition for addresses that must not be mailed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, literal, or_, select

from subscribers.adapters import tables
from subscribers.address import HASHED
from subscribers.database import Sha256
from subscribers.subscriber import Reason


def suppressed(address: ColumnElement[str], subject_id: ColumnElement[str] | None = None) -> ColumnElement[bool]:
    """Return a condition that is true if the canonical address in a column, or its digest, must not be mailed.

    With `subject_id`, the condition is about mail that was begun to a reader at this address. It is then not true just
    because they moved away meanwhile, but it is true if they left, whatever their address and id are now. The condition
    is an EXISTS that correlates with the query around it, so it works in WHERE and in a column list.
    """
    table: Any = tables.suppression
    by_address = select(1).where(table.c.canonical.in_((address, literal(HASHED) + Sha256(address))))
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
