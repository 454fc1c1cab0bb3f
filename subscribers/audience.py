"""Who gets an issue. The only maker of recipients."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from subscribers.adapters.tables import subscriber
from subscribers.subscriber import State


def audience() -> Select[Any]:
    """Return a query for every active reader: subscriber_id, subject_id, address, canonical, name. No order.

    Whoever freezes it into a ledger still asks `suppressed` before each hand-over: a reader may leave meanwhile.
    """
    columns = subscriber.c
    return select(
        columns.id.label("subscriber_id"), columns.subject_id, columns.address, columns.canonical, columns.name
    ).where(columns.state == State.ACTIVE.value)
