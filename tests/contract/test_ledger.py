"""The contract of the ledger, in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random

import pytest
import sqlalchemy as sa

from publisher.adapters.database import database_ledger, deliveries, delivery_records
from publisher.errors import Refused
from publisher.issue import DeliveryState
from publisher.ports import LEASE, Ledger, Outcome, Received, Waiting
from subscribers import BounceKind, Reason, canonical
from subscribers.address import hashed
from subscribers.database import DatabaseBroken
from tests.contract.ledgers import LedgerCase
from tests.mailroom import NOON, approved, database, started, states

S = DeliveryState
READERS = [f"reader{number}@example.com" for number in range(6)]
LATER = NOON + dt.timedelta(seconds=30)


@pytest.fixture
def ledger(case: LedgerCase) -> Ledger:
    """A ledger in which the mailing of issue 7 to READERS has begun."""
    case.join(*READERS)
    case.ledger.deliveries.start(approved(), NOON)
    return case.ledger


def claimed_ids(ledger: Ledger, sender: str, limit: int = 10, now: dt.datetime = NOON) -> list[int]:
    return [row.id for row in ledger.deliveries.claim(7, sender, limit, now)]


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


MORNINGS = {"Europe/Berlin": NOON, "America/New_York": NOON + dt.timedelta(hours=6), "Asia/Tokyo": NOON - LEASE,
            "US/Eastern": NOON + dt.timedelta(hours=6), "Pacific/Pago_Pago": NOON + dt.timedelta(hours=12)}  # fmt: skip


def in_zones(case: LedgerCase, *zones: str | None) -> Ledger:
    """Return a ledger with one reader in each of these time zones."""
    for zone in zones:
        case.join(f"{(zone or 'none').replace('/', '-').lower()}@example.com", zone=zone)
    return case.ledger


def test_a_reader_in_another_zone_is_due_in_their_own_morning_and_never_before_the_beginning(case: LedgerCase) -> None:
    ledger = in_zones(case, None, "Mars/Olympus", *MORNINGS)
    ledger.deliveries.start(approved(), NOON, MORNINGS.get)
    sender = ledger.senders.register(NOON)
    due = {hours: {row.address.partition("@")[0] for row in ledger.deliveries.claim(7, sender, 10, NOON + dt.timedelta(hours=hours))}
           for hours in (0, 5, 6, 11, 12)}  # fmt: skip
    at_once = {"none", "mars-olympus", "europe-berlin", "asia-tokyo"}
    six = {"america-new_york", "us-eastern"}
    assert due == {0: at_once, 5: set(), 6: six, 11: set(), 12: {"pacific-pago_pago"}}


def test_readers_who_wait_for_their_morning_are_counted_apart_and_keep_the_mailing_open(case: LedgerCase) -> None:
    ledger = in_zones(case, None, *MORNINGS)
    ledger.deliveries.start(approved(), NOON, MORNINGS.get)
    last = NOON + dt.timedelta(hours=12)
    assert ledger.deliveries.sums(7, NOON).waiting == Waiting(3, last)
    sender = ledger.senders.register(NOON)
    for row in claimed_ids(ledger, sender):
        ledger.deliveries.commit(
            sender, [Outcome(row, S.DEFERRED, "450 busy", NOON + dt.timedelta(hours=20))], (), NOON
        )
    assert ledger.deliveries.sums(7, NOON).waiting == Waiting(3, last), (
        "a deferred row waits for its server, not for its reader"
    )
    assert ledger.deliveries.sums(7, last - dt.timedelta(hours=1)).waiting == Waiting(1, last)
    assert ledger.deliveries.sums(7, last).waiting == Waiting()
    assert not ledger.deliveries.finish(7, NOON)


def test_without_mornings_everyone_is_due_at_once(case: LedgerCase) -> None:
    ledger = in_zones(case, None, *MORNINGS)
    ledger.deliveries.start(approved(), NOON)
    assert len(claimed_ids(ledger, ledger.senders.register(NOON))) == 6
    assert ledger.deliveries.sums(7, NOON).waiting == Waiting()


def test_a_reader_who_leaves_before_their_morning_gets_nothing_but_one_who_pauses_does(case: LedgerCase) -> None:
    ledger = in_zones(case, "America/New_York", "Pacific/Pago_Pago")
    ledger.deliveries.start(approved(), NOON, MORNINGS.get)
    for zone in ("america-new_york", "pacific-pago_pago"):
        case.change(f"{zone}@example.com", paused_until=NOON + dt.timedelta(days=30))
    case.suppress("pacific-pago_pago@example.com")
    sender = ledger.senders.register(NOON)
    rows = ledger.deliveries.claim(7, sender, 10, NOON + dt.timedelta(hours=12))
    assert [row.address for row in rows] == ["america-new_york@example.com"], "a pause begins with the next issue"
    assert states(ledger)["pacific-pago_pago@example.com"] == "suppressed"


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
        plan(engine, deliveries._SUPPRESSED.params(rows=[row.id for row in claimed])),
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
