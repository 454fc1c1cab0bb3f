"""Rows that are inserted in bulk are read back as they were, whatever of them is left out or written as text."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from publisher.adapters.database import migrate
from subscribers import State
from subscribers.adapters import tables
from subscribers.adapters.bulk_insert import insert_rows
from subscribers.adapters.rows import reader_of, reader_row
from subscribers.database import open_engine
from subscribers.subscriber import Subscriber

FAR = dt.timezone(dt.timedelta(hours=5, minutes=30))
NOON = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
BARE = Subscriber("id of the bare one 012", "a@example.com", "a@example.com", NOON, State.ACTIVE)
FULL = Subscriber(
    "id of the full one 012", "b@example.com", "b@example.com", dt.datetime(1, 1, 2, 3, 4, 5, 6, FAR), State.UNSUBSCRIBED,
    name="Bob", source="list", tags=("maths",), confirmed=NOON, left=dt.datetime(9999, 12, 30, 23, 59, 59, 999_999, FAR),
    confirmations=2, asked=NOON, without=("links",), left_why="too much", bounces=3, bounced=NOON.astimezone(FAR),
)  # fmt: skip


@pytest.mark.parametrize("readers", [[BARE], [FULL], [BARE, FULL], [FULL, BARE]])
def test_readers_are_read_back_as_they_were(readers: list[Subscriber], database_url: str) -> None:
    engine = open_engine(database_url)
    migrate(engine)
    with engine.begin() as connection:
        insert_rows(connection, tables.subscriber, [reader_row(reader) for reader in readers])
        found = connection.execute(sa.select(tables.subscriber).order_by(tables.subscriber.c.id)).mappings()
        assert [reader_of(row) for row in found] == readers
    engine.dispose()


def test_a_moment_without_a_zone_is_refused(database_url: str) -> None:
    engine = open_engine(database_url)
    migrate(engine)
    row = {"canonical": "a@example.com", "at": NOON.replace(tzinfo=None), "what": "moved"}
    with pytest.raises(ValueError, match="without a time zone"), engine.begin() as connection:
        insert_rows(connection, tables.history, [row])
    engine.dispose()
