"""The rows of the outbox and of deletions, while readers are deleted under a sender's hands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from publisher.adapters.database import migrate
from subscribers import AddressHistory, EmailEnd, EmailState, Keyring, Subscribers
from subscribers.adapters import tables
from subscribers.database import open_engine
from tests.readers import NOW, SECRET, WORDING, Mailbox

SENDER = "00000000-0000-4000-8000-000000000001"


def sign_up(readers: Subscribers, address: str) -> None:
    readers.sign_ups.sign_up(address, source="form", wording=WORDING, now=NOW)


def test_the_end_of_a_deleted_readers_mail_ends_no_other_mail(readers: Subscribers, engine: sa.Engine) -> None:
    sign_up(readers, "ada@example.com")
    (adas,) = readers.outbox.claim(SENDER, 10, NOW).jobs
    readers.editors.forget("ada@example.com", now=NOW)
    sign_up(readers, "bob@example.com")
    (bobs,) = readers.outbox.claim(SENDER, 10, NOW).jobs
    readers.outbox.commit(SENDER, [EmailEnd(adas.id, EmailState.SENT, "250 ok")], (), NOW)
    with engine.connect() as connection:
        states = connection.scalars(sa.select(tables.email.c.state).where(tables.email.c.id == bobs.id)).all()
    assert (bobs.address, states) == ("bob@example.com", ["claimed"])


def test_a_deletion_that_is_done_twice_takes_no_other_deletion_with_it(readers: Subscribers) -> None:
    readers.erasures.add(AddressHistory("ada@example.com", (), ("a" * 22,)), NOW)
    (adas,) = readers.erasures.under_way()
    readers.erasures.done(adas.id)  # as another process may have done it meanwhile
    readers.erasures.add(AddressHistory("bob@example.com", (), ("b" * 22,)), NOW)
    readers.erasures.done(adas.id)
    assert [each.history.present for each in readers.erasures.under_way()] == ["bob@example.com"]


def test_a_round_of_mail_never_looks_through_the_whole_outbox(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'pressroom.db'}")
    migrate(engine)
    outbox, asked = Subscribers(engine, Keyring(SECRET), Mailbox()).outbox, []

    @sa.event.listens_for(engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, given: Any, _context: Any, _many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            asked.append((statement, given))

    outbox.claim(SENDER, 10, NOW)
    outbox.give_back(SENDER, NOW)
    outbox.holders()
    outbox.sweep(NOW)
    with engine.connect() as connection:
        plans = [
            row[3]
            for statement, given in list(asked)
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
        ]
    engine.dispose()
    assert len(plans) > 10
    assert [plan for plan in plans if plan.startswith("SCAN email") or "USE TEMP B-TREE" in plan] == []
