"""Ends that name no recipient: do they concern one message, or all of them? (pure)

A refusal of MAIL, of the content or for reasons of policy, and a connection that broke, may be about this one message
or about everything that we send. They are held until the server accepts a message that began later, which shows that it
takes our mail; then each counts for its own delivery. Without such an acceptance, no delivery fails because of them.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from publisher.issue import DeliveryState
from publisher.ports import Outcome

LIKE_REFUSALS = 3
"""How many similar refusals, with no acceptance among them, are taken to be about us: the send halts."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """The end of a hand-over that names no recipient.

    `outcome` counts if it is about this message; `postponed` if that remains open to the last. `likeness` says which
    refusals are the same (publisher.deliver.answers); it is empty for a connection that broke.
    """

    outcome: Outcome
    postponed: Outcome
    likeness: str = ""


class Suspicions:
    """What is held, in the order in which it came."""

    def __init__(self) -> None:
        self._held: list[tuple[int, Suspect]] = []
        self._came = 0
        self._began: dict[int, int] = {}

    def __bool__(self) -> bool:
        return bool(self._held)

    def begin(self, delivery: int) -> None:
        """Note that a message begins: its acceptance says something only about ends that came before."""
        self._began[delivery] = self._came

    def hold(self, suspect: Suspect) -> None:
        self._held.append((self._came, suspect))
        self._came += 1

    def end(self, outcome: Outcome) -> list[Outcome]:
        """Note any other end; an acceptance returns the ends that were about single messages after all."""
        began = self._began.pop(outcome.delivery, 0)
        if outcome.state is not DeliveryState.SENT:
            return []
        return [suspect.outcome for suspect in self._release(began)]

    def verdict(self) -> Suspect | None:
        """Return the latest of LIKE_REFUSALS similar refusals, which are about us; None while there are fewer."""
        alike = Counter(suspect.likeness for _, suspect in self._held if suspect.likeness)
        return next((suspect for _, suspect in reversed(self._held) if alike[suspect.likeness] >= LIKE_REFUSALS), None)

    def refusal(self) -> Suspect | None:
        """Return the latest refusal that is final, if it is about this message."""
        final = (one for _, one in reversed(self._held) if one.likeness and one.outcome.state is DeliveryState.FAILED)
        return next(final, None)

    def postpone(self) -> list[Outcome]:
        """Return every held delivery, to be tried again later at the cost of a try, and forget it."""
        return [suspect.postponed for suspect in self._release()]

    def put_back(self, now: dt.datetime) -> list[Outcome]:
        """Return every held delivery as if it had not been tried, and forget it."""
        return [_untried(suspect, now) for suspect in self._release()]

    def ask_again(self, now: dt.datetime) -> list[Outcome]:
        """Return every held delivery, when the server has taken nothing yet: only a refusal for now costs a try."""
        return [suspect.postponed if suspect.likeness else _untried(suspect, now) for suspect in self._release()]

    def _release(self, before: int | None = None) -> list[Suspect]:
        """Take out what came before the moment `before`, or all."""
        released = [suspect for came, suspect in self._held if before is None or came < before]
        self._held = [(came, suspect) for came, suspect in self._held if before is not None and came >= before]
        for suspect in released:
            self._began.pop(suspect.outcome.delivery, None)
        return released


def _untried(suspect: Suspect, now: dt.datetime) -> Outcome:
    return Outcome(suspect.outcome.delivery, DeliveryState.QUEUED, suspect.outcome.reply, now, counts=False)
