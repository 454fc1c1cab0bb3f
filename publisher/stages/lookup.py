"""One issue of a snapshot, and what may be done with it: questions that several stages ask first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from publisher.errors import AlreadyOut, ContentError, Problem, Refused, Severity
from publisher.issue import Issue
from publisher.numbers import corrected, file_of, named, typed
from publisher.ports import Content
from publisher.stages.ports import PublishPorts, RecordPorts


def issue_of(content: Content, number: int) -> Issue:
    """Return an issue or a correction. Raises ContentError when its file is broken or missing."""
    name = file_of(number)
    no_errors([problem for problem in content.problems if problem.path.as_posix().endswith(name)])
    issue = content.issue(number)
    if issue is None:
        where, fix = (
            Path("content") / name,
            "`pressroom status` lists the issues, `pressroom assemble` writes the next one",
        )
        if (wrong := corrected(number)) is not None:
            fix = f"`pressroom status` lists the corrections, `pressroom correct {wrong}` writes the next one"
        raise ContentError(
            [Problem(where, None, f"there is no such {'issue' if wrong is None else 'correction'}", fix)]
        )
    return issue


def known(ports: PublishPorts, number: int) -> None:
    """Raise ContentError for an issue or a correction that never was: neither sent nor in a file, not even a broken one."""
    file = Path("content") / file_of(number)
    if ports.ledger.records.entry(number) is None and file.as_posix() not in ports.content.stamps:
        issue_of(ports.content, number)


def no_errors(problems: Sequence[Problem]) -> None:
    """Raise ContentError when there is an error among them; warnings pass."""
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if errors:
        raise ContentError(errors)


def not_under_way(ports: RecordPorts, number: int) -> None:
    """Raise AlreadyOut for an issue whose sending has begun."""
    mailing = ports.ledger.records.entry(number)
    if mailing:
        verb = "was sent" if mailing.finished else "is being sent"
        raise AlreadyOut(f"{named(number)} {verb} as it was approved; see: pressroom status {typed(number)}")


def not_published(content: Content, number: int) -> Issue:
    """Return an issue; refuse one from the archive, which would be sent again if the database were new and empty."""
    issue = issue_of(content, number)
    if issue.published:
        raise AlreadyOut(f"{named(number)} already went out on {issue.published}, as `published:` in {issue.path} says")
    return issue


def reason(why: str) -> str:
    """Return a person's reason on one line. Raises Refused if it is empty."""
    words = " ".join(why.split())
    if not words:
        raise Refused('say why, for those who ask later: --why "…"')
    return words
