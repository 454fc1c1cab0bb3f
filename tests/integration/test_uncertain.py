"""What a restored database holds, so that nothing is done a second time."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from publisher.adapters.database.migrations import migrate
from publisher.adapters.database.tables import approval, mailing
from publisher.moving.uncertain import doubt
from subscribers.database import open_engine, writing

NOW = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)


def test_a_correction_that_was_approved_and_not_sent_waits_for_a_person_and_nothing_else_loses_its_approval(
    database_url: str,
) -> None:
    engine = open_engine(database_url)
    migrate(engine)
    out = {"number": 10_012, "digest": "d", "subject": "s", "message": b"m", "started": NOW, "finished": NOW}
    with writing(engine) as connection:
        connection.execute(mailing.insert().values(out))
        for number in (11, 10_011, 10_012):
            connection.execute(approval.insert().values(issue=number, digest="d", person="Robin", at=NOW))
        assert doubt(connection, None, NOW, NOW).corrections == [10_011]
        assert sorted(connection.scalars(sa.select(approval.c.issue))) == [11, 10_012]
    engine.dispose()
