"""Approve, and take that back: a person's name, bound to the digest of exactly what will be sent."""

from __future__ import annotations

from dataclasses import dataclass

from publisher import approve as approval
from publisher.errors import Problem, Refused
from publisher.issue import Approval, Approved
from publisher.numbers import named, typed
from publisher.ports import How, Occasion
from publisher.stages.lookup import not_published, not_under_way
from publisher.stages.ports import Proof, PublishPorts
from publisher.stages.proof import preflight, proof


@dataclass(frozen=True, slots=True)
class ApprovalGiven:
    """A recorded approval; `missing` says how many more people have to approve."""

    number: int
    by: str
    digest: str
    missing: int
    warnings: tuple[Problem, ...]


def approve(ports: PublishPorts, number: int, by: str) -> ApprovalGiven:
    """Bind an editor's name to exactly what would be sent now. Raises Refused where names by hand do not count."""
    approval.by_hand(ports.content.publication, number)
    return give(ports, number, by, How.SHELL)


def still_open(ports: PublishPorts, number: int) -> Proof:
    """Return an issue as it would be sent now, if that can still be decided. Raises AlreadyOut, ContentError."""
    not_under_way(ports, number)
    not_published(ports.content, number)
    return proof(ports, number)


def give(ports: PublishPorts, number: int, by: str, how: How) -> ApprovalGiven:
    """Bind an editor's name to exactly what would be sent now."""
    publication, made = ports.content.publication, still_open(ports, number)
    findings = preflight(ports, number)
    given = approval.approve(publication, by, made.digest, findings, ports.clock.now())
    ports.approvals.keep(made.shown(Occasion.APPROVAL, given.at))
    ports.approvals.add(number, given, how)
    missing = approval.missing(publication, made.digest, ports.approvals.of(number))
    return ApprovalGiven(number, given.by, given.digest, missing, findings)


@dataclass(frozen=True, slots=True)
class ApprovalWithdrawn:
    """An approval that was taken back."""

    number: int
    by: str
    digest: str


def withdraw(ports: PublishPorts, number: int, by: str) -> ApprovalWithdrawn:
    """Take an editor's approval of an issue back. Raises Refused where names by hand do not count."""
    approval.by_hand(ports.content.publication, number)
    return take_back(ports, number, by, How.SHELL)


def take_back(ports: PublishPorts, number: int, by: str, how: How) -> ApprovalWithdrawn:
    """Take an editor's approval of what would be sent now back. Raises Refused when there is none, or it is too late."""
    editor, digest = approval.editor_named(ports.content.publication, by), still_open(ports, number).digest
    taken = Approval(by=editor.name, at=ports.clock.now(), digest=digest)
    if not ports.approvals.withdraw(number, taken, how):
        not_under_way(ports, number)  # it may have begun just now
        raise Refused(
            f"{editor.name} has not approved {named(number)} as it is now; see: pressroom audit {typed(number)}"
        )
    return ApprovalWithdrawn(number, editor.name, digest)


def approved(ports: PublishPorts, number: int) -> Approved:
    """Return the issue as it may be sent. Raises Refused when it is not what was approved."""
    made = proof(ports, number)
    return approval.approved(
        ports.content.publication, number, made.rendered.subject, made.digest, made.message, ports.approvals.of(number)
    )
