"""Where each issue stands, from its file, its approvals and the ledger; and what became of issues for one reader."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher import approve as approval
from publisher.errors import ContentError
from publisher.issue import DeliveryState, IsoWeek, Issue
from publisher.pipeline import Ports, issue_of, proof
from publisher.ports import Halt, MailingEntry, Received, Shelf, Sums

if TYPE_CHECKING:  # slow to import: only when it is used
    from subscribers import Dossier


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one issue stands. `state`: assembled, approved, changed (after an approval), sending, sent, archived."""

    number: int
    week: IsoWeek
    date: dt.date
    title: str
    state: str
    approvals: tuple[str, ...]
    sums: Sums | None
    next: str


def status(ports: Ports, number: int | None = None) -> tuple[Standing, ...]:
    """Return where each issue stands, or one of them; a mailing whose file is gone too."""
    shelf = ports.library.read()
    there = {issue.number for issue in shelf.issues}
    standings = [_standing(ports, shelf, issue) for issue in shelf.issues if number in (None, issue.number)]
    lost = [mailing for mailing in ports.ledger.mailings() if mailing.number not in there]
    standings += [_without_file(ports, mailing) for mailing in lost if number in (None, mailing.number)]
    if number is not None and not standings:
        issue_of(shelf, number)  # says why there is none
    return tuple(sorted(standings, key=lambda standing: standing.number))


def readers_deliveries(ports: Ports, dossier: Dossier) -> Sequence[Received]:
    """Return what became of every issue for one reader, also at addresses that they moved away from; the latest first."""
    return sorted(ports.ledger.received(dossier.trail), key=lambda one: one.number, reverse=True)


def _without_file(ports: Ports, mailing: MailingEntry) -> Standing:
    day = mailing.started.date()
    state = "sent" if mailing.finished else "sending"
    following = f"its file content/issues/{mailing.number:04d}.md is gone or broken; bring it back from git"
    sums = ports.ledger.sums(mailing.number)
    return Standing(mailing.number, IsoWeek.of(day), day, mailing.subject, state, (), sums, following)


def _going_on(ports: Ports, number: int, sums: Sums, halt: Halt | None) -> str:
    if halt:
        again = f"{halt.until:%Y-%m-%d %H:%M} UTC"
        return f"the mail server refuses it («{halt.words}»); pressroom run tries again at {again}, pressroom send {number} at once"
    waiting = ports.ledger.waiting(number, ports.clock.now())
    if waiting.until and waiting.readers == sums.open:
        return f"{waiting.readers} wait for their own morning, the last until {waiting.until:%Y-%m-%d %H:%M} UTC"
    return f"pressroom send {number}"


def _standing(ports: Ports, shelf: Shelf, issue: Issue) -> Standing:
    mailing = ports.ledger.mailing(issue.number)
    names: tuple[str, ...] = ()
    if mailing:
        sums = ports.ledger.sums(issue.number)
        names = tuple(
            sorted({given.by for given in ports.approvals.of(issue.number) if given.digest == mailing.digest})
        )
        state = "sent" if mailing.finished else "sending"
        following = "" if mailing.finished else _going_on(ports, issue.number, sums, mailing.halt)
        if sums[DeliveryState.IN_DOUBT]:
            following = f"settle {sums[DeliveryState.IN_DOUBT]} in doubt: pressroom settle {issue.number}"
        return Standing(issue.number, issue.week, issue.date, issue.title, state, names, sums, following)
    if issue.published:
        return Standing(issue.number, issue.week, issue.date, issue.title, "archived", (), None, "")
    state, following = "assembled", f"pressroom preflight {issue.number}, then approve"
    try:
        digest = proof(ports, issue.number).digest
    except ContentError:
        return Standing(issue.number, issue.week, issue.date, issue.title, "broken", (), None, "pressroom check")
    given = ports.approvals.of(issue.number)
    names = tuple(sorted({one.by for one in given if one.digest == digest}))
    if given and not names:
        state, following = "changed", f"approve again: pressroom approve {issue.number} --by NAME"
    elif names and approval.missing(shelf.publication, digest, given):
        state, following = "half-approved", f"one more: pressroom approve {issue.number} --by NAME"
    elif names:
        state, following = "approved", f"pressroom send {issue.number}"
    return Standing(issue.number, issue.week, issue.date, issue.title, state, names, None, following)
