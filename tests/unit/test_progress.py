"""The progress of a send: the ledger's sums, added up when that is cheap, and the outcomes since then."""

from __future__ import annotations

import datetime as dt

from publisher.deliver.progress import Progress
from publisher.issue import DeliveryState
from publisher.ports import Outcome, Sums
from tests.mailroom import NOON
from tests.publication import FakeClock

S = DeliveryState


class SlowLedger:
    """A ledger whose sums take time, and the clock that measures it."""

    def __init__(self, counts: dict[DeliveryState, int], seconds: float) -> None:
        self.counts = counts
        self.seconds = seconds
        self.moment = 1000.0
        self.asked = 0

    def sums(self, number: int, now: dt.datetime) -> Sums:
        assert (number, now) == (7, NOON)
        self.asked += 1
        self.moment += self.seconds
        return Sums(dict(self.counts), NOON)


def gauge(counts: dict[DeliveryState, int], seconds: float = 1.0) -> tuple[Progress, SlowLedger, list[Sums]]:
    ledger, shown = SlowLedger(counts, seconds), []
    return Progress(ledger, 7, FakeClock(), shown.append, lambda: ledger.moment), ledger, shown  # type: ignore[arg-type]


def ended(*states: DeliveryState) -> list[Outcome]:
    return [Outcome(number, state) for number, state in enumerate(states)]


def test_the_ledger_is_added_up_and_shown_at_the_beginning_and_when_asked() -> None:
    meter, ledger, shown = gauge({S.QUEUED: 3})
    ledger.counts = {S.SENT: 3}
    assert dict(meter.count().counts) == {S.SENT: 3}
    assert [dict(sums.counts) for sums in shown] == [{S.QUEUED: 3}, {S.SENT: 3}]
    assert meter.sums == shown[-1]


def test_between_two_sums_ended_rows_are_taken_from_claimed_ones_and_then_from_waiting_ones() -> None:
    meter, ledger, shown = gauge({S.QUEUED: 5, S.DEFERRED: 2, S.CLAIMED: 2, S.AT_DOT: 1, S.SENT: 10})
    meter.add(ended(S.SENT, S.SENT, S.FAILED))
    ledger.moment += 0.1
    meter.show()
    meter.add(ended(S.IN_DOUBT, S.SENT))
    ledger.moment += 0.1
    meter.show()
    meter.add(ended(*[S.SENT] * 4))
    ledger.moment += 0.1
    meter.show()
    assert [dict(sums.counts) for sums in shown[1:]] == [
        {S.QUEUED: 5, S.DEFERRED: 2, S.SENT: 12, S.FAILED: 1},
        {S.QUEUED: 5, S.SENT: 13, S.FAILED: 1, S.IN_DOUBT: 1},
        {S.QUEUED: 1, S.SENT: 17, S.FAILED: 1, S.IN_DOUBT: 1},
    ]
    assert {sums.audience for sums in shown} == {20}
    assert {sums.next_attempt for sums in shown} == {NOON}
    assert ledger.asked == 1


def test_a_delivery_that_is_tried_again_has_not_ended() -> None:
    meter, ledger, shown = gauge({S.CLAIMED: 3})
    meter.add([Outcome(1, S.DEFERRED, next_attempt=NOON + dt.timedelta(hours=1)), Outcome(2, S.QUEUED)])
    ledger.moment += 10
    meter.show()
    assert len(shown) == 1


def test_progress_is_shown_at_most_ten_times_a_second_and_only_if_something_ended() -> None:
    meter, ledger, shown = gauge({S.QUEUED: 9})
    meter.add(ended(S.SENT))
    ledger.moment += 0.0625
    meter.show()
    assert len(shown) == 1
    ledger.moment += 0.0625
    meter.show()
    assert len(shown) == 2
    meter.add(ended(S.SENT))
    ledger.moment += 0.0625
    meter.show()
    assert len(shown) == 2
    ledger.moment += 0.0625
    meter.show()
    assert [sums[S.SENT] for sums in shown] == [0, 1, 2]


def test_adding_up_the_ledger_takes_a_fiftieth_of_the_time_at_most() -> None:
    meter, ledger, shown = gauge({S.QUEUED: 9}, seconds=2.0)
    ledger.counts = {S.QUEUED: 4, S.SENT: 5}  # another sender is running, too
    meter.add(ended(S.SENT))
    ledger.moment += 100.0  # fifty times two seconds
    meter.show()
    assert (ledger.asked, shown[-1][S.SENT]) == (1, 1)
    ledger.moment += 0.125
    meter.show()
    assert (ledger.asked, shown[-1][S.SENT]) == (2, 5)
    meter.add(ended(S.SENT))
    ledger.moment += 0.125
    meter.show()
    assert (ledger.asked, shown[-1][S.SENT]) == (2, 6)
