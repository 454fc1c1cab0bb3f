"""What is asked about one reader finds them by an index, whatever the number of the others."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa

from subscribers import Keyring, Subscribers
from subscribers.adapters import tables
from tests.readers import NOW, SECRET, WORDING

OTHERS = 20_000
SENDER = "00000000-0000-4000-8000-000000000001"


def test_no_act_of_one_reader_looks_through_all_of_them(readers: Subscribers, engine: sa.Engine) -> None:
    crowd(engine)
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
        if re.match(r"SELECT|UPDATE|DELETE|WITH", statement) and not many:
            asked.append((statement, given))

    readers.sign_ups.sign_up("ada@example.com", source="form", wording=WORDING, now=NOW)
    keyring, (mail,) = Keyring(SECRET), readers.outbox.claim(SENDER, 10, NOW).jobs
    sa.event.listen(engine, "before_cursor_execute", note)
    readers.outbox.stopped([mail.id], NOW)
    readers.sign_ups.confirm(mail.tokens.action, now=NOW)
    readers.page.portal(keyring.preferences(mail.subject_id, NOW), now=NOW)
    readers.leaving.unsubscribe(keyring.unsubscribe(mail.subject_id), now=NOW)
    sa.event.remove(engine, "before_cursor_execute", note)
    assert len(asked) > 8
    explain = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    with engine.connect() as connection:
        plans = [
            str(row[-1])
            for statement, given in asked
            for row in connection.exec_driver_sql(f"{explain} {statement}", given)
        ]
    assert [plan for plan in plans if re.search(r"^SCAN subscriber|Seq Scan on subscriber", plan)] == []


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
