"""Suspicions: ends that do not name a recipient, and so may concern one message or all of them (pure).

A refusal of MAIL, of the content or for reasons of policy, and a connection that broke, may be about one message or
about everything that we send. Such an end is held until the server accepts a message that began later. That shows that
the server takes our mail, so the end counts for its own delivery. If no acceptance comes, no delivery fails because of
it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from publisher.issue import DeliveryState
from publisher.ports import Outcome

LIKE_REFUSALS = 3
"""After this many similar refusals without an acceptance in between, one of which began when another was known, the fault is
ours: the send halts. Those that came together, as to one request to an API, are one event."""
UNANSWERED = 3
"""After this many messages in doubt without an acceptance in between, one of which began when another's doubt was known, the
server ends every message so: the send halts, or everybody's would be in doubt. Those that were under way together, as in
one request to an API or when a server starts anew, are one event.
"""


@dataclass(frozen=True, slots=True)
class Suspect:
    """An end that does not name a recipient.

    `outcome` counts if it is about this message, `postponed` if that is still open at the end. `likeness` is equal for
    similar refusals (see publisher.deliver.answers), and empty for a connection that broke. `after` is how many seconds the
    server wants us to wait.
    """

    outcome: Outcome
    postponed: Outcome
    likeness: str = ""
    after: float = 0.0


class Suspicions:
    """The suspects that are held, in the order in which they came."""

    def __init__(self) -> None:
        self._held: list[tuple[int, Suspect]] = []
        self._came = 0
        self._began: dict[int, int] = {}
        self._doubts: list[Outcome] = []
        self._knew: dict[int, int] = {}  # messages that began when there was a doubt, and after how many acceptances
        self._accepted = 0
        self._doubted_again = False

    def __bool__(self) -> bool:
        return bool(self._held)

    def begin(self, delivery: int) -> None:
        """Record that a message begins; if it is accepted, that counts only for suspects that came before."""
        self._began[delivery] = self._came
        if self._doubts:
            self._knew[delivery] = self._accepted

    def hold(self, suspect: Suspect) -> None:
        self._held.append((self._came, suspect))
        self._came += 1

    def end(self, outcome: Outcome) -> list[Outcome]:
        """Record any other end; after an acceptance, return the outcomes that were about single messages after all."""
        began, knew = self._began.pop(outcome.delivery, 0), self._knew.pop(outcome.delivery, None)
        if outcome.state is DeliveryState.IN_DOUBT:
            self._doubted_again |= knew == self._accepted
            self._doubts.append(outcome)
        if outcome.state is not DeliveryState.SENT:
            return []
        self._doubts.clear()
        self._accepted += 1
        self._doubted_again = False
        return [suspect.outcome for suspect in self._release(began)]

    def verdict(self) -> Suspect | None:
        """Return the latest of LIKE_REFUSALS similar refusals, or None while it may be one event."""
        first, again = dict[str, int](), set[str]()
        for came, suspect in self._held:
            known = first.setdefault(suspect.likeness, came)
            if self._began.get(suspect.outcome.delivery, 0) > known:
                again.add(suspect.likeness)
        alike = Counter(suspect.likeness for _, suspect in self._held if suspect.likeness in again - {""})
        return next((suspect for _, suspect in reversed(self._held) if alike[suspect.likeness] >= LIKE_REFUSALS), None)

    def unanswered(self) -> str:
        """Return why the latest of UNANSWERED messages in a row is in doubt; empty while it may be one event."""
        return self._doubts[-1].reply if self._doubted_again and len(self._doubts) >= UNANSWERED else ""

    def refusal(self) -> Suspect | None:
        """Return the latest refusal that would be final for its delivery, or None."""
        final = (one for _, one in reversed(self._held) if one.likeness and one.outcome.state is DeliveryState.FAILED)
        return next(final, None)

    def postpone(self) -> list[Outcome]:
        """Release all suspects, to be tried again later; each counts as an attempt."""
        return [suspect.postponed for suspect in self._release()]

    def put_back(self, now: dt.datetime) -> list[Outcome]:
        """Release all suspects as if they had not been tried."""
        return [_untried(suspect, now) for suspect in self._release()]

    def ask_again(self, now: dt.datetime) -> list[Outcome]:
        """Release all suspects of a server that has accepted nothing yet; only its refusals count as attempts."""
        return [suspect.postponed if suspect.likeness else _untried(suspect, now) for suspect in self._release()]

    def _release(self, before: int | None = None) -> list[Suspect]:
        """Remove and return the suspects that came before `before` (as counted by `hold`), or all."""
        released = [suspect for came, suspect in self._held if before is None or came < before]
        self._held = [(came, suspect) for came, suspect in self._held if before is not None and came >= before]
        for suspect in released:
            self._began.pop(suspect.outcome.delivery, None)
            self._knew.pop(suspect.outcome.delivery, None)
        return released


def _untried(suspect: Suspect, now: dt.datetime) -> Outcome:
    return Outcome(suspect.outcome.delivery, DeliveryState.QUEUED, suspect.outcome.reply, now, counts=False)
