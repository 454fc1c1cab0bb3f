"""What every ledger promises, on SQLite and on PostgreSQL."""

from __future__ import annotations

import datetime as dt
import random

import pytest
import sqlalchemy as sa

from publisher.adapters.database import LEASE, DatabaseLedger
from publisher.issue import DeliveryState
from publisher.ports import Outcome, Received
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
    berlin = NOON.astimezone(dt.timezone(dt.timedelta(hours=1)))
    started_at = DatabaseLedger(engine).start(approved(), berlin).started
    assert (started_at, started_at.tzinfo) == (NOON, dt.UTC)
    with pytest.raises(sa.exc.StatementError, match="has no zone"):
        DatabaseLedger(engine).enlist(NOON.replace(tzinfo=None))


def test_a_delivery_is_claimed_by_one_sender_only(ledger: DatabaseLedger) -> None:
    one, two = ledger.enlist(NOON), ledger.enlist(NOON)
    first, second = claimed_ids(ledger, one, 4), claimed_ids(ledger, two, 4)
    assert (len(first), len(second)) == (4, 2)
    assert not set(first) & set(second)
    assert claimed_ids(ledger, one) == []


def test_a_claim_carries_what_the_message_needs(ledger: DatabaseLedger) -> None:
    row = ledger.claim(7, ledger.enlist(NOON), 1, NOON)[0]
    assert row.address in READERS
    assert row.name.startswith("Reader ")
    assert len(row.subject_id) == 22
    assert row.attempt == 1


def test_outcomes_end_or_postpone_a_delivery(ledger: DatabaseLedger) -> None:
    sender = ledger.enlist(NOON)
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
    sender = ledger.enlist(NOON)
    row, *_ = claimed_ids(ledger, sender)
    deferred = [Outcome(row, S.DEFERRED, "450 busy", NOON)]
    ledger.commit(sender, deferred, (), NOON)
    ledger.commit(sender, deferred, (), NOON)
    assert {claimed.id: claimed.attempt for claimed in ledger.claim(7, sender, 10, NOON)}[row] == 2


def test_a_mark_passes_again_when_the_answer_to_the_first_was_lost(ledger: DatabaseLedger) -> None:
    sender = ledger.enlist(NOON)
    rows = claimed_ids(ledger, sender, 2)
    assert ledger.commit(sender, (), rows, NOON) == set(rows)
    assert ledger.commit(sender, (), rows, NOON) == set(rows)
    assert ledger.sums(7)[S.AT_DOT] == 2


def test_a_sender_that_was_taken_for_dead_changes_nothing_any_more(ledger: DatabaseLedger) -> None:
    sleeper = ledger.enlist(NOON)
    claimed, marked = claimed_ids(ledger, sleeper, 2)
    ledger.commit(sleeper, (), [marked], NOON)
    woken = NOON + LEASE + dt.timedelta(seconds=1)
    assert ledger.recover(woken) == 2
    assert (ledger.sums(7)[S.QUEUED], ledger.sums(7)[S.IN_DOUBT]) == (5, 1)
    before = states(ledger)
    assert not ledger.heartbeat(sleeper, woken)
    assert ledger.commit(sleeper, [Outcome(marked, S.SENT, "250")], [claimed], woken) == frozenset()
    assert ledger.claim(7, sleeper, 10, woken) == []
    ledger.retire(sleeper)
    assert states(ledger) == before


def test_a_heartbeat_keeps_a_sender_alive(ledger: DatabaseLedger) -> None:
    sender = ledger.enlist(NOON)
    claimed_ids(ledger, sender, 2)
    later = NOON + LEASE - dt.timedelta(seconds=1)
    assert ledger.heartbeat(sender, later)
    assert ledger.recover(later + LEASE - dt.timedelta(seconds=1)) == 0
    assert ledger.sums(7)[S.CLAIMED] == 2


def test_retiring_gives_back_what_is_unsent_and_doubts_what_was_at_the_dot(ledger: DatabaseLedger) -> None:
    sender, other = ledger.enlist(NOON), ledger.enlist(NOON)
    _, marked, _ = claimed_ids(ledger, sender, 3)
    kept = claimed_ids(ledger, other, 1)
    ledger.commit(sender, (), [marked], NOON)
    ledger.retire(sender)
    assert dict(ledger.sums(7).counts) == {S.QUEUED: 4, S.IN_DOUBT: 1, S.CLAIMED: len(kept)}


def test_a_suppressed_reader_is_ended_by_the_claim(ledger: DatabaseLedger, database_url: str) -> None:
    for address in READERS[:4]:
        suppress(database(database_url), address.upper())
    sender = ledger.enlist(NOON)
    # A batch of suppressed rows alone must not look as if nothing were due.
    assert len(ledger.claim(7, sender, 4, NOON)) + len(ledger.claim(7, sender, 4, NOON)) == 2
    assert ledger.sums(7)[S.SUPPRESSED] == 4


def test_a_reader_who_leaves_after_the_claim_is_stopped_at_the_mark(ledger: DatabaseLedger, database_url: str) -> None:
    sender = ledger.enlist(NOON)
    rows = {row.address: row.id for row in ledger.claim(7, sender, 10, NOON)}
    assert ledger.suppressed(list(rows.values())) == frozenset()
    suppress(database(database_url), READERS[0])
    assert ledger.suppressed(list(rows.values())) == {rows[READERS[0]]}
    passed = ledger.commit(sender, (), [rows[READERS[0]], rows[READERS[1]]], NOON)
    assert passed == {rows[READERS[1]]}


def test_a_mailing_is_finished_when_no_row_is_open(ledger: DatabaseLedger) -> None:
    sender = ledger.enlist(NOON)
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
    sender = ledger.enlist(NOON)
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
    senders = [ledger.enlist(NOON) for _ in range(3)]
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
                ledger.retire(sender)
                held = {row: holder for row, holder in held.items() if holder != sender}
                senders[senders.index(sender)] = ledger.enlist(now)
        sums = ledger.sums(7)
        assert sums.audience == len(READERS)
        assert sums[S.CLAIMED] + sums[S.AT_DOT] == len(held)


def test_what_an_address_received_is_told_issue_by_issue(ledger: DatabaseLedger) -> None:
    ledger.start(approved(8), LATER)
    sender = ledger.enlist(NOON)
    row = next(row for row in ledger.claim(7, sender, 10, NOON) if row.address == READERS[2])
    ledger.commit(sender, [Outcome(row.id, S.SENT, "250 kept")], (), LATER)
    subject = "Retries, and what they cost"
    assert ledger.received([READERS[2], "nobody@example.com"]) == (
        Received(7, subject, READERS[2], S.SENT, "250 kept", LATER),
        Received(8, subject, READERS[2], S.QUEUED, "", None),
    )
    assert [each.address for each in ledger.received([READERS[1], READERS[0]])] == [*READERS[:2], *READERS[:2]]
    assert ledger.received([]) == ()
