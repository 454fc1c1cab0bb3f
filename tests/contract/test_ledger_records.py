"""The contract of what the ledger tells of past deliveries: of a reader, of one in doubt, of a bounce, of a deleted reader."""

from __future__ import annotations

import dataclasses
import json

import pytest
import sqlalchemy as sa

from publisher.adapters.database import deliveries, delivery_records
from publisher.issue import DeliveryState
from publisher.ports import Ledger, Outcome, Received
from subscribers import BounceKind
from tests.contract.ledgers import LATER, READERS, LedgerCase, S, claimed_ids
from tests.mailroom import NOON, approved, database, started


def test_the_deliveries_to_an_address_are_listed_issue_by_issue(ledger: Ledger, case: LedgerCase) -> None:
    ledger.deliveries.start(approved(8), LATER)
    sender = ledger.senders.register(NOON)
    row = next(row for row in ledger.deliveries.claim(7, sender, 10, NOON) if row.address == READERS[2])
    ledger.deliveries.commit(sender, [Outcome(row.id, S.SENT, "250 kept")], (), LATER)
    subject = "Retries, and what they cost"
    assert ledger.records.received(case.history_of(READERS[2], "nobody@example.com")) == (
        Received(7, subject, READERS[2], S.SENT, "250 kept", LATER),
        Received(8, subject, READERS[2], S.QUEUED, "", None),
    )
    assert [each.address for each in ledger.records.received(case.history_of(READERS[1], READERS[0]))] == [
        *READERS[:2],
        *READERS[:2],
    ]
    assert ledger.records.received(case.history_of("nobody@example.com")) == ()


def test_suppressions_and_a_readers_deliveries_are_found_by_an_index(database_url: str) -> None:
    ledger, _ = started(database_url, [f"reader{number}@example.com" for number in range(3000)])
    engine = database(database_url)
    with engine.begin() as connection:
        # With fewer rows than these, PostgreSQL reads the whole table, because that is cheaper.
        connection.exec_driver_sql(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) "
            "INSERT INTO suppression (canonical, reason, at, subject_id) "
            "SELECT 'left' || i || '@example.com', 'unsubscribed', '2026-11-01 00:00:00', 's' || i FROM n"
        )
        connection.exec_driver_sql("ANALYZE")
    claimed = ledger.deliveries.claim(7, ledger.senders.register(NOON), 20, NOON)
    plans = (
        plan(engine, deliveries._SUPPRESSED.params(rows=json.dumps([row.id for row in claimed]))),
        plan(engine, delivery_records._RECEIVED.params(canonicals=[READERS[0]], subjects=["s1"])),
    )
    for told in plans:
        assert not [line for line in told if line.startswith(("SCAN delivery", "SCAN suppression"))], told
        assert not [line for line in told if "Seq Scan on delivery" in line or "Seq Scan on suppression" in line], told
    assert any("ix_suppression_subject" in line for line in plans[0])
    by_both = ("(issue=? AND canonical=?)", "delivery_issue_canonical")  # as SQLite and as PostgreSQL say it
    assert any(words in line for words in by_both for line in plans[1])


