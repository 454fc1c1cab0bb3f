"""The drafting stage: ask a writer, keep what holds, let it repair the rest, and turn to the next one until enough holds.

It is one loop for every writer. Sentences are taken in the order in which they are proposed, one for each item of the week
and two at most of each issue; one that fails a check is replaced by the next. A writer that can use it is told once
which checks its sentences failed. Fewer than three sentences are kept only when no writer has more.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from publisher.draft.brief import brief_of
from publisher.draft.ground import FEWEST_CLAIMS, Weighed, weigh
from publisher.draft.in_common import in_common
from publisher.draft.leads import lead_in, nearest_item, opening, with_years
from publisher.errors import NothingToDraft, Problem, WriterUnavailable
from publisher.issue import Claim, Draft, DraftNote, Issue, Passage
from publisher.language import Language, language_of
from publisher.ports import Brief, Content, Dropped, Hit, Item, Proposal, Retriever, VectorRetriever, Writer

PER_ISSUE: Final = 2
"""Sentences of one past issue: more of them would be that issue again."""

ENOUGH: Final = 4
"""Sentences that a section gets from a writer that has many more."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What held of a proposal: each claim with the item that it is about, and what failed. `resort`: it was the last resort."""

    proposal: Proposal
    held: tuple[tuple[Claim, int | None], ...]
    failed: tuple[Weighed, ...]
    resort: bool = False


def draft_section(
    issue: Issue, section: str, retriever: Retriever, writers: Sequence[Writer], *, content: Content
) -> Draft:
    """Draft one section of `issue` from earlier ones; `writers` in the order of preference.

    When a writer is unavailable, or fewer than three of its sentences hold, the next one is asked; the note says so. Its
    `search` says why vectors were not compared where they should have been.
    Raises NothingToDraft when no sentence of any writer holds.
    """
    brief = brief_of(issue, section, retriever, content)
    language = language_of(content.publication)
    search = retriever.shortfall if isinstance(retriever, VectorRetriever) else ""
    fallbacks: list[str] = []
    best: _Attempt | None = None
    tokens = 0
    for writer in writers:
        try:
            attempt, spent = _ask(writer, brief, language)
        except WriterUnavailable as unavailable:
            fallbacks.append(str(unavailable))
            tokens += unavailable.tokens
            continue
        tokens += spent
        if best is None or len(attempt.held) > len(best.held):
            best = attempt
        if len(attempt.held) >= FEWEST_CLAIMS:
            break
        fallbacks.append(_shortfall(attempt))
    if best is None or not best.held:
        raise NothingToDraft([_nothing(issue, section, brief)])
    if len(best.held) < FEWEST_CLAIMS:
        fallbacks.remove(_shortfall(best))
    made = _draft(issue, section, brief, best, language, tokens, fallbacks)
    return dataclasses.replace(made, note=dataclasses.replace(made.note, search=search or None))


def _ask(writer: Writer, brief: Brief, language: Language) -> tuple[_Attempt, int]:
    """Return what holds of a writer's sentences, after one round of repair if it can use one, and the tokens spent."""
    proposal = writer.write(brief)
    attempt, tokens = _attempt(proposal, brief, language), proposal.tokens
    if len(attempt.held) >= FEWEST_CLAIMS or not attempt.failed or not proposal.repairs:
        return attempt, tokens
    kept = tuple((claim.text, claim.passage, claim.quote) for claim, _ in attempt.held)
    dropped = tuple(Dropped(one.sentence, one.passage, one.quotation, one.check) for one in attempt.failed)
    try:
        again = writer.write(dataclasses.replace(brief, kept=kept, dropped=dropped))
    except WriterUnavailable as unavailable:
        return attempt, tokens + unavailable.tokens
    repaired = dataclasses.replace(again, sentences=(*kept, *again.sentences), items=())
    return _attempt(repaired, brief, language), tokens + again.tokens


def _attempt(proposal: Proposal, brief: Brief, language: Language) -> _Attempt:
    """Check the sentences that would be taken, and replace those that fail until all of them hold."""
    passages = _passages(brief)
    failed: dict[int, Weighed] = {}
    while True:
        chosen = _chosen(proposal, brief, failed)
        wanted = Proposal(tuple(proposal.sentences[place] for place in chosen), proposal.writer)
        shown = dict.fromkeys((*(hit.passage.id for hit in brief.hits), *(one[1] for one in wanted.sentences)))
        hits = [Hit(passages[id_], 0.0) for id_ in shown if id_ in passages]
        weighed = weigh(wanted, hits, own_text=brief.own_text, language=brief.language)
        found = {place: _undated(one, passages, language) for place, one in zip(chosen, weighed, strict=True)}
        if new := {place: one for place, one in found.items() if one.claim is None}:
            failed |= new
            continue
        items = proposal.items
        held = tuple(
            (one.claim, items[place] if items else None) for place, one in found.items() if one.claim is not None
        )
        resort = any(place >= _good(proposal) for place in found)
        return _Attempt(proposal, held, tuple(failed.values()), resort)


