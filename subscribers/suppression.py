"""Whom not to mail: keyed by canonical address, it outlives the subscriber's row."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, select

from subscribers.adapters import tables


def suppressed(column: ColumnElement[str]) -> ColumnElement[bool]:
    """Return a condition: the canonical address in `column` must not be mailed, for whatever reason.

    It is an EXISTS that correlates with the query around it, so it serves in WHERE and in a column list alike.
    """
    listed: Any = tables.suppression.c.canonical
    return select(1).where(listed == column).correlate_except(tables.suppression).exists()
