"""Suppressions in SQL: a condition for addresses that must not be mailed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, literal, or_, select

from subscribers.adapters import tables
from subscribers.address import HASHED
from subscribers.database import Sha256
from subscribers.subscriber import Reason

_DIGESTS = HASHED + "0" * 64, HASHED + "f" * 64
"""The least and the greatest digest in the order of every collation: they differ in nothing but hexadecimal digits."""


def suppressed(address: ColumnElement[str], subject_id: ColumnElement[str] | None = None) -> ColumnElement[bool]:
    """Return a condition that is true if the canonical address in a column, or its digest, must not be mailed.

    With `subject_id`, the condition is about mail that was begun to a reader at this address. It is then not true just
    because they moved away meanwhile, but it is true if they left, whatever their address and id are now. The condition
    is an EXISTS that correlates with the query around it, so it works in WHERE and in a column list.
    """
    table: Any = tables.suppression
    if subject_id is None:
        return _by_address(address)
    by_address = _by_address(address, table.c.reason != Reason.MOVED.value)
    by_subject = select(1).where(table.c.subject_id == subject_id).correlate_except(table).exists()
    former: Any = tables.former_subject
    by_former_subject = (
        select(1)
        .select_from(table.join(former, former.c.canonical == table.c.canonical))
        .where(former.c.subject_id == subject_id)
        .correlate_except(table, former)
        .exists()
    )
    return or_(by_address, by_subject, by_former_subject)


def _by_address(address: ColumnElement[str], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return whether an address is suppressed, by itself or by its digest.

    Most databases know no suppression by its digest alone. Whether there is any is found once for a statement, and only
    then are digests made, which would take half the time of freezing an audience.
    """
    table: Any = tables.suppression
    any_digest = tables.suppression.alias()
    digests = select(1).where(any_digest.c.canonical.between(*_DIGESTS)).exists()
    plain = select(1).where(table.c.canonical == address, *conditions)
    digest = select(1).where(table.c.canonical == literal(HASHED) + Sha256(address), *conditions)
    return or_(plain.correlate_except(table).exists(), and_(digests, digest.correlate_except(table).exists()))
