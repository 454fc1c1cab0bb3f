"""The drafting stage: find passages, ask the first writer, keep what holds, fall back until three sentences do."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.draft.brief import find, own_text, topics_of
from publisher.draft.ground import FEWEST_CLAIMS, ground
from publisher.errors import NothingToDraft, Problem, WriterUnavailable
from publisher.issue import Claim, Draft, DraftNote, Issue
from publisher.ports import Brief, Hit, Proposal, Retriever, Writer


def draft_section(
    issue: Issue, section: str, retriever: Retriever, writers: Sequence[Writer], *, publication: str
) -> Draft:
    """Draft one section of `issue` from earlier ones; `writers` in the order of preference.

    When a writer is unavailable, or fewer than three of its sentences hold, the next one is asked; the note says so.
    Raises NothingToDraft when none of them has three: then there are too few past issues.
    """
    hits = find(retriever, issue, section)
    brief = Brief(section=section, publication=publication, topics=topics_of(issue), hits=hits, issue=issue.number)
    fallbacks: list[str] = []
    tokens = most = 0
    for writer in writers:
        try:
            proposal = writer.write(brief)
        except WriterUnavailable as unavailable:
            fallbacks.append(str(unavailable))
            tokens += unavailable.tokens
            continue
        tokens += proposal.tokens
        claims, dropped = ground(proposal, hits, own_text=own_text(issue))
        if len(claims) >= FEWEST_CLAIMS:
            return Draft(section, claims, _note(proposal, claims, tokens, fallbacks))
        most = max(most, len(claims))
        fallbacks.append(_shortfall(proposal, claims, dropped))
    raise NothingToDraft([_too_few(issue, section, hits, most)])


def _note(proposal: Proposal, claims: Sequence[Claim], tokens: int, fallbacks: Sequence[str]) -> DraftNote:
    return DraftNote(
        writer=proposal.writer,
        model=proposal.model,
        tokens=tokens,
        fallbacks=tuple(fallbacks),
        passages=tuple(claim.passage for claim in claims),
    )


def _shortfall(proposal: Proposal, claims: Sequence[Claim], dropped: Sequence[str]) -> str:
    """Say how many sentences held and why the first did not, without the reply's own words: readers see this."""
    first = f" ({':'.join(dropped[0].split(':')[:2])})" if dropped else ""
    return f"{proposal.writer}: {len(claims)} of {len(proposal.sentences)} sentences held{first}"


def _too_few(issue: Issue, section: str, hits: Sequence[Hit], most: int) -> Problem:
    issues = len({hit.passage.issue for hit in hits})
    what = (
        f"the section {section!r} cannot be drafted: {issues} published, earlier issue{'' if issues == 1 else 's'} "
        f"gave {most} of the {FEWEST_CLAIMS} sentences it needs"
    )
    fix = (
        "publish or import more issues (`pressroom archive import`), write the section by hand, "
        "or leave it out: remove its heading, and its name from `drafted:`"
    )
    existing = issue.section(section)
    return Problem(issue.path, existing.line or None if existing else None, what, fix, rule="draft")