def _undated(one: Weighed, passages: dict[str, Passage], language: Language) -> Weighed:
    """Let a sentence fail that names a month of which nobody can tell the year."""
    if one.claim is None or with_years(one.claim.text, passages[one.claim.passage].date, language) is not None:
        return one
    return dataclasses.replace(one, claim=None, check="dates", reason="names a month that may be of another year")


def _chosen(proposal: Proposal, brief: Brief, failed: Iterable[int]) -> list[int]:
    """Return the places of the sentences that are taken: one for each item and passage, two at most of each issue."""
    most = ENOUGH if proposal.items else brief.sentences[1]
    good = _good(proposal)
    return _taken(proposal, brief, failed, range(good), most) or _taken(
        proposal, brief, failed, range(good, len(proposal.sentences)), 1
    )


def _good(proposal: Proposal) -> int:
    return len(proposal.sentences) if proposal.good is None else proposal.good


def _taken(proposal: Proposal, brief: Brief, failed: Iterable[int], places: Iterable[int], most: int) -> list[int]:
    passages = _passages(brief)
    items: set[int] = set()
    cited: set[str] = set()
    issues: Counter[int] = Counter()
    chosen: list[int] = []
    for place in places:
        passage_id = proposal.sentences[place][1]
        item = proposal.items[place] if proposal.items else None
        issue = passages[passage_id].issue if passage_id in passages else 0
        if place in failed or passage_id in cited or item in items or (issue and issues[issue] >= PER_ISSUE):
            continue
        chosen.append(place)
        cited.add(passage_id)
        issues[issue] += 1
        items.update([item] if item is not None else [])
        if len(chosen) == most:
            break
    return chosen


def _passages(brief: Brief) -> dict[str, Passage]:
    hits = (*brief.hits, *(hit for item in brief.items for hit in item.hits))
    return {hit.passage.id: hit.passage for hit in hits}


def _draft(
    issue: Issue,
    section: str,
    brief: Brief,
    attempt: _Attempt,
    language: Language,
    tokens: int,
    fallbacks: Sequence[str],
) -> Draft:
    passages = _passages(brief)
    held = sorted(
        attempt.held, key=lambda one: one[1] or 0
    )  # as the week goes on, where the writer says what it is about
    claims = tuple(
        _led(claim, _item(claim, place, brief), passages[claim.passage], brief, language, barely=attempt.resort)
        for claim, place in held
    )
    note = DraftNote(
        writer=attempt.proposal.writer,
        model=attempt.proposal.model,
        tokens=tokens,
        fallbacks=tuple(fallbacks),
        passages=tuple(claim.passage for claim in claims),
    )
    nearest = attempt.resort and not any(
        _subject(claim, _item(claim, place, brief), passages[claim.passage], brief, barely=True)
        for claim, place in held
    )
    first = opening([passages[claim.passage] for claim in claims], issue.date, language, nearest=nearest)
    return Draft(section, claims, note, first)


def _item(claim: Claim, place: int | None, brief: Brief) -> Item | None:
    return brief.items[place] if place is not None else nearest_item(claim, brief.items, brief.language)


def _led(claim: Claim, item: Item | None, passage: Passage, brief: Brief, language: Language, *, barely: bool) -> Claim:
    text = with_years(claim.text, passage.date, language) or claim.text
    subject = _subject(claim, item, passage, brief, barely=barely)
    return dataclasses.replace(claim, text=text, lead=lead_in(item, passage, language, subject))


def _subject(claim: Claim, item: Item | None, passage: Passage, brief: Brief, *, barely: bool) -> str:
    """Return what a claim has in common with its item, if that weighs enough to be named."""
    common = in_common(item, claim.text, brief.language, passage) if item is not None else None
    rarest = max((weight for one in brief.items for weight in one.terms.values()), default=0.0)
    return common.words if common is not None and common.names(rarest, barely=barely) else ""


def _shortfall(attempt: _Attempt) -> str:
    """Say how many sentences held and which checks the others failed, without the reply's own words."""
    names = ", ".join(dict.fromkeys(one.check for one in attempt.failed))
    held = f"{attempt.proposal.writer}: {len(attempt.held)} of {len(attempt.held) + len(attempt.failed)} sentences held"
    return f"{held} ({names})" if names else held


def _nothing(issue: Issue, section: str, brief: Brief) -> Problem:
    issues = len({passage.issue for passage in _passages(brief).values()})
    found = (
        "no earlier, published issue has anything on this week's topics"
        if not issues
        else (
            f"{issues} earlier issue{' has' if issues == 1 else 's have'} something on this week's topics, "
            "but no sentence that says it by itself"
        )
    )
    what = f"the section {section!r} cannot be drafted: {found}"
    fix = (
        "publish or import more issues (`pressroom archive import`), write the section by hand, "
        "or leave it out: remove its heading, and its name from `drafted:`"
    )
    existing = issue.section(section)
    return Problem(issue.path, existing.line or None if existing else None, what, fix, rule="draft")
