"""Diff: what changed in an issue since it was last proofed or approved, for `pressroom diff` and beside a proof."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from publisher import timetable
from publisher.changed_mail import PartChange, parts_changed
from publisher.changed_words import Change, changed
from publisher.content.correction_file import read_correction
from publisher.content.issue_file import read_issue, with_field
from publisher.draft.sources import sources
from publisher.errors import Refused, UserError
from publisher.numbers import is_correction, named, typed
from publisher.ports import Occasion, ShownIssue
from publisher.review import FIRST_PROOF, Review, reviewed
from publisher.stages.ports import Proof, PublishPorts
from publisher.stages.proof import frozen, proof, rendered_as_now


@dataclass(frozen=True, slots=True)
class Difference:
    """What is not as it was `at` a time, when it was proofed or approved.

    `words` changed in the issue's file. `parts` changed in the mail without that: publication.toml, templates or
    pictures did. `unknown` says why that could not be found out.
    """

    number: int
    file: str
    occasion: Occasion
    at: dt.datetime
    words: tuple[Change, ...]
    parts: tuple[PartChange, ...]
    unknown: str = ""

    @property
    def nothing(self) -> bool:
        return not (self.words or self.parts or self.unknown)


def diff(ports: PublishPorts, number: int, since: Occasion | None = None) -> Difference:
    """Return what changed since the last proof or approval, whichever was later. Raises Refused when none was kept."""
    made = proof(ports, number)
    kept = [ports.approvals.last_shown(number, one) for one in Occasion if since in (None, one)]
    last = max((one for one in kept if one), key=lambda one: one.at, default=None)
    if last is None:
        never = f"has no {since or 'proof or approval'} yet" if not ports.approvals.record(number) else (
            f"has no {since or 'proof or approval'} whose text was kept"
        )  # fmt: skip
        raise Refused(
            f"{named(number)} {never}, so there is nothing to compare it with; pressroom proof {typed(number)} mails one"
        )
    return _compared(ports, last, made)


def since_another_proof(ports: PublishPorts, number: int) -> Difference | None:
    """Return what changed since the last proof that was not exactly of what would be sent now; None if that is the first."""
    made = proof(ports, number)
    last = ports.approvals.last_shown(number, Occasion.PROOF, but=made.digest)
    return _compared(ports, last, made) if last else None


def review(ports: PublishPorts, number: int) -> Review:
    """Return what an editor sees beside the issue: what changed since the last proof of another text, and drafts' sources."""
    made, found = proof(ports, number), since_another_proof(ports, number)
    cited = sources(made.issue, ports.content)
    if found is None:
        return Review(FIRST_PROOF, sources=cited)
    since = f"Changed since the proof of {timetable.local(found.at, ports.content.publication.schedule)}:"
    return reviewed(since, found.file, found.words, found.parts, found.unknown, cited)


def _compared(ports: PublishPorts, last: ShownIssue, made: Proof) -> Difference:
    path = made.issue.path
    source = last.source
    if made.issue.published:  # written when it went out, by nobody whose change this would be
        source = with_field(path, source, "published", made.issue.published).encode()
    before, after = (each.decode("utf-8", "replace") for each in (source, made.issue.source))
    words, unknown = changed(before, after), ""
    if before == after and source != made.issue.source:
        words = (Change(1, ()),)
    try:
        then = _as_now(ports, last, made)
    except UserError as error:  # a piece or picture that it needed may be gone
        then, unknown = last.message, str(error)
    return Difference(
        last.number, path.as_posix(), last.occasion, last.at, words, parts_changed(last.message, then), unknown
    )


def _as_now(ports: PublishPorts, last: ShownIssue, made: Proof) -> bytes:
    """Return the mail that the file of then would make with everything else as it is now."""
    if last.source == made.issue.source:
        return made.message
    read = read_correction if is_correction(last.number) else read_issue
    then = rendered_as_now(read(made.issue.path, last.source), ports)
    return frozen(then, ports.content.publication)
