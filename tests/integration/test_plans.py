"""What concerns one reader, or the mails in a sender's hands, is found by an index, whatever the number of the others."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from publisher.adapters.database import database_ledger
from publisher.adapters.database.tables import delivery, mailing
from publisher.issue import DeliveryState
from publisher.ports import Outcome
from subscribers import BounceKind, EmailEnd, EmailState, Keyring, Subscribers
from subscribers.adapters import tables
from subscribers.adapters.readers import DatabaseReaders
from subscribers.adapters.store import Store
from tests.integration.test_moves import join
from tests.readers import NOW, SECRET, WORDING

pytestmark = pytest.mark.both_databases

OTHERS = 20_000
WEEK = dt.timedelta(weeks=1)
HUNDRED = tuple(range(1, 101))
SENDER = "00000000-0000-4000-8000-000000000001"


def test_no_act_of_one_reader_looks_through_all_of_them(readers: Subscribers, engine: sa.Engine) -> None:
    crowd(engine)
    readers.sign_ups.sign_up("ada@example.com", source="form", wording=WORDING, now=NOW)
    keyring, (mail,) = Keyring(SECRET), readers.outbox.claim(SENDER, 10, NOW).jobs
    with plans(engine) as made:
        readers.outbox.stopped([mail.id], NOW)
        readers.sign_ups.confirm(mail.tokens.action, now=NOW)
        readers.page.portal(keyring.preferences(mail.subject_id, NOW), now=NOW)
        readers.leaving.unsubscribe(keyring.unsubscribe(mail.subject_id), now=NOW)
    assert len(made) > 8
    assert scans(made, "subscriber") == []


@pytest.mark.parametrize("others", [2_000, OTHERS])
def test_no_act_of_a_sender_looks_through_all_deliveries(engine: sa.Engine, others: int) -> None:
    """PostgreSQL weighs a look through the whole table against the index anew for each number of rows."""
    queued(engine, others)
    ledger = database_ledger(engine)
    sender = ledger.senders.register(NOW)
    with plans(engine) as made:
        rows = [each.id for each in ledger.deliveries.claim(1, sender, 100, NOW)]
        ledger.deliveries.suppressed(rows)
        assert ledger.deliveries.commit(sender, (), rows[:40], NOW) == set(rows[:40])
        sent = [Outcome(row, DeliveryState.SENT, "250 ok") for row in rows[:39]]
        later = Outcome(rows[39], DeliveryState.DEFERRED, "450 later", NOW)
        ledger.deliveries.commit(sender, [*sent, later], rows[40:], NOW)
    assert len(made) >= 8
    assert scans(made, "delivery") == []


@pytest.mark.parametrize("others", [2_000, OTHERS])
def test_no_act_of_a_sender_looks_through_the_whole_outbox(
    readers: Subscribers, engine: sa.Engine, others: int
) -> None:
    crowd(engine)
    ended(engine, others)
    readers.sign_ups.sign_up("ada@example.com", source="form", wording=WORDING, now=NOW)
    outbox = readers.outbox
    with plans(engine) as made:
        assert len(outbox.claim(SENDER, 100, NOW).jobs) == 1
        outbox.stopped(HUNDRED, NOW)
        outbox.commit(SENDER, (), HUNDRED, NOW)
        sent = [EmailEnd(id_, EmailState.SENT, "250 ok") for id_ in HUNDRED[:-1]]
        outbox.commit(SENDER, [*sent, EmailEnd(100, EmailState.DEFERRED, "450 later")], (), NOW)
        outbox.give_back(SENDER, NOW)
        outbox.holders()
        outbox.due(NOW)
    assert len(made) >= 10
    assert scans(made, "email") == []


def test_what_expires_and_what_bounced_is_found_without_looking_through_everything(
    readers: Subscribers, engine: sa.Engine
) -> None:
    crowd(engine)
    queued(engine, OTHERS)
    bounces = database_ledger(engine).bounces
    readers.sign_ups.sign_up("ada@example.com", source="form", wording=WORDING, now=NOW, client="192.0.2.7")
    with plans(engine) as made:
        late = NOW + 5 * WEEK  # its one mail counts for thirty days
        assert readers.retention.expire(late, now=late) == 1
        readers.retention.forget_networks(NOW)
        bounces.untold(100, NOW)
        bounces.counts(1, BounceKind.HARD)
        bounces.accepted(["r1@example.com", "r2@example.com"], NOW)
        bounces.tell([1, 2], NOW)
    assert len(made) >= 8
    assert scans(made, "subscriber") == scans(made, "delivery") == []


def test_thousands_of_addresses_are_not_compared_with_each_row_of_a_small_table(
    readers: Subscribers, engine: sa.Engine
) -> None:
    """A statement that was prepared when the table was empty is executed in the same way when it is full."""
    join(readers, "ada@example.com")
    addresses = [f"r{number}@example.com" for number in range(1_000)]
    with plans(engine) as made, DatabaseReaders(Store(engine)).reading() as rows:
        assert set(rows.states(addresses, addresses)) == set(addresses)
        assert rows.held([f"{number:022d}" for number in range(1_000)]) == {}
    assert len(made) == 8
    assert [plan for _, plan in made if "= ANY" in plan] == []


@contextmanager
def plans(engine: sa.Engine) -> Iterator[list[tuple[str, str]]]:
    """Give the statements of the block, each with its plan, when the block has ended."""
    asked: list[tuple[str, Any]] = []
    made: list[tuple[str, str]] = []

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
        if re.match(r"SELECT|UPDATE|DELETE|WITH", statement):
            asked.append((statement, given[0] if many else given))

    sa.event.listen(engine, "before_cursor_execute", note)
    yield made
    sa.event.remove(engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    with engine.connect() as connection:
        for statement, given in asked:
            rows = connection.exec_driver_sql(f"{explain} {statement}", given)
            made.append((statement, "\n".join(str(row[-1]) for row in rows)))


def scans(made: list[tuple[str, str]], table: str) -> list[tuple[str, str]]:
    """Return the statements that read a table as a whole; a partial index holds only the open rows."""
    whole = rf"^SCAN {table}\b(?!.* INDEX)|Seq Scan on {table}\b"
    return [one for one in made if re.search(whole, one[1], re.MULTILINE)]


def crowd(engine: sa.Engine) -> None:
    """Fill the table of readers, and let the database count them."""
    rows = [
        {
            "subject_id": f"{number:021d}A", "address": f"other{number}@example.com", "name": "", "state": "active",
            "canonical": f"other{number}@example.com", "source": "test", "created": NOW,
        }
        for number in range(OTHERS)
    ]  # fmt: skip
    with engine.begin() as connection:
        connection.execute(sa.insert(tables.subscriber), rows)
        connection.exec_driver_sql("ANALYZE subscriber")


def queued(engine: sa.Engine, count: int) -> None:
    """Begin to send an issue to many readers."""
    issue = {"number": 1, "digest": "d", "subject": "s", "message": b"m", "started": NOW}
    rows = [
        {
            "issue": 1, "subscriber_id": number, "subject_id": f"{number:021d}A", "address": f"r{number}@example.com",
            "canonical": f"r{number}@example.com", "name": "", "state": "queued", "due": NOW,
        }
        for number in range(count)
    ]  # fmt: skip
    with engine.begin() as connection:
        connection.execute(mailing.insert().values(issue))
        connection.execute(sa.insert(delivery), rows)
        connection.exec_driver_sql("ANALYZE delivery")


def ended(engine: sa.Engine, count: int) -> None:
    """Fill the outbox with mails that were sent."""
    rows = [
        {
            "kind": "confirmation", "subscriber_id": 1 + number % OTHERS, "since": NOW, "priority": 0, "state": "sent",
            "attempt": 1, "changed": NOW,
        }
        for number in range(count)
    ]  # fmt: skip
    with engine.begin() as connection:
        connection.execute(sa.insert(tables.email), rows)
        connection.exec_driver_sql("ANALYZE email")
