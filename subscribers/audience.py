"""Who gets an issue. The only maker of recipients."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Select, or_, select

from subscribers.adapters.tables import subscriber
from subscribers.subscriber import State


def audience(now: dt.datetime) -> Select[Any]:
    """Return a query for every active reader who has not paused: no order, one row for each address.

    Its columns are subscriber_id, subject_id, address, canonical, name, without (a JSON list of the sections that the
    reader does not want) and zone (an IANA name or null). Whoever freezes it into a ledger still asks `suppressed`
    before each hand-over: a reader may leave meanwhile.
    """
    columns = subscriber.c
    return select(
        columns.id.label("subscriber_id"),
        columns.subject_id,
        columns.address,
        columns.canonical,
        columns.name,
        columns.without,
        columns.zone,
    ).where(
        columns.state == State.ACTIVE.value,
        or_(columns.paused_until.is_(None), columns.paused_until <= now),
    )
