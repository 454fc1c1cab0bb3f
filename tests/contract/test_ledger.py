"""What every ledger promises, on SQLite and on PostgreSQL."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random

import pytest
import sqlalchemy as sa

from publisher.adapters.database import LEASE, DatabaseLedger
from publisher.adapters.database import ledger as statements
from publisher.adapters.database.tables import mailing
from publisher.errors import Refused
from publisher.issue import DeliveryState
from publisher.ports import Outcome, Received, Waiting
from subscribers import AddressHistory
from subscribers.adapters import tables
from subscribers.database import DatabaseBroken
from tests.mailroom import NOON, add_readers, approved, database, started, states, suppress

S = DeliveryState
READERS = [f"reader{number}@example.com" for number in range(6)]
LATER = NOON + dt.timedelta(seconds=30)


@pytest.fixture
def ledger(database_url: str) -> DatabaseLedger:
    return started(database_url, READERS)[0]


def claimed_ids(ledger: DatabaseLedger, sender: str, limit: int = 10, now: dt.datetime = NOON) -> list[int]:
    return [row.id for row in ledger.claim(7, sender, limit, now)]


def test_a_mailing_freezes_message_and_audience_once(database_url: str) -> None:
    engine = database(database_url)
    add_readers(engine, READERS[:2])
    ledger = DatabaseLedger(engine)
    assert ledger.mailing(7) is None
    first = ledger.start(approved(), NOON)
    add_readers(engine, ["late@example.com"])
    again = ledger.start(approved(), LATER)
    assert again == first == ledger.mailing(7)
    assert (first.started, first.finished) == (NOON, None)
    assert first.message == approved().message
    assert states(ledger) == {READERS[0]: "queued", READERS[1]: "queued"}


def test_times_come_back_aware_and_in_utc(database_url: str) -> None:
    engine = database(database_url)
    add_readers(engine, ["ada@example.com"])
    berlin = NOON.astimezone(dt.timezone(dt.timedelta(hours=1)))
    started_at = DatabaseLedger(engine).start(approved(), berlin).started
    assert (started_at, started_at.tzinfo) == (NOON, dt.UTC)
    with pytest.raises(DatabaseBroken, match="timezone"):
        DatabaseLedger(engine).register(NOON.replace(tzinfo=None))


def test_nothing_is_frozen_for_an_audience_without_readers(database_url: str) -> None:
    engine = database(database_url)
    ledger = DatabaseLedger(engine)
    with pytest.raises(Refused, match="nobody would get issue 7"):
        ledger.start(approved(), NOON)
    assert ledger.mailing(7) is None
    add_readers(engine, ["ada@example.com"])
    assert ledger.start(approved(), NOON).number == 7


def test_only_a_mailing_without_deliveries_can_be_discarded(database_url: str) -> None:
    engine = database(database_url)
    ledger = DatabaseLedger(engine)
    with engine.begin() as connection:  # as it was made before an audience without readers was refused
        connection.execute(
            mailing.insert().values(number=7, digest="d", subject="s", message=b"", started=NOON, finished=NOON)
        )
    assert ledger.discard_empty(7)
    assert ledger.mailing(7) is None
    assert not ledger.discard_empty(7)
    add_readers(engine, ["ada@example.com"])
    ledger.start(approved(), NOON)
    assert not ledger.discard_empty(7)
    assert ledger.mailing(7) is not None


def test_a_delivery_is_claimed_by_one_sender_only(ledger: DatabaseLedger) -> None:
    one, two = ledger.register(NOON), ledger.register(NOON)
    first, second = claimed_ids(ledger, one, 4), claimed_ids(ledger, two, 4)
    assert (len(first), len(second)) == (4, 2)
    assert not set(first) & set(second)
    assert claimed_ids(ledger, one) == []


def test_a_claim_carries_what_the_message_needs(ledger: DatabaseLedger) -> None:
    row = ledger.claim(7, ledger.register(NOON), 1, NOON)[0]
    assert row.address in READERS
    assert row.name.startswith("Reader ")
    assert len(row.subject_id) == 22
    assert row.attempt == 1


def test_outcomes_end_or_postpone_a_delivery(ledger: DatabaseLedger) -> None:
    sender = ledger.register(NOON)
    sent, failed, deferred, doubtful, left, back = claimed_ids(ledger, sender)
    ledger.commit(
        sender,
        [
            Outcome(sent, S.SENT, "250 2.0.0 queued as «4X»"),
            Outcome(failed, S.FAILED, "550 no such"),
            Outcome(deferred, S.DEFERRED, "450 busy", LATER),
            Outcome(doubtful, S.IN_DOUBT, "no answer"),
            Outcome(left, S.SUPPRESSED),
            Outcome(back, S.QUEUED, "connection lost", NOON),
        ],
        (),
        NOON,
    )
    sums = ledger.sums(7)
    assert dict(sums.counts) == dict.fromkeys((S.SENT, S.FAILED, S.DEFERRED, S.IN_DOUBT, S.SUPPRESSED, S.QUEUED), 1)
    assert (sums.audience, sums.open, sums.next_attempt) == (6, 2, NOON)
    assert claimed_ids(ledger, sender) == [back]
    assert claimed_ids(ledger, sender) == []
    assert [(row.id, row.attempt) for row in ledger.claim(7, sender, 10, LATER)] == [(deferred, 2)]
    assert [reply for _, _, reply in ledger.deliveries(7, S.SENT)] == ["250 2.0.0 queued as «4X»"]


def test_an_outcome_that_is_recorded_twice_counts_once(ledger: DatabaseLedger) -> None:
    sender = ledger.register(NOON)
    row, *_ = claimed_ids(ledger, sender)
    deferred = [Outcome(row, S.DEFERRED, "450 busy", NOON)]
    ledger.commit(sender, deferred, (), NOON)
    ledger.commit(sender, deferred, (), NOON)
    assert {claimed.id: claimed.attempt for claimed in ledger.claim(7, sender, 10, NOON)}[row] == 2


def test_a_mark_passes_again_when_the_answer_to_the_first_was_lost(ledger: DatabaseLedger) -> None:
    sender = ledger.register(NOON)
    rows = claimed_ids(ledger, sender, 2)
    assert ledger.commit(sender, (), rows, NOON) == set(rows)
    assert ledger.commit(sender, (), rows, NOON) == set(rows)
    assert ledger.sums(7)[S.AT_DOT] == 2


def test_a_sender_that_was_taken_for_dead_changes_nothing_any_more(ledger: DatabaseLedger) -> None:
    sleeper = ledger.register(NOON)
    claimed, marked = claimed_ids(ledger, sleeper, 2)
    ledger.commit(sleeper, (), [marked], NOON)
    woken = NOON + LEASE + dt.timedelta(seconds=1)
    assert ledger.recover(woken) == 2
    assert (ledger.sums(7)[S.QUEUED], ledger.sums(7)[S.IN_DOUBT]) == (5, 1)
    before = states(ledger)
    assert not ledger.heartbeat(sleeper, woken)
    assert ledger.commit(sleeper, [Outcome(marked, S.SENT, "250")], [claimed], woken) == frozenset()
    assert ledger.claim(7, sleeper, 10, woken) == []
    ledger.release(sleeper)
    assert states(ledger) == before


def test_a_heartbeat_keeps_a_sender_alive(ledger: DatabaseLedger) -> None:
    sender = ledger.register(NOON)
    claimed_ids(ledger, sender, 2)
    later = NOON + LEASE - dt.timedelta(seconds=1)
    assert ledger.heartbeat(sender, later)
    assert ledger.recover(later + LEASE - dt.timedelta(seconds=1)) == 0
    assert ledger.sums(7)[S.CLAIMED] == 2


def test_retiring_gives_back_what_is_unsent_and_doubts_what_was_at_the_dot(ledger: DatabaseLedger) -> None:
    sender, other = ledger.register(NOON), ledger.register(NOON)
    _, marked, _ = claimed_ids(ledger, sender, 3)
    kept = claimed_ids(ledger, other, 1)
    ledger.commit(sender, (), [marked], NOON)
    ledger.release(sender)
    assert dict(ledger.sums(7).counts) == {S.QUEUED: 4, S.IN_DOUBT: 1, S.CLAIMED: len(kept)}


def test_a_suppressed_reader_is_ended_by_the_claim(ledger: DatabaseLedger, database_url: str) -> None:
    for address in READERS[:4]:
        suppress(database(database_url), address.upper())
    sender = ledger.register(NOON)
    # A batch of suppressed rows alone must not look as if nothing were due.
    assert len(ledger.claim(7, sender, 4, NOON)) + len(ledger.claim(7, sender, 4, NOON)) == 2
    assert ledger.sums(7)[S.SUPPRESSED] == 4


def test_a_reader_who_leaves_after_the_claim_is_stopped_at_the_mark(ledger: DatabaseLedger, database_url: str) -> None:
    sender = ledger.register(NOON)
    rows = {row.address: row.id for row in ledger.claim(7, sender, 10, NOON)}
    assert ledger.suppressed(list(rows.values())) == frozenset()
    suppress(database(database_url), READERS[0])
    assert ledger.suppressed(list(rows.values())) == {rows[READERS[0]]}
    passed = ledger.commit(sender, (), [rows[READERS[0]], rows[READERS[1]]], NOON)
    assert passed == {rows[READERS[1]]}


def test_a_reader_who_moved_and_then_left_is_not_mailed_at_the_address_that_was_frozen(
    ledger: DatabaseLedger, database_url: str
) -> None:
    sender = ledger.register(NOON)
    moved, *rows = ledger.claim(7, sender, 10, NOON)
    suppress(database(database_url), "their-new-address@example.com", moved.subject_id)
    assert ledger.suppressed([moved.id, *(row.id for row in rows)]) == {moved.id}
    assert ledger.commit(sender, (), [moved.id, rows[0].id], NOON) == {rows[0].id}
    ledger.release(sender)
    assert moved.id not in claimed_ids(ledger, ledger.register(NOON))
    assert states(ledger)[moved.address] == "suppressed"


def test_what_a_reader_did_not_want_is_frozen_with_the_audience(database_url: str) -> None:
    engine = database(database_url)
    add_readers(engine, READERS[:1], without=["concept", "project"])
    add_readers(engine, READERS[1:2])
    ledger = DatabaseLedger(engine)
    ledger.start(approved(), NOON)
    with engine.begin() as connection:
        connection.execute(tables.subscriber.update().values(without=["question"]))
    rows = ledger.claim(7, ledger.register(NOON), 10, NOON)
    assert {row.address: row.without for row in rows} == {READERS[0]: ("concept", "project"), READERS[1]: ()}


MORNINGS = {"Europe/Berlin": NOON, "America/New_York": NOON + dt.timedelta(hours=6), "Asia/Tokyo": NOON - LEASE,
            "US/Eastern": NOON + dt.timedelta(hours=6), "Pacific/Pago_Pago": NOON + dt.timedelta(hours=12)}  # fmt: skip


def in_zones(database_url: str, *zones: str | None) -> DatabaseLedger:
    """Return a ledger whose readers live in these zones, one in each."""
    engine = database(database_url)
    for zone in zones:
        add_readers(engine, [f"{(zone or 'none').replace('/', '-').lower()}@example.com"], zone=zone)
    return DatabaseLedger(engine)


def test_a_reader_in_another_zone_is_due_in_their_own_morning_and_never_before_the_beginning(database_url: str) -> None:
    ledger = in_zones(database_url, None, "Mars/Olympus", *MORNINGS)
    ledger.start(approved(), NOON, MORNINGS.get)
    sender = ledger.register(NOON)
    due = {hours: {row.address.partition("@")[0] for row in ledger.claim(7, sender, 10, NOON + dt.timedelta(hours=hours))}
           for hours in (0, 5, 6, 11, 12)}  # fmt: skip
    at_once = {"none", "mars-olympus", "europe-berlin", "asia-tokyo"}
    six = {"america-new_york", "us-eastern"}
    assert due == {0: at_once, 5: set(), 6: six, 11: set(), 12: {"pacific-pago_pago"}}


def test_who_waits_for_their_morning_is_counted_apart_and_keeps_the_mailing_open(database_url: str) -> None:
    ledger = in_zones(database_url, None, *MORNINGS)
    ledger.start(approved(), NOON, MORNINGS.get)
    last = NOON + dt.timedelta(hours=12)
    assert ledger.waiting(7, NOON) == Waiting(3, last)
    sender = ledger.register(NOON)
    for row in claimed_ids(ledger, sender):
        ledger.commit(sender, [Outcome(row, S.DEFERRED, "450 busy", NOON + dt.timedelta(hours=20))], (), NOON)
    assert ledger.waiting(7, NOON) == Waiting(3, last), "a deferred row waits for its server, not for its reader"
    assert ledger.waiting(7, last - dt.timedelta(hours=1)) == Waiting(1, last)
    assert ledger.waiting(7, last) == Waiting()
    assert not ledger.finish(7, NOON)


def test_without_a_morning_everybody_is_due_at_once(database_url: str) -> None:
    ledger = in_zones(database_url, None, *MORNINGS)
    ledger.start(approved(), NOON)
    assert len(claimed_ids(ledger, ledger.register(NOON))) == 6
    assert ledger.waiting(7, NOON) == Waiting()


def test_a_reader_who_pauses_or_leaves_before_their_morning(database_url: str) -> None:
    ledger = in_zones(database_url, "America/New_York", "Pacific/Pago_Pago")
    ledger.start(approved(), NOON, MORNINGS.get)
    engine = database(database_url)
    with engine.begin() as connection:
        connection.execute(tables.subscriber.update().values(paused_until=NOON + dt.timedelta(days=30)))
    suppress(engine, "pacific-pago_pago@example.com")
    sender = ledger.register(NOON)
    rows = ledger.claim(7, sender, 10, NOON + dt.timedelta(hours=12))
    assert [row.address for row in rows] == ["america-new_york@example.com"], "a pause begins with the next issue"
    assert states(ledger)["pacific-pago_pago@example.com"] == "suppressed"


def test_what_an_address_received_is_told_issue_by_issue(ledger: DatabaseLedger) -> None:
    ledger.start(approved(8), LATER)
    sender = ledger.register(NOON)
    row = next(row for row in ledger.claim(7, sender, 10, NOON) if row.address == READERS[2])
    ledger.commit(sender, [Outcome(row.id, S.SENT, "250 kept")], (), LATER)
    subject = "Retries, and what they cost"
    assert ledger.received(trail(ledger, READERS[2], "nobody@example.com")) == (
        Received(7, subject, READERS[2], S.SENT, "250 kept", LATER),
        Received(8, subject, READERS[2], S.QUEUED, "", None),
    )
    assert [each.address for each in ledger.received(trail(ledger, READERS[1], READERS[0]))] == [
        *READERS[:2],
        *READERS[:2],
    ]
    assert ledger.received(trail(ledger, "nobody@example.com")) == ()


def test_neither_suppressions_nor_what_a_reader_received_are_searched_row_by_row(database_url: str) -> None:
    ledger, _ = started(database_url, [f"reader{number}@example.com" for number in range(3000)])
    engine = database(database_url)
    with engine.begin() as connection:
        # Fewer than these, and PostgreSQL reads them all at once: that is cheaper then.
        connection.exec_driver_sql(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) "
            "INSERT INTO suppression (canonical, reason, at, subject_id) "
            "SELECT 'left' || i || '@example.com', 'unsubscribed', '2026-11-01 00:00:00', 's' || i FROM n"
        )
        connection.exec_driver_sql("ANALYZE")
    claimed = ledger.claim(7, ledger.register(NOON), 20, NOON)
    plans = (
        plan(engine, statements._SUPPRESSED.params(rows=[row.id for row in claimed])),
        plan(engine, statements._RECEIVED.params(canonicals=[READERS[0]], subjects=["s1"])),
    )
    for told in plans:
        assert not [line for line in told if line.startswith(("SCAN delivery", "SCAN suppression"))], told
        assert not [line for line in told if "Seq Scan on delivery" in line or "Seq Scan on suppression" in line], told
    assert any("ix_suppression_subject" in line for line in plans[0])
    by_both = ("(issue=? AND canonical=?)", "delivery_issue_canonical")  # as SQLite and as PostgreSQL say it
    assert any(words in line for words in by_both for line in plans[1])


def plan(engine: sa.Engine, query: sa.Select[tuple[object, ...]]) -> list[str]:
    """Return the lines of the database's plan for a query."""
    written = query.compile(engine, compile_kwargs={"literal_binds": True, "render_postcompile": True})
    explain = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    with engine.connect() as connection:
        return [str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {written}")]


def test_a_mailing_is_finished_when_no_row_is_open(ledger: DatabaseLedger) -> None:
    sender = ledger.register(NOON)
    rows = claimed_ids(ledger, sender)
    ledger.commit(sender, [Outcome(row, S.SENT) for row in rows[1:]], (), NOON)
    assert not ledger.finish(7, NOON)
    ledger.commit(sender, [Outcome(rows[0], S.IN_DOUBT)], (), NOON)
    assert ledger.finish(7, LATER)
    assert ledger.finish(7, LATER + dt.timedelta(hours=1))
    mailing = ledger.mailing(7)
    assert mailing is not None
    assert mailing.finished == LATER


@pytest.mark.parametrize("verdict", [S.SENT, S.QUEUED])
def test_an_operator_settles_what_is_in_doubt(ledger: DatabaseLedger, verdict: DeliveryState) -> None:
    sender = ledger.register(NOON)
    rows = ledger.claim(7, sender, 10, NOON)
    ledger.commit(sender, [Outcome(row.id, S.IN_DOUBT) for row in rows], (), NOON)
    assert ledger.finish(7, NOON)
    assert ledger.settle(7, rows[0].address.upper(), verdict, NOON)
    assert not ledger.settle(7, rows[0].address, verdict, NOON)
    assert not ledger.settle(7, "nobody@example.com", verdict, NOON)
    assert ledger.sums(7)[verdict] == 1
    again = ledger.claim(7, sender, 10, NOON)
    assert [row.id for row in again] == ([rows[0].id] if verdict is S.QUEUED else [])
    with pytest.raises(ValueError, match="settles"):
        ledger.settle(7, rows[0].address, S.FAILED, NOON)


def test_the_sums_are_the_audience_at_every_step_of_a_random_history(ledger: DatabaseLedger) -> None:
    chance = random.Random(26)
    senders = [ledger.register(NOON) for _ in range(3)]
    held: dict[int, str] = {}
    now = NOON
    for _ in range(60):
        now += dt.timedelta(seconds=chance.choice((1, 5, 20)))
        for sender in senders:
            ledger.heartbeat(sender, now)
        sender = chance.choice(senders)
        mine = [row for row, holder in held.items() if holder == sender]
        match chance.randrange(4):
            case 0:
                held |= dict.fromkeys(claimed_ids(ledger, sender, 2, now), sender)
            case 1:
                ledger.commit(sender, (), mine, now)
            case 2 if mine:
                state = chance.choice((S.SENT, S.FAILED, S.DEFERRED, S.QUEUED, S.IN_DOUBT))
                ledger.commit(sender, [Outcome(mine[0], state, "", now)], (), now)
                del held[mine[0]]
            case 3:
                ledger.release(sender)
                held = {row: holder for row, holder in held.items() if holder != sender}
                senders[senders.index(sender)] = ledger.register(now)
        sums = ledger.sums(7)
        assert sums.audience == len(READERS)
        assert sums[S.CLAIMED] + sums[S.AT_DOT] == len(held)


def test_a_deleted_reader_leaves_rows_without_name_and_address_and_gets_nothing_more(ledger: DatabaseLedger) -> None:
    sender = ledger.register(NOON)
    sent, held = ledger.claim(7, sender, 2, NOON)
    ledger.commit(sender, [Outcome(sent.id, S.SENT, "250 ok")], (), NOON)
    everybody = trail(ledger, *READERS)
    audience = ledger.sums(7).audience
    assert ledger.forget(everybody, NOON) == 1, "the one that a sender has in hand"
    assert not ledger.claim(7, sender, 10, NOON)
    kept = [row for row in _rows(ledger) if row.id != held.id]
    assert {(row.address, row.name, row.subject_id) for row in kept} == {("", "", "")}
    assert not set(READERS) & {row.canonical for row in kept}
    assert ledger.sums(7).audience == audience
    ledger.commit(sender, [Outcome(held.id, S.SENT, "250 ok")], (), NOON)
    assert ledger.forget(everybody, NOON) == 0
    assert not ledger.received(everybody)
    assert ledger.finish(7, NOON)


def test_a_former_address_may_be_another_readers_now_whose_records_stay(ledger: DatabaseLedger) -> None:
    deleted = trail(ledger, READERS[0])
    deleted = dataclasses.replace(deleted, former=(READERS[1],))
    assert [each.address for each in ledger.received(deleted)] == [READERS[0]]
    assert ledger.forget(deleted, NOON) == 0
    assert {row.address for row in _rows(ledger)} == {"", *READERS[1:]}
    assert READERS[1] in {claimed.address for claimed in ledger.claim(7, ledger.register(NOON), 10, NOON)}


def trail(ledger: DatabaseLedger, present: str, *former: str) -> AddressHistory:
    """Return the trail of somebody who had all of these addresses."""
    theirs = {row.subject_id for row in _rows(ledger) if row.canonical in (present, *former)}
    return AddressHistory(present, former, tuple(theirs))


def _rows(ledger: DatabaseLedger) -> list[sa.Row[tuple[object, ...]]]:
    from publisher.adapters.database.tables import delivery

    with ledger._engine.connect() as connection:
        return list(connection.execute(sa.select(delivery)))
