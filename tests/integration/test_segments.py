"""Segments on a real database: SQL answers as `holds` does, and nothing that a person wrote is ever SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.adapters.database.engine import migrate, open_engine
from subscribers import Segment, Subscriber, matching
from subscribers.adapters import tables
from subscribers.adapters.store import Store
from subscribers.segments import holds
from subscribers.transitions import Standing
from tests import segment_samples as samples
from tests.readers import NOW


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    opened = open_engine(database_url)
    migrate(opened)
    yield opened
    opened.dispose()


def fill(engine: sa.Engine, readers: Sequence[Subscriber]) -> None:
    store = Store(engine)
    with store.writing() as connection:
        connection.execute(sa.delete(tables.subscriber))
        store.save_all(connection, [(Standing(), Standing(reader)) for reader in readers], NOW)


def found(engine: sa.Engine, segment: Segment, now: dt.datetime = NOW) -> list[str]:
    with engine.connect() as connection:
        query = sa.select(tables.subscriber.c.canonical).where(matching(segment, now))
        return sorted(connection.scalars(query))


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(readers=samples.readers(), segments=st.lists(samples.segments, min_size=8, max_size=8))
def test_the_database_finds_the_readers_of_whom_a_segment_holds(
    engine: sa.Engine, readers: list[Subscriber], segments: list[Segment]
) -> None:
    fill(engine, readers)
    for segment in segments:
        assert found(engine, segment) == sorted(r.canonical for r in readers if holds(segment, r, NOW)), str(segment)
