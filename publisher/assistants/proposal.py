"""A proposed piece -> the draft's file, or everything that is wrong with the proposal.

The file is made by code, from plain words: the assistant writes no Markdown and no link. What it claims of past issues has
to pass the checks of drafted sentences. The rest is its own words, which have no source, and the file says so to the
editor, in lines that begin with TODO: until a person has taken them out, `pressroom ready` refuses the piece.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from publisher.assistants.inputs import Paragraph, ProposePiece
from publisher.assistants.reading import known_section
from publisher.content.frontmatter import dump
from publisher.content.prose import escape, one_line, sentences
from publisher.content.slug import slug_of
from publisher.draft.facts import foreign_facts
from publisher.draft.ground import MOST_CLAIMS, ground, malformed
from publisher.errors import ToolRefused
from publisher.issue import Claim, Passage, PieceStatus
from publisher.language import Phrase, language_of
from publisher.old_news import repeated, sections_of, shingles
from publisher.ports import Content, Hit, Proposal
from publisher.publication import SectionPlan

MOST_REASONS: Final = 8
"""How many faults are told at once."""

_AN_ISSUE = re.compile(r"(?i)\b(?:issues?|no|nos|nr|nº|n°|ausgaben?|numéros?|números?)\b\W{0,3}#?\d|第\s?\d+\s?[期号]")


@dataclass(frozen=True, slots=True)
class NewDraft:
    """The file of a draft that is about to be written; `path` begins with content/."""

    path: Path
    text: str


def new_draft(
    asked: ProposePiece, content: Content, given: Mapping[str, Passage], *, day: dt.date, by: str
) -> NewDraft:
    """Return the draft of a proposal. Raises ToolRefused with everything that is wrong with it.

    `given` are the passages that may be cited: published ones that the assistant has seen. `by` names who proposes.
    """
    known_section(asked.section, content)
    plan = next(plan for plan in content.publication.sections if plan.id == asked.section)
    claims, faults = _claims(asked.paragraphs, given)
    faults = [*_faults_of_lines(asked, content), *_faults_of_own_words(asked.paragraphs, given), *faults]
    path = _free_path(asked.title, plan, content, day)
    if not faults:
        body = "\n\n".join(_body(asked.paragraphs, claims, given, content))
        if old := repeated({path: body}, sections_of(one for one in content.issues if one.published)).get(path):
            faults.append(f"half of what it says, or more, was already in issue {old}: say something new")
    if faults:
        raise ToolRefused("the proposal does not hold: " + "; ".join(faults[:MOST_REASONS]))
    front = {"title": asked.title, "summary": asked.summary, "status": PieceStatus.DRAFT.value, "added": day}
    notes = "\n\n".join(_notes(asked.paragraphs, claims, given, day, by))
    return NewDraft(path, f"---\n{dump(front)}---\n{body}\n\n{notes}\n")


def _claims(
    paragraphs: Sequence[Paragraph], given: Mapping[str, Passage]
) -> tuple[Mapping[Paragraph, Claim], list[str]]:
    """Return the claim that each cited paragraph became, and why others became none."""
    cited = [one for one in paragraphs if one.passage]
    if len(cited) > MOST_CLAIMS:
        return {}, [f"{len(cited)} paragraphs cite a passage, and {MOST_CLAIMS} may"]
    faults = [
        f"paragraph {paragraphs.index(one) + 1}: {one.passage!r} was not given to you"
        for one in cited
        if one.passage not in given
    ]
    if faults:
        return {}, faults
    hits = [Hit(passage, 1.0) for passage in dict.fromkeys(given[one.passage] for one in cited)]
    sentences_ = tuple((one.text, one.passage, one.quotation) for one in cited)
    claims, dropped = ground(Proposal(sentences_, "assistant"), hits)
    if dropped:
        return {}, [
            re.sub(r"^sentence (\d+)", lambda n: f"paragraph {_place(paragraphs, cited[int(n[1]) - 1])}", why)
            for why in dropped
        ]
    return dict(zip(cited, claims, strict=True)), []


def _place(paragraphs: Sequence[Paragraph], one: Paragraph) -> int:
    return next(number for number, other in enumerate(paragraphs, 1) if other is one)


def _faults_of_lines(asked: ProposePiece, content: Content) -> Iterator[str]:
    for name, line in (("title", asked.title), ("summary", asked.summary)):
        if fault := malformed(f"«{line.rstrip(' .!?…')}» is what this piece is about."):
            yield f"the {name} {fault}"
    same = asked.title.strip().casefold()
    if twin := next((piece for piece in content.pieces if piece.title.strip().casefold() == same), None):
        yield f"{twin.path} has this title already"


def _faults_of_own_words(paragraphs: Sequence[Paragraph], given: Mapping[str, Passage]) -> Iterator[str]:
    past = frozenset[tuple[str, ...]]().union(*(shingles(passage.text) for passage in given.values()))
    for number, one in enumerate(paragraphs, 1):
        if one.passage:
            continue
        if one.quotation:
            yield f"paragraph {number}: its quotation has no passage"
        for sentence in sentences(one.text.strip()):
            if fault := malformed(sentence):
                yield f"paragraph {number}: a sentence {fault}"
        if _AN_ISSUE.search(one.text):
            yield f"paragraph {number}: it speaks of an issue and cites no passage"
        if len(one.text.split()) > 7 and past & shingles(one.text):
            yield f"paragraph {number}: it repeats a passage without citing it"


def _free_path(title: str, plan: SectionPlan, content: Content, day: dt.date) -> Path:
    """Return the path of a file that is not there, as far as content was read."""
    taken = {piece.path for piece in content.pieces} | {problem.path for problem in content.problems}
    stem = slug_of(title) or f"{plan.id}-{day}"
    names = (stem, *(f"{stem}-{number}" for number in range(2, 1000)))
    paths = (Path("content") / plan.folder / f"{name}.md" for name in names)
    return next(path for path in paths if path not in taken)


def _body(
    paragraphs: Sequence[Paragraph],
    claims: Mapping[Paragraph, Claim],
    given: Mapping[str, Passage],
    content: Content,
) -> Iterator[str]:
    language = language_of(content.publication)
    for one in paragraphs:
        claim = claims.get(one)
        if claim is None:
            yield escape(one_line(one.text))
            continue
        passage = given[claim.passage]
        label = language.say(Phrase("No. %(number)s"), number=passage.issue)
        yield f"{escape(one_line(claim.text))} ([{escape(label)}](../issues/{passage.issue:04d}.md#{passage.section}))"


def _notes(
    paragraphs: Sequence[Paragraph],
    claims: Mapping[Paragraph, Claim],
    given: Mapping[str, Passage],
    day: dt.date,
    by: str,
) -> Iterator[str]:
    """Yield what the editor has to know, each in a line that `pressroom ready` takes for work that is left."""
    yield (
        f"TODO: {escape(by)} proposed this draft on {day}. Compare each sentence with its source, make the words your own, and "
        "take out the lines that begin with TODO."
    )
    for claim in claims.values():
        yield f"TODO: issue {given[claim.passage].issue}, {claim.passage}: «{escape(one_line(claim.quote))}»"
    own = " ".join(one.text for one in paragraphs if not one.passage)
    if own:
        source = "\n".join(given[claim.passage].text for claim in claims.values())
        facts = ", ".join(dict.fromkeys(map(one_line, foreign_facts(own, source))))
        check = f" Check above all: {escape(facts[:500])}." if facts else ""
        yield f"TODO: paragraphs without a link are the assistant's own words and have no source.{check}"
