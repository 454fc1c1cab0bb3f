"""All mail except issues as a queue: confirmations, courses, proofs, notices. Their rules are in subscribers/emails.py."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from publisher.deliver.answers import Fault, Verdict, bounce_of, judge, provider_id
from publisher.deliver.transitions import words
from publisher.errors import PressroomError, Refused, UserError
from publisher.issue import DeliveryState
from publisher.ports import Envelope, Outcome, Reply

if TYPE_CHECKING:  # slow to import, and only named here
    from subscribers import EmailJob, EmailRules, Outbox

log = logging.getLogger("pressroom.emails")

WAITS = tuple(dt.timedelta(minutes=minutes) for minutes in (5, 5, 15, 60))
"""How long a mail waits after its first, second … attempt, and the last after all later ones, until it is too late."""

Build = Callable[["EmailJob", dt.datetime], Envelope]
"""Makes the message of a mail.

Raises Refused or UnwritableError if it can never be made, and another PressroomError or OSError if a person can fix it.
"""


class UnwritableError(UserError):
    """No message can be made for this one recipient, because of their name or address."""


class EmailQueue:
    """The outbox as a queue for one sender. With `urgent`, it claims only mail that overtakes an issue. After the first
    claim, it claims nothing when `enough` says so. `handed_over` is told of each mail that the server took.

    No mail is given up as too late at a time that is `doubtful`.
    """

    def __init__(
        self,
        outbox: Outbox,
        build: Build,
        doubtful: Callable[[dt.datetime], bool] = lambda _now: False,
        *,
        urgent: bool = False,
        enough: Callable[[], bool] = lambda: False,
        handed_over: Callable[[EmailJob, dt.datetime], None] = lambda _job, _now: None,
    ) -> None:
        self._outbox = outbox
        self._build = build
        self.doubtful = doubtful
        self._urgent = urgent
        self._enough = enough
        self._handed_over = handed_over
        self._begun = False
        self._claimed: dict[int, EmailJob] = {}
        self.sent = self.delayed = self.dropped = 0

    def claim(self, sender: str, limit: int, now: dt.datetime) -> Sequence[int]:
        if self._begun and self._enough():
            return ()
        self._begun = True
        claim = self._outbox.claim(sender, limit, now, urgent=self._urgent, patient=self.doubtful(now))
        self.delayed += claim.held
        self.dropped += claim.dropped
        self._claimed.update((job.id, job) for job in claim.jobs)
        return [job.id for job in claim.jobs]

    def recipient(self, row: int) -> str:
        return self._claimed[row].address

    def build(self, row: int, now: dt.datetime) -> Envelope | Outcome:
        job = self._claimed[row]
        try:
            return self._build(job, now)
        except (Refused, UnwritableError) as error:
            return Outcome(row, DeliveryState.FAILED, str(error))
        except (PressroomError, OSError) as error:
            log.error("cannot write the %s mail: %s", job.kind, error)  # noqa: TRY400 - a sentence for a person
            return self._later(job, str(error), now)
        except Exception:
            log.exception("cannot write the %s mail", job.kind)
            return self._later(job, "a bug in Pressroom; see the log", now)

    def stopped(self, rows: Collection[int], now: dt.datetime) -> Collection[int]:
        return self._outbox.stopped(rows, now, patient=self.doubtful(now))

    def stop(self, row: int) -> Outcome:
        return Outcome(row, DeliveryState.SUPPRESSED, "no longer wanted")

    def marks(self, row: int) -> bool:
        return not self._repeats(row)

    def answered(self, row: int, reply: Reply, now: dt.datetime) -> Outcome:
        """Give up a mail if its reader is refused for good; a refusal of the message or of us may pass, so try again."""
        job, judged = self._claimed[row], judge(reply)
        if judged.verdict is Verdict.ACCEPTED:
            return Outcome(row, DeliveryState.SENT, words(reply))
        if judged.verdict is Verdict.UNKNOWN and not self._repeats(row):
            return Outcome(row, DeliveryState.IN_DOUBT, words(reply))
        refused = judged.verdict is Verdict.REFUSED and judged.fault is Fault.RECIPIENT
        if refused and not self._rules(job).to_editors:
            return Outcome(row, DeliveryState.FAILED, words(reply), bounce=bounce_of(reply))
        return self._later(job, words(reply), now, reply.after)

    def slowed(self, row: int, reply: Reply, now: dt.datetime) -> Outcome:
        due = now + dt.timedelta(seconds=reply.after)
        return Outcome(row, DeliveryState.DEFERRED, words(reply), due, counts=False)

    def broken(self, row: int, why: str, now: dt.datetime) -> Outcome:
        return self._later(self._claimed[row], why, now)

    def commit(
        self,
        sender: str,
        outcomes: Sequence[Outcome],
        at_dot: Sequence[int],
        now: dt.datetime,
        refused: Sequence[int] = (),  # noqa: ARG002  no end is a suspect
    ) -> Collection[int]:
        from subscribers import EmailEnd, EmailState

        ends = [
            EmailEnd(
                one.delivery, EmailState(one.state.value), one.reply, one.next_attempt,
                provider_id(one.reply) if one.state is DeliveryState.SENT else None,
                self._claimed[one.delivery].since, one.bounce,
            )
            for one in outcomes
        ]  # fmt: skip
        passed = self._outbox.commit(sender, ends, at_dot, now, patient=self.doubtful(now))
        for outcome in outcomes:
            job = self._claimed.pop(outcome.delivery, None)
            if job and outcome.state is DeliveryState.SENT:
                self._handed_over(job, now)
        self.sent += sum(one.state is DeliveryState.SENT for one in outcomes)
        self.delayed += sum(not one.state.final for one in outcomes)
        self.dropped += sum(one.state.final and one.state is not DeliveryState.SENT for one in outcomes)
        return passed

    def soonest(self, now: dt.datetime) -> None:
        """Return None: the queue never waits, because the next round comes soon."""

    def paused(self) -> bool:
        return False

    def give_back(self, sender: str, now: dt.datetime) -> None:
        self._outbox.give_back(sender, now)

    def recover(self, living: Callable[[], frozenset[str]], now: dt.datetime) -> None:
        """Take over from senders that are gone."""
        holders = self._outbox.holders()  # asked first, because a sender that claims after this is among the living
        for gone in holders - living() if holders else ():
            self._outbox.give_back(gone, now)

    def _repeats(self, row: int) -> bool:
        return self._rules(self._claimed[row]).repeats

    @staticmethod
    def _rules(job: EmailJob) -> EmailRules:
        from subscribers import RULES

        return RULES[job.kind]

    def _later(self, job: EmailJob, why: str, now: dt.datetime, after: float = 0.0) -> Outcome:
        wait = max(WAITS[min(job.attempt, len(WAITS)) - 1], dt.timedelta(seconds=after))
        return Outcome(job.id, DeliveryState.DEFERRED, why, now + wait)
