"""Correct: an issue that was wrong -> the file of a short mail to those who have it. It is approved and sent as an issue is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from publisher import timetable
from publisher.content.correction_file import compose
from publisher.errors import Refused
from publisher.issue import Issue
from publisher.language import Phrase, language_of
from publisher.numbers import (
    MOST_CORRECTIONS,
    corrected,
    correction_number,
    file_of,
    is_correction,
    named,
    which_correction,
)
from publisher.stages.lookup import issue_of, no_errors
from publisher.stages.ports import AssemblePorts, RecordPorts

TITLE = Phrase("Correction: %(title)s")


@dataclass(frozen=True, slots=True)
class Begun:
    """A correction that is not sent yet: its number and file, whether it is `new`, and how many readers would get it."""

    number: int
    path: Path
    new: bool
    readers: int


def correct(ports: AssemblePorts, number: int) -> Begun:
    """Begin a correction of an issue, or return the one that is begun and not sent.

    Raises Refused for an issue that went to nobody, or to whom nobody knows, or that has too many corrections, and
    ContentError for one that is begun and cannot be read.
    """
    if is_correction(number):
        raise Refused(
            f"{named(number)} is a correction itself; to write another: pressroom correct {corrected(number)}"
        )
    issue = issue_of(ports.content, number)
    _sent(ports, issue)
    no_errors([problem for problem in ports.content.problems if problem.path.match(f"corrections/{number:04d}-*")])
    own, entries = ports.content.corrections_of(number), ports.ledger.records.entries()
    begun = {entry.number for entry in entries if corrected(entry.number) == number}
    for one in own:
        if not one.published and one.number not in begun:
            return Begun(one.number, one.path, new=False, readers=somebody_has_it(ports, one.number))
    which = which_correction(max([*begun, *(one.number for one in own)], default=number)) + 1
    if which > MOST_CORRECTIONS:
        raise Refused(
            f"issue {number} was corrected {MOST_CORRECTIONS} times, and that is as often as an issue can be; write what is still "
            "wrong into the next issue"
        )
    following = correction_number(number, which)
    readers = somebody_has_it(ports, following)
    publication, path = ports.content.publication, Path("content") / file_of(following)
    day = ports.clock.now().astimezone(timetable.clock(publication.schedule.zone)).date()
    ports.write_piece(path, compose(number, day, language_of(publication).say(TITLE, title=issue.title)))
    return Begun(following, path, new=True, readers=readers)


def may_be_corrected(ports: RecordPorts, number: int, *, late: bool, to: str, early: bool) -> bool:
    """Return whether the issue of a correction is still being sent, so that more readers will have it.

    Raises Refused for options that mean nothing for a correction.
    """
    if late or to or early:
        raise Refused(
            f"{named(number)} goes to all who have issue {corrected(number)}, as soon as it is approved; leave out --late, --early "
            "and --to"
        )
    mailing = ports.ledger.records.entry(corrected(number) or 0)
    return mailing is not None and mailing.finished is None


def somebody_has_it(ports: RecordPorts, number: int) -> int:
    """Return how many readers a correction would reach now. Raises Refused if there are none."""
    readers = ports.ledger.records.left_out(number, ports.clock.now())
    if not readers:
        raise Refused(
            f"nobody would get {named(number)}: no reader who has issue {corrected(number)}, or may have it, is still on the list"
        )
    return readers


def _sent(ports: RecordPorts, issue: Issue) -> None:
    """Raise Refused for an issue that nobody has, or of which nobody knows who has it."""
    number = issue.number
    if ports.ledger.records.entry(number) is None:
        if issue.published:
            raise Refused(
                f"nobody knows who has issue {number}: it went out before there was a ledger, or by another system; correct "
                f"{issue.path}, which its page is made from, and tell readers in the next issue"
            )
        raise Refused(f"issue {number} was not sent, so nobody has it; correct {issue.path} itself")
    sums = ports.ledger.deliveries.sums(number, ports.clock.now())
    if not sums.reached and not sums.open:
        raise Refused(
            f"nobody has issue {number}: no delivery arrived; correct {issue.path}, then: pressroom reopen {number}"
        )
