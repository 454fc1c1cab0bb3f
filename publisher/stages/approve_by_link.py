"""Approve by the link in an editor's own proof: look at what it approves, approve it, take that back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from publisher import approve as approval
from publisher import timetable
from publisher.approval_links import LATE, ApprovalLink, expiry
from publisher.errors import Problem, Severity
from publisher.numbers import is_correction
from publisher.ports import How
from publisher.stages.approve import ApprovalGiven, ApprovalWithdrawn, give, still_open, take_back
from publisher.stages.lookup import issue_of
from publisher.stages.ports import MailPorts, Proof
from publisher.stages.proof import preflight, proof


@dataclass(frozen=True, slots=True)
class Approvable:
    """What an editor's link shows: an issue as it would be sent now, who approved it, and how many are still missing."""

    link: ApprovalLink
    made: Proof
    findings: tuple[Problem, ...]
    due: dt.datetime
    late: bool
    """Whether its send window is over; `due` and this mean nothing for a correction."""
    approved_by: tuple[str, ...]
    missing: int

    @property
    def mine(self) -> bool:
        return self.link.editor.name in self.approved_by

    @property
    def broken(self) -> bool:
        """Whether the pre-flight has errors, which nobody can approve."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


def link_to_approve(ports: MailPorts, number: int, address: str) -> str:
    """Return the URL by which the editor at an address approves the issue as it would be sent now."""
    publication, digest = ports.content.publication, proof(ports, number).digest
    token = ports.approval_links.make(publication, number, address, digest, _until(ports, number))
    return publication.service(f"approve/{token}")


def link_to_preview(ports: MailPorts, number: int) -> str:
    """Return the URL below which whoever has it sees an issue's page and pictures until it is out."""
    publication = ports.content.publication
    return publication.service(
        f"preview/{ports.approval_links.make_preview(publication, number, _until(ports, number))}"
    )


def _until(ports: MailPorts, number: int) -> dt.datetime:
    if is_correction(number):  # it has no window
        return ports.clock.now() + LATE
    schedule = ports.content.publication.schedule
    ends = timetable.window_ends(timetable.due(issue_of(ports.content, number).week, schedule), schedule)
    return expiry(ends, ports.clock.now())


def look(ports: MailPorts, token: str) -> Approvable:
    """Return what a link shows. Raises LinkRefused, AlreadyOut, and ContentError for an issue that cannot be rendered."""
    publication, now = ports.content.publication, ports.clock.now()
    link = ports.approval_links.read(publication, token, now)
    made = still_open(ports, link.number)
    link.check(made.digest)
    given = [one for one in ports.approvals.of(link.number) if one.digest == made.digest]
    editors = {editor.name for editor in publication.editors}
    due = timetable.due(made.issue.week, publication.schedule)
    return Approvable(
        link, made, preflight(ports, link.number), due, now > timetable.window_ends(due, publication.schedule),
        tuple(sorted({one.by for one in given} & editors)), approval.missing(publication, made.digest, given),
    )  # fmt: skip


def approve_by_link(ports: MailPorts, token: str) -> ApprovalGiven:
    """Approve, as the editor of the link, what its proof showed. Raises as `look`, and ContentError for its errors."""
    link = look(ports, token).link
    return give(ports, link.number, link.editor.name, How.LINK)


def withdraw_by_link(ports: MailPorts, token: str) -> ApprovalWithdrawn:
    """Take the approval of the link's editor back. Raises as `look`, and Refused when there is none."""
    link = look(ports, token).link
    return take_back(ports, link.number, link.editor.name, How.LINK)
