"""The contract of the ledger for readers in other time zones: each is due in their own morning."""

from __future__ import annotations

import datetime as dt

from publisher.ports import LEASE, Ledger, Outcome, Waiting
from tests.contract.ledgers import LedgerCase, S, claimed_ids
from tests.mailroom import NOON, approved, states

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
