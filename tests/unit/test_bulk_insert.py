"""Rows that are inserted in bulk are written as SQLAlchemy writes one."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from subscribers.adapters import tables
from subscribers.adapters.bulk_insert import written_moment

ZONES = st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=5, minutes=30)), dt.timezone(-dt.timedelta(hours=8))])
FIRST, LAST = dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30)  # noqa: DTZ001 - `datetimes` adds the zones
MOMENTS = st.datetimes(FIRST, LAST, timezones=ZONES)


@given(MOMENTS)
def test_a_moment_is_written_to_sqlite_as_sqlalchemy_writes_it(moment: dt.datetime) -> None:
    dialect = sqlite.dialect()
    write = tables.subscriber.c.created.type.dialect_impl(dialect).bind_processor(dialect)
    assert write is not None
    assert written_moment(moment) == write(moment)
