"""Audiences that begin with early mornings: in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter

import pytest

from publisher.adapters.database import database_ledger
from publisher.errors import Refused
from publisher.issue import DeliveryState
from publisher.ports import OnItsWay, Outcome
from tests.contract.ledgers import LedgerCase
from tests.mailroom import NOON, add_readers, approved, database, states

HOUR = dt.timedelta(hours=1)
ISSUE_HOUR = NOON + 12 * HOUR
MORNINGS = {"Pacific/Kiritimati": NOON - HOUR, "Pacific/Auckland": NOON, "Asia/Tokyo": NOON + 3 * HOUR,
            "Europe/Berlin": ISSUE_HOUR, "America/New_York": ISSUE_HOUR + 6 * HOUR}  # fmt: skip
"""The ledger begins at NOON, when two zones have had their morning."""


def named(zone: str) -> str:
    return f"{zone.rpartition('/')[2].lower()}@example.com"


def live(case: LedgerCase, *zones: str) -> None:
    """Let one reader live in each of these zones."""
    for zone in zones:
        case.join(named(zone), zone=zone)


def begin(case: LedgerCase) -> None:
    """Let readers live in every zone and in none, and begin with the early mornings."""
    live(case, *MORNINGS)
    case.join("nowhere@example.com")
    case.ledger.deliveries.start(approved(), NOON, MORNINGS.get, early=True)


def reached(case: LedgerCase, now: dt.datetime) -> set[str]:
    """Claim all that is due, and say that it was sent."""
    deliveries, sender = case.ledger.deliveries, case.ledger.senders.register(now)
    rows = deliveries.claim(7, sender, 100, now)
    deliveries.commit(sender, [Outcome(row.id, DeliveryState.SENT) for row in rows], (), now)
    case.ledger.senders.release(sender)
    return {row.address.partition("@")[0] for row in rows}


def take_in(case: LedgerCase, now: dt.datetime, *, early: bool) -> None:
    case.ledger.deliveries.take_in(7, now, MORNINGS.get, early=early)


def test_the_audience_begins_with_those_whose_morning_has_come_and_goes_on_until_all_others_are_there(
    case: LedgerCase,
) -> None:
    begin(case)
    assert reached(case, NOON) == {"kiritimati", "auckland"}
    take_in(case, NOON + 2 * HOUR, early=True)
    assert reached(case, NOON + 2 * HOUR) == set()
    take_in(case, NOON + 3 * HOUR, early=True)
    assert reached(case, NOON + 3 * HOUR) == {"tokyo"}
    assert not case.ledger.deliveries.finish(7, NOON + 4 * HOUR), "all others are still to come"
    assert case.ledger.records.left_out(7, ISSUE_HOUR) == 3
    take_in(case, ISSUE_HOUR, early=False)
    assert case.ledger.records.left_out(7, ISSUE_HOUR) == 0
    assert reached(case, ISSUE_HOUR) == {"berlin", "nowhere"}
    assert not case.ledger.deliveries.finish(7, ISSUE_HOUR)
    assert reached(case, ISSUE_HOUR + 6 * HOUR) == {"new_york"}
    assert case.ledger.deliveries.finish(7, ISSUE_HOUR + 6 * HOUR)


def test_nobody_is_no_audience_for_early_mornings_either(case: LedgerCase) -> None:
    live(case, "Asia/Tokyo", "Europe/Berlin")
    with pytest.raises(Refused, match="nobody would get issue 7"):
        case.ledger.deliveries.start(approved(), NOON, MORNINGS.get, early=True)
    assert case.ledger.deliveries.mailing(7) is None


def test_an_audience_that_is_frozen_takes_nobody_in(case: LedgerCase) -> None:
    live(case, "Europe/Berlin")
    case.ledger.deliveries.start(approved(), NOON, MORNINGS.get)
    case.join("late@example.com")
    for early in (True, False):
        take_in(case, ISSUE_HOUR, early=early)
    begin_again = case.ledger.deliveries.start(approved(), ISSUE_HOUR, MORNINGS.get, early=True)
    assert begin_again.early_until is None
    assert set(states(case.ledger)) == {"berlin@example.com"}


def test_whoever_signs_up_later_in_the_week_gets_it_as_others_do(case: LedgerCase) -> None:
    begin(case)
    reached(case, NOON)
    case.join("before@example.com", zone="Asia/Tokyo")
    case.join("after@example.com", zone="Pacific/Auckland")
    take_in(case, NOON + 3 * HOUR, early=True)
    assert reached(case, NOON + 3 * HOUR) == {"tokyo", "before"}
    case.join("today@example.com")
    take_in(case, ISSUE_HOUR, early=False)
    assert reached(case, ISSUE_HOUR) == {"berlin", "nowhere", "after", "today"}


def test_choices_hold_until_a_readers_own_morning(case: LedgerCase) -> None:
    begin(case)
    reached(case, NOON)
    case.join("pauses@example.com", "leaves@example.com", "cuts@example.com", zone="Asia/Tokyo")
    case.change("pauses@example.com", paused_until=ISSUE_HOUR)
    case.change("cuts@example.com", without=("project",))
    take_in(case, NOON + 3 * HOUR, early=True)
    case.suppress("leaves@example.com")
    sender = case.ledger.senders.register(NOON)
    rows = case.ledger.deliveries.claim(7, sender, 10, NOON + 3 * HOUR)
    assert {row.address: row.without for row in rows} == {"tokyo@example.com": (), "cuts@example.com": ("project",)}
    assert states(case.ledger)["leaves@example.com"] == "suppressed"
    take_in(case, ISSUE_HOUR, early=False)
    assert "pauses@example.com" in states(case.ledger), "their pause is over when the others get it"


def test_nobody_gets_it_twice_in_whatever_zone_or_at_whatever_address_they_are_now(case: LedgerCase) -> None:
    begin(case)
    case.join("stays@example.com", zone="Europe/Berlin")
    assert reached(case, NOON) == {"kiritimati", "auckland"}
    case.change("auckland@example.com", zone="Asia/Tokyo")
    case.move("kiritimati@example.com", "elsewhere@example.com")
    case.join("kiritimati@example.org", zone="Asia/Tokyo")
    take_in(case, NOON + 3 * HOUR, early=True)
    case.change("tokyo@example.com", zone="America/New_York")
    take_in(case, ISSUE_HOUR, early=False)
    rows = Counter(row.address for row in case.rows())
    assert rows == dict.fromkeys(
        [*map(named, MORNINGS), "kiritimati@example.org", "stays@example.com", "nowhere@example.com"], 1
    )


def test_an_address_that_another_reader_left_behind_is_not_mailed_twice(case: LedgerCase) -> None:
    begin(case)
    case.move("auckland@example.com", "elsewhere@example.com")
    case.join("auckland@example.com")
    take_in(case, ISSUE_HOUR, early=False)
    assert Counter(row.canonical for row in case.rows()).most_common(1)[0][1] == 1


def test_a_message_is_dated_when_it_is_that_readers_turn_and_a_retry_is_dated_the_same(case: LedgerCase) -> None:
    begin(case)
    take_in(case, NOON + 3 * HOUR, early=True)
    take_in(case, ISSUE_HOUR, early=False)
    deliveries = case.ledger.deliveries
    seen = []
    for now in (ISSUE_HOUR + 6 * HOUR, ISSUE_HOUR + 8 * HOUR):
        sender = case.ledger.senders.register(now)
        rows = deliveries.claim(7, sender, 100, now)
        seen.append({row.address.partition("@")[0]: row.dated for row in rows})
        deliveries.commit(sender, [Outcome(row.id, DeliveryState.DEFERRED, "450", now + HOUR) for row in rows], (), now)
    assert seen[0] == seen[1]
    assert seen[0] == {
        "kiritimati": None, "auckland": None, "tokyo": NOON + 3 * HOUR, "berlin": ISSUE_HOUR, "nowhere": ISSUE_HOUR,
        "new_york": ISSUE_HOUR + 6 * HOUR,
    }  # fmt: skip


def test_how_far_an_issue_is_for_one_address(case: LedgerCase) -> None:
    on_its_way = case.ledger.records.on_its_way
    assert on_its_way(7, named("Asia/Tokyo")) is None
    begin(case)
    assert on_its_way(7, named("Asia/Tokyo")) == OnItsWay(frozen=False, taken_in=False)
    assert on_its_way(7, named("Pacific/Auckland")) == OnItsWay(frozen=False, taken_in=True)
    take_in(case, ISSUE_HOUR, early=False)
    assert on_its_way(7, named("Asia/Tokyo")) == OnItsWay(frozen=True, taken_in=True)
    assert on_its_way(7, named("America/New_York")) == OnItsWay(True, True, ISSUE_HOUR + 6 * HOUR)
    assert on_its_way(7, "stranger@example.com") == OnItsWay(frozen=True, taken_in=False)


def test_readers_are_counted_by_the_zone_that_they_named(case: LedgerCase) -> None:
    live(case, "Asia/Tokyo", "Europe/Berlin")
    case.join("seoul@example.com", "osaka@example.com", zone="Asia/Tokyo")
    case.join("nowhere@example.com")
    case.change("seoul@example.com", paused_until=NOON + HOUR)
    assert case.ledger.deliveries.zones(NOON) == {"Asia/Tokyo": 2, "Europe/Berlin": 1}


def test_two_processes_that_take_in_all_others_at_once_do_it_once(database_url: str) -> None:
    engine = database(database_url)
    add_readers(engine, ["first@example.com"], zone="Pacific/Auckland")
    add_readers(engine, [f"reader{number}@example.com" for number in range(200)])
    deliveries = database_ledger(engine).deliveries
    deliveries.start(approved(), NOON, MORNINGS.get, early=True)
    both = threading.Barrier(2)

    def take_in_all() -> None:
        both.wait()
        deliveries.take_in(7, ISSUE_HOUR, MORNINGS.get)

    threads = [threading.Thread(target=take_in_all) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert deliveries.sums(7, ISSUE_HOUR).audience == 201
