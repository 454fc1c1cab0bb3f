"""Who gets a correction: in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.errors import Refused
from publisher.issue import DeliveryState
from publisher.numbers import correction_number
from publisher.ports import Ledger, Outcome
from tests.contract.ledgers import LedgerCase, in_memory
from tests.long import some
from tests.mailroom import approved
from tests.publication import NOON

S = DeliveryState
FIRST = correction_number(7, 1)
LATER = NOON + dt.timedelta(minutes=5)


def end(ledger: Ledger, number: int, ends: Sequence[DeliveryState | None], now: dt.datetime = NOON) -> None:
    """Claim every row that is due and end each as it is said, in the order of addresses; None gives it back."""
    sender = ledger.senders.register(now)
    rows = sorted(ledger.deliveries.claim(number, sender, 100, now), key=lambda row: row.address)
    outcomes = [
        Outcome(row.id, state or S.QUEUED, "x", next_attempt=now) for row, state in zip(rows, ends, strict=True)
    ]
    ledger.deliveries.commit(sender, outcomes, [], now)
    ledger.senders.release(sender)


def audience(case: LedgerCase, number: int = FIRST) -> list[str]:
    return [address.partition("@")[0] for address, _, _ in case.ledger.records.of(number)]


def test_the_audience_of_a_correction_are_those_who_have_the_issue(case: LedgerCase) -> None:
    names = ["deleted", "doubt", "failed", "moved", "paused", "sent", "suppressed"]
    case.join(*(f"{name}@example.com" for name in names), without=["concept"])
    ledger = case.ledger
    ledger.deliveries.start(approved(), NOON)
    end(ledger, 7, [S.SENT, S.IN_DOUBT, S.FAILED, S.SENT, S.SENT, S.SENT, S.SENT])
    assert ledger.deliveries.finish(7, NOON)
    case.join("late@example.com")
    case.move("moved@example.com", "new@example.org")
    case.join("moved@example.com")  # somebody else has the address now
    case.change("paused@example.com", paused_until=NOON + dt.timedelta(days=30))
    case.suppress("suppressed@example.com")
    ledger.records.forget(case.history_of("deleted@example.com"), NOON)
    wanted = ["doubt", "new", "paused", "sent", "suppressed"]
    assert ledger.records.left_out(FIRST, LATER) == len(wanted)
    ledger.deliveries.start(approved(FIRST), LATER)
    assert audience(case) == wanted
    assert ledger.records.left_out(FIRST, LATER) == 0
    claimed = ledger.deliveries.claim(FIRST, ledger.senders.register(LATER), 100, LATER)
    assert sorted(row.address.partition("@")[0] for row in claimed) == ["doubt", "new", "paused", "sent"]
    assert audience(case, 7) == sorted([*names[1:], ""])


def test_while_the_issue_is_being_sent_the_audience_grows_with_it_and_repeats_nobody(case: LedgerCase) -> None:
    case.join("ada@example.com", "bob@example.com", "cleo@example.com")
    ledger = case.ledger
    ledger.deliveries.start(approved(), NOON)
    end(ledger, 7, [S.SENT, None, None])
    ledger.deliveries.start(approved(FIRST), NOON, early=True)
    assert audience(case) == ["ada"]
    end(ledger, FIRST, [S.SENT])
    assert not ledger.deliveries.finish(FIRST, NOON)
    case.move("ada@example.com", "new@example.org")
    end(ledger, 7, [S.SENT, S.FAILED], LATER)
    for _ in range(2):
        ledger.deliveries.take_in(FIRST, LATER, None, early=True)
        assert audience(case) == ["ada", "bob"]
    assert ledger.deliveries.finish(7, LATER)
    ledger.deliveries.take_in(FIRST, LATER, None)
    end(ledger, FIRST, [S.SENT], LATER)
    assert ledger.deliveries.finish(FIRST, LATER)


def test_a_correction_that_nobody_would_get_is_refused_and_nothing_is_frozen(case: LedgerCase) -> None:
    case.join("ada@example.com")
    case.ledger.deliveries.start(approved(), NOON)
    end(case.ledger, 7, [S.FAILED])
    for early in (True, False):
        with pytest.raises(Refused, match=r"nobody would get correction 7\.1"):
            case.ledger.deliveries.start(approved(FIRST), NOON, early=early)
    assert case.ledger.deliveries.mailing(FIRST) is None


ENDS = st.sampled_from([S.SENT, S.FAILED, S.IN_DOUBT, None])


@settings(max_examples=some(60), deadline=None)
@given(rounds=st.lists(st.lists(ENDS, min_size=4, max_size=4), max_size=4), leaves=st.sets(st.integers(0, 3)))
def test_however_the_issue_goes_each_reader_who_has_it_and_stays_gets_the_correction_once(
    rounds: list[list[DeliveryState | None]], leaves: set[int]
) -> None:
    case, names = in_memory(), ["a", "b", "c", "d"]
    case.join(*(f"{name}@example.com" for name in names))
    ledger = case.ledger
    ledger.deliveries.start(approved(), NOON)
    for ends in [*rounds, [S.SENT] * 4]:
        waiting = ledger.deliveries.sums(7, NOON).open
        end(ledger, 7, ends[:waiting])
        unfinished = not ledger.deliveries.finish(7, NOON)
        if ledger.deliveries.mailing(FIRST):
            ledger.deliveries.take_in(FIRST, NOON, None, early=unfinished)
        elif ledger.records.left_out(FIRST, NOON):
            ledger.deliveries.start(approved(FIRST), NOON, early=unfinished)
        case.join(f"late{len(case.rows())}@example.com")
    for who in leaves:
        case.suppress(f"{names[who]}@example.com")
    have_it = [who.partition("@")[0] for who, state, _ in ledger.records.of(7) if state in (S.SENT, S.IN_DOUBT)]
    assert audience(case) == have_it
    claimed = ledger.deliveries.claim(FIRST, ledger.senders.register(NOON), 100, NOON)
    assert sorted(row.address[0] for row in claimed) == [name for name in have_it if names.index(name) not in leaves]
