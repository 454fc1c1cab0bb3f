"""Status: where each issue stands, from its file, its approvals and the ledger; what became of issues for one reader."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from publisher import approve as approval
from publisher import timetable
from publisher.errors import ContentError
from publisher.issue import DeliveryState, IsoWeek, Issue
from publisher.numbers import corrected, file_of, in_order, is_correction, typed
from publisher.ports import MailingEntry, Received, Sums, WeekState
from publisher.stages.deliveries import paused
from publisher.stages.lookup import issue_of
from publisher.stages.ports import PublishPorts

if TYPE_CHECKING:  # slow to import: only when it is used
    from subscribers import SubscriberRecord


class IssueState(StrEnum):
    """How far an issue came."""

    ASSEMBLED = "assembled"
    BROKEN = "broken"
    """It cannot be rendered as it is."""
    HALF_APPROVED = "half-approved"
    """Somebody approved it, and it takes one more."""
    APPROVED = "approved"
    CHANGED = "changed"
    """It was edited after an approval, and that voided the approval."""
    SENDING = "sending"
    SENT = "sent"
    ARCHIVED = "archived"
    """It went out before there was a ledger, or by another system."""
    WRITTEN = "written"
    """A correction that nobody approved."""


@dataclass(frozen=True, slots=True)
class IssueStatus:
    """Where one issue stands, and what comes `next`; why its week is `held` or `skipped`, if it is."""

    number: int
    week: IsoWeek
    date: dt.date
    title: str
    state: IssueState
    approvals: tuple[str, ...] = ()
    sums: Sums | None = None
    next: str = ""
    held: str = ""
    skipped: str = ""


def status(ports: PublishPorts, number: int | None = None) -> tuple[IssueStatus, ...]:
    """Return where each issue and correction stands, or one issue with its corrections, or one correction.

    Mailings whose file is gone are included. A correction follows its issue.
    """
    issues = (*ports.content.issues, *ports.content.corrections)
    there = {issue.number for issue in issues}
    found = [_decided(ports, _status(ports, issue)) for issue in issues if _wanted(issue.number, number)]
    lost = [mailing for mailing in ports.ledger.records.entries() if mailing.number not in there]
    found += [_without_file(ports, mailing) for mailing in lost if _wanted(mailing.number, number)]
    if number is not None and not found:
        issue_of(ports.content, number)  # raises, and says why
    return tuple(sorted(found, key=lambda one: in_order(one.number)))


def _wanted(number: int, asked: int | None) -> bool:
    return asked in (None, number, corrected(number))


def readers_deliveries(ports: PublishPorts, record: SubscriberRecord) -> Sequence[Received]:
    """Return what became of every issue for one reader, also at addresses that they moved away from; the latest first."""
    return sorted(
        ports.ledger.records.received(record.address_history), key=lambda one: in_order(one.number), reverse=True
    )


def _without_file(ports: PublishPorts, mailing: MailingEntry) -> IssueStatus:
    day = mailing.started.date()
    state = IssueState.SENT if mailing.finished else IssueState.SENDING
    following = f"its file content/{file_of(mailing.number)} is gone or broken; restore it from git"
    sums = ports.ledger.deliveries.sums(mailing.number, ports.clock.now())
    return IssueStatus(mailing.number, IsoWeek.of(day), day, mailing.subject, state, sums=sums, next=following)


def _going_on(ports: PublishPorts, issue: Issue, mailing: MailingEntry, sums: Sums) -> str:
    number, halt, schedule = issue.number, mailing.halt, ports.content.publication.schedule
    if mailing.pause:
        return paused(number, mailing.pause)
    if halt:
        again = timetable.local(halt.until, schedule)
        return (
            f"the mail server refuses it («{halt.words}»); `pressroom run` tries again at {again}, "
            f"`pressroom send {typed(number)}` at once"
        )
    if mailing.early_until and not sums.open and (wrong := corrected(number)) is not None:
        return f"went to those who have issue {wrong}; whoever gets that later gets the correction, too"
    if mailing.early_until and not sums.open:
        due = timetable.due(issue.week, schedule)
        if ports.clock.now() > timetable.window_ends(due, schedule):
            return (
                f"went only to readers whose own morning came early; its window is over: pressroom send {number} --late"
            )
        return f"went to readers whose own morning came early; to all others on {timetable.local(due, schedule)}"
    waiting = sums.waiting
    if waiting.until and waiting.readers == sums.open:
        last = timetable.local(waiting.until, schedule)
        return f"{waiting.readers} wait for the hour in their own time zone, the last until {last}"
    return f"pressroom send {typed(number)}"


def _decided(ports: PublishPorts, found: IssueStatus) -> IssueStatus:
    """Add what a person decided of the week of an issue that is not out."""
    over = found.state in (IssueState.SENT, IssueState.ARCHIVED) or is_correction(found.number)
    week = None if over else ports.weeks.find(found.week)
    if week is None or not (week.held or week.state is WeekState.SKIPPED):
        return found
    said = f"{week.iso} {'is held' if week.held else 'was skipped'} («{week.why}»); to go on: pressroom week {week.iso} --reopen"
    return replace(found, next=said, held=week.why if week.held else "", skipped="" if week.held else week.why)


def _status(ports: PublishPorts, issue: Issue) -> IssueStatus:
    mailing = ports.ledger.records.entry(issue.number)

    def stands(
        state: IssueState, following: str = "", *, by: tuple[str, ...] = (), sums: Sums | None = None
    ) -> IssueStatus:
        return IssueStatus(issue.number, issue.week, issue.date, issue.title, state, by, sums, following)

    if mailing:
        sums = ports.ledger.deliveries.sums(issue.number, ports.clock.now())
        names = _names(ports, issue.number, mailing.digest)
        following = "" if mailing.finished else _going_on(ports, issue, mailing, sums)
        if sums[DeliveryState.IN_DOUBT]:
            following = f"settle {sums[DeliveryState.IN_DOUBT]} in doubt: pressroom settle {typed(issue.number)}"
        elif not sums.audience or (mailing.finished and not sums.reached):
            why = "no delivery arrived" if sums.audience else "nobody was on the list"
            following = f"{why}; to send it to today's readers: pressroom reopen {typed(issue.number)}"
        return stands(IssueState.SENT if mailing.finished else IssueState.SENDING, following, by=names, sums=sums)
    if issue.published:
        return stands(IssueState.ARCHIVED)
    from publisher.stages.proof import proof  # rendering is slow to import, and an issue that is out needs none

    try:
        digest = proof(ports, issue.number).digest
    except ContentError:
        return stands(IssueState.BROKEN, "pressroom check")
    way = approval.way(ports.content.publication, issue.number)
    given, names = ports.approvals.of(issue.number), _names(ports, issue.number, digest)
    if given and not names:
        return stands(IssueState.CHANGED, f"approve again: {way}")
    if names and approval.missing(ports.content.publication, digest, given):
        return stands(IssueState.HALF_APPROVED, f"one more approval: {way}", by=names)
    if names:
        return stands(IssueState.APPROVED, f"pressroom send {typed(issue.number)}", by=names)
    state = IssueState.ASSEMBLED if not is_correction(issue.number) else IssueState.WRITTEN
    return stands(state, f"pressroom preflight {typed(issue.number)}, then approve")


def _names(ports: PublishPorts, number: int, digest: str) -> tuple[str, ...]:
    return tuple(sorted({given.by for given in ports.approvals.of(number) if given.digest == digest}))
