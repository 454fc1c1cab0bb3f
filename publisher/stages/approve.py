"""Approve: a person's name, bound to the digest of exactly what will be sent."""

from __future__ import annotations

from dataclasses import dataclass

from publisher import approve as approval
from publisher.errors import Problem
from publisher.issue import Approved
from publisher.stages.lookup import not_published, not_under_way
from publisher.stages.ports import PublishPorts
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
    """Bind an editor's name to exactly what would be sent now."""
    not_under_way(ports, number)
    not_published(ports.content, number)
    publication, made = ports.content.publication, proof(ports, number)
    findings = preflight(ports, number)
    given = approval.approve(publication, by, made.digest, findings, ports.clock.now())
    ports.approvals.add(number, given)
    missing = approval.missing(publication, made.digest, ports.approvals.of(number))
    return ApprovalGiven(number, given.by, given.digest, missing, findings)


def approved(ports: PublishPorts, number: int) -> Approved:
    """Return the issue as it may be sent. Raises Refused when it is not what was approved."""
    made = proof(ports, number)
    return approval.approved(
        ports.content.publication, number, made.rendered.subject, made.digest, made.message, ports.approvals.of(number)
    )
