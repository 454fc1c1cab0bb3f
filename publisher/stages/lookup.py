"""One issue of a snapshot, and what may be done with it: questions that several stages ask first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from publisher.errors import AlreadyOut, ContentError, Problem, Severity
from publisher.issue import Issue
from publisher.ports import Content
from publisher.stages.ports import RecordPorts


def issue_of(content: Content, number: int) -> Issue:
    """Return an issue. Raises ContentError when its file is broken or missing."""
    name = f"issues/{number:04d}.md"
    no_errors([problem for problem in content.problems if problem.path.as_posix().endswith(name)])
    issue = content.issue(number)
    if issue is None:
        where = Path("content") / name
        raise ContentError(
            [
                Problem(
                    where,
                    None,
                    "there is no such issue",
                    "`pressroom status` lists the issues, `pressroom assemble` writes the next one",
                )
            ]
        )
    return issue


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
        raise AlreadyOut(f"issue {number} {verb} as it was approved; see: pressroom status {number}")


def not_published(content: Content, number: int) -> Issue:
    """Return an issue; refuse one from the archive, which would be sent again if the database were new and empty."""
    issue = issue_of(content, number)
    if issue.published:
        raise AlreadyOut(f"issue {number} already went out on {issue.published}, as `published:` in {issue.path} says")
    return issue