def plan(engine: sa.Engine, query: sa.Select[tuple[object, ...]]) -> list[str]:
    """Return the lines of the database's query plan."""
    written = query.compile(engine, compile_kwargs={"literal_binds": True, "render_postcompile": True})
    explain = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    with engine.connect() as connection:
        return [str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {written}")]


@pytest.mark.parametrize("verdict", [S.SENT, S.QUEUED])
def test_an_operator_settles_deliveries_in_doubt(ledger: Ledger, verdict: DeliveryState) -> None:
    sender = ledger.senders.register(NOON)
    rows = ledger.deliveries.claim(7, sender, 10, NOON)
    ledger.deliveries.commit(sender, [Outcome(row.id, S.IN_DOUBT) for row in rows], (), NOON)
    assert ledger.deliveries.finish(7, NOON)
    assert ledger.records.settle(7, rows[0].address.upper(), verdict, NOON)
    assert not ledger.records.settle(7, rows[0].address, verdict, NOON)
    assert not ledger.records.settle(7, "nobody@example.com", verdict, NOON)
    assert ledger.deliveries.sums(7, NOON)[verdict] == 1
    again = ledger.deliveries.claim(7, sender, 10, NOON)
    assert [row.id for row in again] == ([rows[0].id] if verdict is S.QUEUED else [])
    assert ledger.records.settle(7, None, verdict, NOON) == len(rows) - 1
    assert ledger.records.settle(7, None, verdict, NOON) == 0
    with pytest.raises(ValueError, match="settles"):
        ledger.records.settle(7, rows[0].address, S.FAILED, NOON)


def test_a_deleted_reader_leaves_rows_without_name_and_address_and_gets_nothing_more(
    ledger: Ledger, case: LedgerCase
) -> None:
    sender = ledger.senders.register(NOON)
    sent, held = ledger.deliveries.claim(7, sender, 2, NOON)
    ledger.deliveries.commit(sender, [Outcome(sent.id, S.SENT, "250 ok")], (), NOON)
    everybody = case.history_of(*READERS)
    audience = ledger.deliveries.sums(7, NOON).audience
    assert ledger.records.forget(everybody, NOON) == 1, "the one that a sender has in hand"
    assert not ledger.deliveries.claim(7, sender, 10, NOON)
    kept = [row for row in case.rows() if row.id != held.id]
    assert {(row.address, row.name, row.subject_id) for row in kept} == {("", "", "")}
    replies = {state: reply for _, state, reply in ledger.records.of(7)}
    assert (replies[S.SENT], replies[S.SUPPRESSED]) == ("", "the reader was deleted")
    assert not set(READERS) & {row.canonical for row in kept}
    assert ledger.deliveries.sums(7, NOON).audience == audience
    ledger.deliveries.commit(sender, [Outcome(held.id, S.SENT, "250 ok")], (), NOON)
    assert ledger.records.forget(everybody, NOON) == 0
    assert not ledger.records.received(everybody)
    assert ledger.deliveries.finish(7, NOON)


def test_a_former_address_may_be_another_readers_now_whose_records_stay(ledger: Ledger, case: LedgerCase) -> None:
    deleted = case.history_of(READERS[0])
    deleted = dataclasses.replace(deleted, former=(READERS[1],))
    assert [each.address for each in ledger.records.received(deleted)] == [READERS[0]]
    assert ledger.records.forget(deleted, NOON) == 0
    assert {row.address for row in case.rows()} == {"", *READERS[1:]}
    assert READERS[1] in {
        claimed.address for claimed in ledger.deliveries.claim(7, ledger.senders.register(NOON), 10, NOON)
    }


def test_bounces_wait_until_they_are_told_and_are_counted_with_their_domain(ledger: Ledger, case: LedgerCase) -> None:
    sender, bounces = ledger.senders.register(NOON), ledger.bounces
    hard, soft, sent, failed, deferred, back = claimed_ids(ledger, sender)
    ends = [
        Outcome(hard, S.FAILED, "550 5.1.1 no such user", bounce=BounceKind.HARD),
        Outcome(soft, S.FAILED, "550 5.2.2 full", bounce=BounceKind.SOFT),
        Outcome(sent, S.SENT, "250 ok"),
        Outcome(failed, S.FAILED, "554 no"),
        Outcome(deferred, S.DEFERRED, "450 busy", LATER, bounce=BounceKind.SOFT),
        Outcome(back, S.QUEUED, "lost", NOON),
    ]
    ledger.deliveries.commit(sender, ends, (), NOON)
    assert bounces.untold(10, NOON) == []  # of an issue that is being sent, only what is older than the given moment
    found = bounces.untold(10, LATER)
    assert [(each.delivery, each.issue, each.kind, each.reply, each.at) for each in found] == [
        (hard, 7, BounceKind.HARD, "550 5.1.1 no such user", NOON), (soft, 7, BounceKind.SOFT, "550 5.2.2 full", NOON),
    ]  # fmt: skip
    assert bounces.untold(1, LATER) == found[:1]
    bounces.tell([hard], LATER)
    assert bounces.untold(10, LATER) == found[1:]
    assert dict(bounces.counts(7, BounceKind.HARD)) == {"example.com": 1}
    assert dict(bounces.ended(7)) == {"example.com": 4}
    (accepted,) = [row.canonical for row in case.rows() if row.id == sent]
    assert dict(bounces.accepted([accepted, found[0].canonical], NOON)) == {accepted: [NOON]}
    assert not bounces.accepted([accepted], LATER)


def test_bounces_of_a_finished_issue_are_due_at_once(ledger: Ledger) -> None:
    sender = ledger.senders.register(NOON)
    kinds = [BounceKind.HARD, None, None, None, None, None]
    ends = [
        Outcome(id_, S.FAILED, "550", bounce=kind) for id_, kind in zip(claimed_ids(ledger, sender), kinds, strict=True)
    ]
    ledger.deliveries.commit(sender, ends, (), NOON)
    assert ledger.deliveries.finish(7, NOON)
    assert len(ledger.bounces.untold(10, NOON)) == 1
