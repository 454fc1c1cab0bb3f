"""How far a send has come, for a progress bar."""

from __future__ import annotations

import time
from collections import Counter as Tally
from collections.abc import Callable, Sequence

from publisher.issue import DeliveryState
from publisher.ports import Clock, Deliveries, Outcome, Sums

_SHOW_SECONDS = 0.1
_SHARE = 0.02  # of the time may go into adding up the ledger


class Progress:
    """Adds up the ledger as often as that is cheap, and in between adds what this run has done since."""

    def __init__(
        self,
        deliveries: Deliveries,
        number: int,
        clock: Clock,
        progress: Callable[[Sums], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._deliveries = deliveries
        self._number = number
        self._clock = clock
        self._progress = progress
        self._monotonic = monotonic
        self._since: Tally[DeliveryState] = Tally()
        self._shown = self._counted = self._cost = 0.0
        self.sums = Sums()
        self.count()

    def count(self) -> Sums:
        """Add up the ledger now, and show it."""
        begun = self._monotonic()
        self.sums = self._deliveries.sums(self._number, self._clock.now())
        self._since.clear()
        self._counted = self._shown = self._monotonic()
        self._cost = self._counted - begun
        self._progress(self.sums)
        return self.sums

    def add(self, outcomes: Sequence[Outcome]) -> None:
        """Note outcomes that were committed."""
        self._since.update(outcome.state for outcome in outcomes if outcome.state.final)

    def show(self) -> None:
        """Show how far the send has come, if the last time was long enough ago."""
        now = self._monotonic()
        if now - self._shown < _SHOW_SECONDS or not self._since:
            return
        if now - self._counted > self._cost / _SHARE:
            self.count()
            return
        counts = Tally({state: self.sums[state] for state in DeliveryState})
        counts.update(self._since)
        for state in (DeliveryState.CLAIMED, DeliveryState.AT_DOT, DeliveryState.DEFERRED, DeliveryState.QUEUED):
            taken = min(counts[state], counts.total() - self.sums.audience)
            counts[state] -= taken
        self._shown = now
        reached = {state: count for state, count in counts.items() if count}
        self._progress(Sums(reached, self.sums.next_attempt, self.sums.waiting))
