"""The contract of the ledger, in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import random

import pytest

from publisher.adapters.database import database_ledger
from publisher.errors import Refused
from publisher.ports import LEASE, Ledger, Outcome
from subscribers import Reason, canonical
from subscribers.address import hashed
from subscribers.database import DatabaseBroken
from tests.contract.ledgers import LATER, READERS, LedgerCase, S, claimed_ids
from tests.mailroom import NOON, approved, database, states


def test_a_mailing_freezes_message_and_audience_once(case: LedgerCase) -> None:
    case.join(*READERS[:2])
    ledger = case.ledger
    assert ledger.deliveries.mailing(7) is None
    first = ledger.deliveries.start(approved(), NOON)
    case.join("late@example.com")
    again = ledger.deliveries.start(approved(), LATER)
    assert again == first == ledger.deliveries.mailing(7)
    assert (first.started, first.finished) == (NOON, None)
    assert first.message == approved().message
    assert states(ledger) == {READERS[0]: "queued", READERS[1]: "queued"}


def test_times_come_back_aware_and_in_utc(case: LedgerCase) -> None:
    case.join("ada@example.com")
    berlin = NOON.astimezone(dt.timezone(dt.timedelta(hours=1)))
    started_at = case.ledger.deliveries.start(approved(), berlin).started
    assert (started_at, started_at.tzinfo) == (NOON, dt.UTC)


def test_a_database_refuses_a_time_without_a_zone(database_url: str) -> None:
    with pytest.raises(DatabaseBroken, match="timezone"):
        database_ledger(database(database_url)).senders.register(NOON.replace(tzinfo=None))


def test_an_empty_audience_is_refused_and_nothing_is_frozen(case: LedgerCase) -> None:
    ledger = case.ledger
    with pytest.raises(Refused, match="nobody would get issue 7"):
        ledger.deliveries.start(approved(), NOON)
    assert ledger.deliveries.mailing(7) is None
    case.join("ada@example.com")
    assert ledger.deliveries.start(approved(), NOON).number == 7


def test_only_a_mailing_without_deliveries_can_be_discarded(case: LedgerCase) -> None:
    ledger = case.ledger
    case.close_without_readers(7)
    assert ledger.records.discard_unreached(7)
    assert ledger.deliveries.mailing(7) is None
    assert not ledger.records.discard_unreached(7)
    case.join("ada@example.com")
    ledger.deliveries.start(approved(), NOON)
    assert not ledger.records.discard_unreached(7)
    assert ledger.deliveries.mailing(7) is not None


@pytest.mark.parametrize("one", [S.SENT, S.IN_DOUBT, S.FAILED, None])
def test_a_finished_mailing_can_be_discarded_only_if_nobody_may_have_it(case: LedgerCase, one: S | None) -> None:
    ledger = case.ledger
    case.join(*READERS[:2])
    ledger.deliveries.start(approved(), NOON)
    sender = ledger.senders.register(NOON)
    first, second = claimed_ids(ledger, sender)
    ledger.deliveries.commit(
        sender, [Outcome(first, S.FAILED, "550"), *([Outcome(second, one)] if one else [])], [], NOON
    )
    ledger.deliveries.finish(7, NOON)
    assert ledger.records.discard_unreached(7) == (one is S.FAILED)
    assert (ledger.deliveries.mailing(7) is None, bool(case.rows())) == (one is S.FAILED, one is not S.FAILED)


def test_a_delivery_is_claimed_by_one_sender_only(ledger: Ledger) -> None:
    one, two = ledger.senders.register(NOON), ledger.senders.register(NOON)
    first, second = claimed_ids(ledger, one, 4), claimed_ids(ledger, two, 4)
    assert (len(first), len(second)) == (4, 2)
    assert not set(first) & set(second)
    assert claimed_ids(ledger, one) == []


def test_a_claim_carries_what_the_message_needs(ledger: Ledger) -> None:
    row = ledger.deliveries.claim(7, ledger.senders.register(NOON), 1, NOON)[0]
    assert row.address in READERS
    assert row.name.startswith("Reader ")
    assert len(row.subject_id) == 22
    assert row.attempt == 1


def test_outcomes_end_or_postpone_a_delivery(ledger: Ledger) -> None:
    sender = ledger.senders.register(NOON)
    sent, failed, deferred, doubtful, left, back = claimed_ids(ledger, sender)
    ledger.deliveries.commit(
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
    sums = ledger.deliveries.sums(7, NOON)
    assert dict(sums.counts) == dict.fromkeys((S.SENT, S.FAILED, S.DEFERRED, S.IN_DOUBT, S.SUPPRESSED, S.QUEUED), 1)
    assert (sums.audience, sums.open, sums.next_attempt) == (6, 2, NOON)
    assert claimed_ids(ledger, sender) == [back]
    assert claimed_ids(ledger, sender) == []
    assert [(row.id, row.attempt) for row in ledger.deliveries.claim(7, sender, 10, LATER)] == [(deferred, 2)]
    assert [reply for _, _, reply in ledger.records.of(7, S.SENT)] == ["250 2.0.0 queued as «4X»"]


def test_an_outcome_that_is_recorded_twice_counts_once(ledger: Ledger) -> None:
    sender = ledger.senders.register(NOON)
    row, *_ = claimed_ids(ledger, sender)
    deferred = [Outcome(row, S.DEFERRED, "450 busy", NOON)]
    ledger.deliveries.commit(sender, deferred, (), NOON)
    ledger.deliveries.commit(sender, deferred, (), NOON)
    assert {claimed.id: claimed.attempt for claimed in ledger.deliveries.claim(7, sender, 10, NOON)}[row] == 2


def test_a_mark_can_be_repeated_if_the_answer_to_the_first_was_lost(ledger: Ledger) -> None:
    sender = ledger.senders.register(NOON)
    rows = claimed_ids(ledger, sender, 2)
    assert ledger.deliveries.commit(sender, (), rows, NOON) == set(rows)
    assert ledger.deliveries.commit(sender, (), rows, NOON) == set(rows)
    assert ledger.deliveries.sums(7, NOON)[S.AT_DOT] == 2


def test_a_sender_that_was_taken_for_dead_can_no_longer_change_anything(ledger: Ledger) -> None:
    sleeper = ledger.senders.register(NOON)
    claimed, marked = claimed_ids(ledger, sleeper, 2)
    ledger.deliveries.commit(sleeper, (), [marked], NOON)
    woken = NOON + LEASE + dt.timedelta(seconds=1)
    assert ledger.senders.recover(woken) == 2
    assert (ledger.deliveries.sums(7, NOON)[S.QUEUED], ledger.deliveries.sums(7, NOON)[S.IN_DOUBT]) == (5, 1)
    before = states(ledger)
    assert not ledger.senders.heartbeat(sleeper, woken)
    assert ledger.deliveries.commit(sleeper, [Outcome(marked, S.SENT, "250")], [claimed], woken) == frozenset()
    assert ledger.deliveries.claim(7, sleeper, 10, woken) == []
    ledger.senders.release(sleeper)
    assert states(ledger) == before


def test_a_heartbeat_keeps_a_sender_alive(ledger: Ledger) -> None:
    sender = ledger.senders.register(NOON)
    claimed_ids(ledger, sender, 2)
    later = NOON + LEASE - dt.timedelta(seconds=1)
    assert ledger.senders.heartbeat(sender, later)
    assert ledger.senders.recover(later + LEASE - dt.timedelta(seconds=1)) == 0
    assert ledger.deliveries.sums(7, NOON)[S.CLAIMED] == 2


def test_senders_at_work_say_who_they_are_since_when_and_how_fast(ledger: Ledger) -> None:
    sender = ledger.senders.register(NOON)
    (one,) = ledger.senders.at_work()
    assert (one.process, one.since, one.heartbeat, one.per_minute) == (os.getpid(), NOON, NOON, None)
    assert one.machine
    assert ledger.senders.heartbeat(sender, LATER, 312)
    assert ledger.senders.heartbeat(sender, LATER)
    assert [(each.heartbeat, each.per_minute) for each in ledger.senders.at_work()] == [(LATER, 312)]
    ledger.senders.release(sender)
    assert list(ledger.senders.at_work()) == []


def test_what_copies_have_to_be_like_stays_with_the_mailing(ledger: Ledger) -> None:
    found = ledger.deliveries.mailing(7)
    assert found is not None
    assert found.sample_digest == ""
    ledger.senders.keep_sample_digest(7, "a digest of a copy")
    assert ledger.deliveries.mailing(7) == dataclasses.replace(found, sample_digest="a digest of a copy")


def test_work_is_due_while_a_row_waits_and_nobody_paused_the_issue(ledger: Ledger) -> None:
    assert ledger.senders.due(7, NOON)
    assert not ledger.senders.due(8, NOON)
    sender = ledger.senders.register(NOON)
    rows = claimed_ids(ledger, sender)
    assert not ledger.senders.due(7, NOON)
    ledger.deliveries.commit(sender, [Outcome(rows[0], S.DEFERRED, "450", LATER)], (), NOON)
    assert (ledger.senders.due(7, NOON), ledger.senders.due(7, LATER)) == (False, True)
    assert ledger.decisions.pause(7, "a wrong link", NOON)
    assert not ledger.senders.due(7, LATER)


def test_releasing_a_sender_gives_back_claimed_rows_and_leaves_those_at_the_dot_in_doubt(ledger: Ledger) -> None:
    sender, other = ledger.senders.register(NOON), ledger.senders.register(NOON)
    _, marked, _ = claimed_ids(ledger, sender, 3)
    kept = claimed_ids(ledger, other, 1)
    ledger.deliveries.commit(sender, (), [marked], NOON)
    ledger.senders.release(sender)
    assert dict(ledger.deliveries.sums(7, NOON).counts) == {S.QUEUED: 4, S.IN_DOUBT: 1, S.CLAIMED: len(kept)}


def test_a_sender_that_claimed_nothing_is_forgotten_with_its_heartbeat(ledger: Ledger) -> None:
    sender, other = ledger.senders.register(NOON), ledger.senders.register(NOON)
    claimed_ids(ledger, other, 1)
    ledger.senders.forget(sender)
    assert (ledger.senders.living(), ledger.senders.heartbeat(sender, NOON)) == ({other}, False)
    assert ledger.deliveries.sums(7, NOON)[S.CLAIMED] == 1


def test_a_claim_ends_the_delivery_to_a_suppressed_reader(ledger: Ledger, case: LedgerCase) -> None:
    for address in READERS[:4]:
        case.suppress(address.upper())
    sender = ledger.senders.register(NOON)
    # A batch of only suppressed rows must not look as if nothing was due.
    assert len(ledger.deliveries.claim(7, sender, 4, NOON)) + len(ledger.deliveries.claim(7, sender, 4, NOON)) == 2
    assert ledger.deliveries.sums(7, NOON)[S.SUPPRESSED] == 4


def test_a_reader_who_leaves_after_the_claim_is_stopped_at_the_mark(ledger: Ledger, case: LedgerCase) -> None:
    sender = ledger.senders.register(NOON)
    rows = {row.address: row.id for row in ledger.deliveries.claim(7, sender, 10, NOON)}
    assert ledger.deliveries.suppressed(list(rows.values())) == frozenset()
    case.suppress(READERS[0])
    assert ledger.deliveries.suppressed(list(rows.values())) == {rows[READERS[0]]}
    passed = ledger.deliveries.commit(sender, (), [rows[READERS[0]], rows[READERS[1]]], NOON)
    assert passed == {rows[READERS[1]]}


def test_a_reader_whose_digest_alone_is_suppressed_is_stopped_at_the_claim_and_at_the_mark(
    ledger: Ledger, case: LedgerCase
) -> None:
    sender = ledger.senders.register(NOON)
    rows = {row.address: row.id for row in ledger.deliveries.claim(7, sender, 10, NOON)}
    digest, moved = (hashed(canonical(each)) for each in READERS[:2])
    case.suppress_digest(digest, Reason.COMPLAINED)
    case.suppress_digest(moved, Reason.MOVED)  # they came back
    assert ledger.deliveries.suppressed(list(rows.values())) == {rows[READERS[0]]}
    assert ledger.deliveries.commit(sender, (), list(rows.values()), NOON) == {*rows.values()} - {rows[READERS[0]]}
    ledger.senders.release(sender)
    claimed_ids(ledger, ledger.senders.register(NOON))
    assert states(ledger)[READERS[0]] == "suppressed"


def test_a_reader_who_moved_and_then_left_is_not_mailed_at_the_address_that_was_frozen(
    ledger: Ledger, case: LedgerCase
) -> None:
    sender = ledger.senders.register(NOON)
    moved, *rows = ledger.deliveries.claim(7, sender, 10, NOON)
    case.suppress("their-new-address@example.com", moved.subject_id)
    assert ledger.deliveries.suppressed([moved.id, *(row.id for row in rows)]) == {moved.id}
    assert ledger.deliveries.commit(sender, (), [moved.id, rows[0].id], NOON) == {rows[0].id}
    ledger.senders.release(sender)
    assert moved.id not in claimed_ids(ledger, ledger.senders.register(NOON))
    assert states(ledger)[moved.address] == "suppressed"


def test_the_sections_that_a_reader_does_not_want_are_frozen_with_the_audience(case: LedgerCase) -> None:
    case.join(READERS[0], without=["concept", "project"])
    case.join(READERS[1])
    ledger = case.ledger
    ledger.deliveries.start(approved(), NOON)
    for address in READERS[:2]:
        case.change(address, without=("question",))
    rows = ledger.deliveries.claim(7, ledger.senders.register(NOON), 10, NOON)
    assert {row.address: row.without for row in rows} == {READERS[0]: ("concept", "project"), READERS[1]: ()}


def test_a_mailing_is_finished_when_no_row_is_open(ledger: Ledger) -> None:
    sender = ledger.senders.register(NOON)
    rows = claimed_ids(ledger, sender)
    ledger.deliveries.commit(sender, [Outcome(row, S.SENT) for row in rows[1:]], (), NOON)
    assert not ledger.deliveries.finish(7, NOON)
    ledger.deliveries.commit(sender, [Outcome(rows[0], S.IN_DOUBT)], (), NOON)
    assert ledger.deliveries.finish(7, LATER)
    assert ledger.deliveries.finish(7, LATER + dt.timedelta(hours=1))
    mailing = ledger.deliveries.mailing(7)
    assert mailing is not None
    assert mailing.finished == LATER


def test_the_sums_are_the_audience_at_every_step_of_a_random_history(ledger: Ledger) -> None:
    chance = random.Random(26)
    senders = [ledger.senders.register(NOON) for _ in range(3)]
    held: dict[int, str] = {}
    now = NOON
    for _ in range(60):
        now += dt.timedelta(seconds=chance.choice((1, 5, 20)))
        for sender in senders:
            ledger.senders.heartbeat(sender, now)
        sender = chance.choice(senders)
        mine = [row for row, holder in held.items() if holder == sender]
        match chance.randrange(4):
            case 0:
                held |= dict.fromkeys(claimed_ids(ledger, sender, 2, now), sender)
            case 1:
                ledger.deliveries.commit(sender, (), mine, now)
            case 2 if mine:
                state = chance.choice((S.SENT, S.FAILED, S.DEFERRED, S.QUEUED, S.IN_DOUBT))
                ledger.deliveries.commit(sender, [Outcome(mine[0], state, "", now)], (), now)
                del held[mine[0]]
            case 3:
                ledger.senders.release(sender)
                held = {row: holder for row, holder in held.items() if holder != sender}
                senders[senders.index(sender)] = ledger.senders.register(now)
        sums = ledger.deliveries.sums(7, NOON)
        assert sums.audience == len(READERS)
        assert sums[S.CLAIMED] + sums[S.AT_DOT] == len(held)
