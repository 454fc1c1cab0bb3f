"""A proposed piece -> the draft's file.

The file is made by code, from plain words: the assistant writes no Markdown and no link. What it claims of past issues has
to pass the checks of drafted sentences. The rest is its own words, which have no source, and the file says so to the
editor, in lines that begin with TODO: until a person has taken them out, `pressroom ready` refuses the piece.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from publisher.assistants.faults import Claims, judge
from publisher.assistants.inputs import ProposePiece
from publisher.assistants.reading import known_section
from publisher.content.frontmatter import dump
from publisher.content.prose import escape, one_line
from publisher.content.slug import slug_of
from publisher.draft.facts import foreign_names, foreign_numbers
from publisher.errors import ToolRefused
from publisher.issue import Passage, PieceStatus
from publisher.language import Phrase, language_of
from publisher.old_news import repeated, sections_of
from publisher.ports import Content
from publisher.publication import SectionPlan

MOST_REASONS: Final = 8
"""How many faults are told at once."""


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
    claims, faults = judge(asked, content, given)
    if faults:
        raise ToolRefused(f"the proposal does not hold: {'; '.join(faults[:MOST_REASONS])}")
    path, body = _free_path(asked.title, plan, content, day), "\n\n".join(_body(asked, claims, given, content))
    if old := repeated({path: body}, sections_of(one for one in content.issues if one.published)).get(path):
        raise ToolRefused(f"half of what it says, or more, was already in issue {old}: say something new")
    front = {"title": asked.title, "summary": asked.summary, "status": PieceStatus.DRAFT.value, "added": day}
    notes = "\n\n".join(
        _notes(asked, claims, given, f"{by} proposed this draft on {day}", content.publication.language)
    )
    return NewDraft(path, f"---\n{dump(front)}---\n{body}\n\n{notes}\n")


def _free_path(title: str, plan: SectionPlan, content: Content, day: dt.date) -> Path:
    """Return the path of a file that is not there, as far as content was read."""
    taken = {piece.path for piece in content.pieces} | {problem.path for problem in content.problems}
    stem = slug_of(title) or f"{plan.id}-{day}"
    names = (stem, *(f"{stem}-{number}" for number in range(2, 1000)))
    paths = (Path("content") / plan.folder / f"{name}.md" for name in names)
    return next(path for path in paths if path not in taken)


def _body(asked: ProposePiece, claims: Claims, given: Mapping[str, Passage], content: Content) -> Iterator[str]:
    language = language_of(content.publication)
    for one in asked.paragraphs:
        if claim := claims.get(one):
            passage = given[claim.passage]
            label = language.say(Phrase("No. %(number)s"), number=passage.number)
            target = f"../issues/{passage.issue:04d}.md#{passage.section}"
            yield f"{escape(one_line(claim.text))} ([{escape(label)}]({target}))"
        else:
            yield escape(one_line(one.text))


def _notes(asked: ProposePiece, claims: Claims, given: Mapping[str, Passage], who: str, language: str) -> Iterator[str]:
    """Yield what the editor has to know, each in a line that `pressroom ready` takes for work that is left."""
    yield (
        f"TODO: {escape(who)}. Compare each sentence with its source, make the words your own, and take out the lines that begin "
        "with TODO."
    )
    for claim in claims.values():
        yield f"TODO: issue {given[claim.passage].issue}, {claim.passage}: «{escape(one_line(claim.quote))}»"
    own = " ".join(one.text for one in asked.paragraphs if not one.passage)
    if own:
        source = "\n".join(given[claim.passage].text for claim in claims.values())
        facts = [*foreign_numbers(own, source, language), *foreign_names(own, source, language)]
        listed = ", ".join(dict.fromkeys(map(one_line, facts)))
        check = f" Check above all: {escape(listed[:500])}." if listed else ""
        yield f"TODO: paragraphs without a link are the assistant's own words and have no source.{check}"
