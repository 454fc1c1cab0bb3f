"""A person's name, bound to the digest of exactly what will be sent. Pure.

The digest covers the issue's file and the frozen wire message (its bodies, its headers, the merge fields): after an edit of the
file, a template or a setting that changes one byte of the mail, nobody has approved the issue as it is.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence

from publisher import timetable
from publisher.errors import ContentError, Problem, Refused, Severity
from publisher.issue import Approval, Approved
from publisher.numbers import named, typed
from publisher.publication import Editor, Publication


def digest_of(source: bytes, message: bytes) -> str:
    """Return the SHA-256, in hexadecimal, of an issue's file and its frozen message."""
    digest = hashlib.sha256()
    for part in (source, message):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def approve(publication: Publication, by: str, digest: str, findings: Sequence[Problem], now: dt.datetime) -> Approval:
    """Return the approval of an editor. Raises ContentError while the pre-flight has errors, Refused for a stranger."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        raise ContentError(errors)
    return Approval(by=editor_named(publication, by).name, at=now, digest=digest)


def editor_named(publication: Publication, name: str) -> Editor:
    """Return the editor of that name, however it is capitalised. Raises Refused for a stranger."""
    editor = next((editor for editor in publication.editors if editor.name.casefold() == name.strip().casefold()), None)
    if editor is None:
        names = ", ".join(editor.name for editor in publication.editors)
        raise Refused(f"{name!r} is not an editor of this publication; publication.toml names {names}")
    return editor


def by_hand(publication: Publication, number: int) -> None:
    """Raise Refused if a name that is typed into a command does not count as a person."""
    if not publication.approval.shell:
        raise Refused(
            f"{named(number)} is approved by the button in the proof that each editor gets (pressroom proof {typed(number)} mails a "
            "new one); for names typed into a command to count, set approval.shell = true in content/publication.toml"
        )


def command(publication: Publication, number: int) -> str:
    """Return the command that leads to an approval: one that approves, or one that mails each editor a link that does."""
    return (
        f"pressroom approve {typed(number)} --by NAME"
        if publication.approval.shell
        else f"pressroom proof {typed(number)}"
    )


def way(publication: Publication, number: int) -> str:
    """Return how an issue is approved, for the end of a sentence."""
    if publication.approval.shell:
        return command(publication, number)
    return f"press the button in its proof ({command(publication, number)} mails a new one)"


def missing(publication: Publication, digest: str, approvals: Sequence[Approval]) -> int:
    """Return how many more people have to approve these bytes. Names that are no longer editors do not count."""
    people = {approval.by for approval in _of_editors(publication, approvals) if approval.digest == digest}
    return max(0, publication.approval.people - len(people))


def _of_editors(publication: Publication, approvals: Sequence[Approval]) -> tuple[Approval, ...]:
    editors = {editor.name for editor in publication.editors}
    return tuple(approval for approval in approvals if approval.by in editors)


def approved(
    publication: Publication, number: int, subject: str, digest: str, message: bytes, approvals: Sequence[Approval]
) -> Approved:
    """Return the issue as it may be sent. Raises Refused when nobody, or too few people, approved these bytes."""
    counted = _of_editors(publication, approvals)
    valid = tuple(approval for approval in counted if approval.digest == digest)
    lacking = missing(publication, digest, approvals)
    if lacking and counted and not valid:
        last = max(counted, key=lambda approval: approval.at)
        when = timetable.local(last.at, publication.schedule)
        raise Refused(
            f"{named(number)} was changed after {last.by} approved it on {when}; "
            f"see what changed: pressroom diff {typed(number)}; then: {way(publication, number)}"
        )
    if lacking:
        more = "more " if valid else ""
        people = f"one {more}person" if lacking == 1 else f"{lacking} {more}people"
        have = f" (approved by {', '.join(sorted({a.by for a in valid}))})" if valid else ""
        raise Refused(f"{named(number)} needs the approval of {people}{have}: {way(publication, number)}")
    return Approved(number, digest, subject, message, valid)
