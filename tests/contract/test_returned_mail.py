"""The contract of the record of what came back: each report once, in any order, with what it does to its delivery."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools

import pytest

from publisher.ports import Ledger, Outcome, Report, Tied, Which
from subscribers import BounceKind
from tests.contract.ledgers import LATER, READERS, LedgerCase, S, claimed_ids
from tests.mailroom import NOON

HOUR = dt.timedelta(hours=1)
AFTER = LATER + 2 * HOUR


def sent(ledger: Ledger, state: S = S.SENT) -> list[Tied]:
    sender = ledger.senders.register(NOON)
    ids = claimed_ids(ledger, sender)
    ledger.deliveries.commit(sender, [Outcome(each, state, "250 kept") for each in ids], (), LATER)
    ledger.deliveries.finish(7, LATER)
    return [tied for address in READERS if (tied := ledger.returned.addressed(7, address))]


def report(tied: Tied, kind: BounceKind | None, digest: str = "", words: str = "550 5.1.1 no such user") -> Report:
    effect = kind.value if kind else "nothing"
    return Report(
        digest or f"{tied.delivery} {effect}", "maildir", tied.canonical, effect, effect, kind, "5.1.1", words, tied.issue,
        tied.delivery,
    )  # fmt: skip


def test_a_report_is_recorded_once_and_told_to_the_list_an_hour_later(ledger: Ledger) -> None:
    first = sent(ledger)[0]
    made = ledger.returned.record(report(first, BounceKind.HARD), AFTER)
    assert made is not None
    assert ledger.returned.record(report(first, BounceKind.HARD), AFTER + HOUR) is None
    assert ledger.returned.entries(9) == (made,) or list(ledger.returned.entries(9)) == [made]
    assert ledger.returned.entry(made.id) == made == ledger.returned.known(made.report.digest)
    assert ledger.bounces.untold(9, AFTER) == []
    (told,) = ledger.bounces.untold(9, AFTER + dt.timedelta(seconds=1))
    assert (told.delivery, told.kind, told.reply, told.at) == (
        first.delivery,
        BounceKind.HARD,
        "550 5.1.1 no such user",
        AFTER,
    )


def test_a_complaint_is_told_at_once(ledger: Ledger) -> None:
    first = sent(ledger)[0]
    ledger.returned.record(report(first, BounceKind.COMPLAINT), AFTER)
    assert [each.kind for each in ledger.bounces.untold(9, NOON)] == [BounceKind.COMPLAINT]


@pytest.mark.parametrize("order", list(itertools.permutations(BounceKind)))
def test_in_whatever_order_reports_come_the_gravest_stands(ledger: Ledger, order: tuple[BounceKind, ...]) -> None:
    first = sent(ledger)[0]
    for minute, kind in enumerate(order):
        ledger.returned.record(report(first, kind), AFTER + dt.timedelta(minutes=minute))
        ledger.returned.record(report(first, kind), AFTER + dt.timedelta(minutes=minute))
    assert [each.kind for each in ledger.bounces.untold(9, AFTER + HOUR)] == [BounceKind.COMPLAINT]
    assert len(ledger.returned.entries(9)) == 3


def test_a_delivery_in_doubt_was_accepted_if_anything_of_it_comes_back(ledger: Ledger) -> None:
    first, second = sent(ledger, S.IN_DOUBT)[:2]
    ledger.returned.record(report(first, BounceKind.HARD), AFTER)
    ledger.returned.record(report(second, None), AFTER)
    states = {address: state for address, state, _ in ledger.records.of(7)}
    assert [states[address] for address in READERS[:3]] == [S.SENT, S.SENT, S.IN_DOUBT]
    assert len(ledger.bounces.untold(9, AFTER + HOUR)) == 1


def test_what_was_undone_counts_no_longer_and_comes_no_second_time(ledger: Ledger) -> None:
    first = sent(ledger)[0]
    made = ledger.returned.record(report(first, BounceKind.HARD), AFTER)
    assert made is not None
    ledger.returned.undo(made.id, "their server was broken", AFTER + HOUR)
    ledger.returned.undo(made.id, "another reason", AFTER + 2 * HOUR)
    assert ledger.returned.record(report(first, BounceKind.HARD), AFTER + 3 * HOUR) is None
    assert ledger.bounces.untold(9, AFTER + 9 * HOUR) == []
    undone = ledger.returned.entry(made.id)
    assert undone == dataclasses.replace(made, undone=AFTER + HOUR, why="their server was broken")


def test_causes_are_counted_by_domain_and_each_delivery_once(ledger: Ledger) -> None:
    first, second = sent(ledger)[:2]
    for digest, tied in (("a", first), ("b", first), ("c", second)):
        ledger.returned.record(dataclasses.replace(report(tied, None, digest), cause="blocked"), AFTER)
    assert ledger.returned.by_domain(7, ["blocked", "spam"]) == {"example.com": 2}
    assert ledger.returned.by_domain(7, ["spam"]) == ledger.returned.by_domain(8, ["blocked"]) == {}


def test_entries_are_the_newest_first_and_can_be_narrowed(ledger: Ledger) -> None:
    first, second = sent(ledger)[:2]
    ledger.returned.record(report(first, BounceKind.SOFT), AFTER)
    ledger.returned.record(report(second, None), AFTER)
    assert [each.report.effect for each in ledger.returned.entries(9)] == ["nothing", "soft"]
    assert [each.report.effect for each in ledger.returned.entries(1)] == ["nothing"]
    assert [each.report.effect for each in ledger.returned.entries(9, effect="soft")] == ["soft"]
    assert list(ledger.returned.entries(9, issue=8)) == []


def test_a_deleted_reader_leaves_neither_address_nor_words(case: LedgerCase, ledger: Ledger) -> None:
    first = sent(ledger)[0]
    made = ledger.returned.record(report(first, BounceKind.HARD), AFTER)
    assert made is not None
    history = case.history_of(first.canonical)
    ledger.returned.forget(history, before=AFTER)
    assert ledger.returned.entry(made.id) == made
    ledger.returned.forget(history)
    left = ledger.returned.entry(made.id)
    assert left is not None
    assert (left.report.canonical, left.report.words, left.report.cause) == ("", "", "hard")


def test_a_delivery_is_found_by_its_issue_and_id_and_by_its_address(ledger: Ledger) -> None:
    first = sent(ledger)[0]
    assert ledger.returned.delivery(7, first.delivery) == first
    assert ledger.returned.delivery(8, first.delivery) is None
    assert ledger.returned.addressed(8, first.canonical) is None
    assert ledger.returned.addressed(7, "nobody@example.com") is None


def test_what_is_undone_leaves_the_gravest_of_the_others_to_be_told(ledger: Ledger) -> None:
    first = sent(ledger)[0]
    kinds = (BounceKind.SOFT, BounceKind.HARD, BounceKind.COMPLAINT)
    made = [ledger.returned.record(report(first, kind), AFTER + HOUR * hour) for hour, kind in enumerate(kinds)]
    ledger.bounces.tell([first.delivery], AFTER + 3 * HOUR)
    for left in (BounceKind.HARD, BounceKind.SOFT):
        undone = made.pop()
        assert undone is not None
        ledger.returned.undo(undone.id, "a slip", AFTER + 4 * HOUR)
        assert [(each.kind, each.at) for each in ledger.bounces.untold(9, AFTER + 5 * HOUR)] == [
            (left, AFTER + HOUR * (len(made) - 1))
        ]


def test_what_comes_back_of_a_delivery_that_was_retried_is_recorded_anew_each_time(ledger: Ledger) -> None:
    first = sent(ledger, S.FAILED)[0]
    for times in range(1, 4):
        assert [ledger.returned.record(report(first, BounceKind.SOFT), AFTER) is not None for _ in range(2)] == [
            True,
            False,
        ]
        assert len(ledger.returned.entries(9)) == times
        assert ledger.decisions.retry(7, Which(), AFTER)
        sender = ledger.senders.register(AFTER)
        ends = [Outcome(each, S.FAILED, "550 no") for each in claimed_ids(ledger, sender, now=AFTER)]
        ledger.deliveries.commit(sender, ends, (), AFTER)
