"""Words that went out before: the 8-word shingles that a text shares with past issues. Pure.

What a section of past issues says, and what the frozen mail says of an issue whose file is gone, went out. A drafted
section quotes past issues, an evergreen piece repeats, and so may a question and its answer: none of them is old news.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from publisher.content.shingles import SHINGLE
from publisher.content.shingles import shingles as runs
from publisher.content.used import Uses, named, piece_of
from publisher.errors import Problem
from publisher.issue import ARCHIVE, Issue, Piece, PieceStatus
from publisher.ports import Content
from publisher.publication import Publication

OLD = 0.5
"""The share of a text's shingles from which it is old news."""

_LINK = re.compile(r"\]\([^)\s\]]*\)|https?://\S+")
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\w+")
"""A word, or a sign of a script that puts no spaces between words."""

Shingles = frozenset[tuple[str, ...]]


class Sent(NamedTuple):
    """A text that went out, or is about to, in an issue."""

    number: int
    text: str


def shingles(text: str) -> Shingles:
    """Return every run of eight words of a text in Markdown or plain text; a shorter text is one run.

    >>> len(shingles("one two three four five six seven eight nine")), len(shingles("[One](a.md) two")), len(shingles(""))
    (2, 1, 0)
    """
    return frozenset(_runs(text))


def sections_of(issues: Iterable[Issue]) -> Iterator[Sent]:
    """Yield what the sections of issues say, without those that were drafted from past ones."""
    for issue in issues:
        for section in issue.sections:
            if section.id != ARCHIVE and section.id not in issue.drafted:
                yield Sent(issue.number, section.body)


def sent_before(
    pieces: Iterable[Piece], issues: Sequence[Issue], publication: Publication, lost: Sequence[Sent] = ()
) -> dict[Path, int]:
    """Return the ready pieces that no issue took, and whose words went out all the same: path -> number of an issue.

    `lost` is the text of mails whose issue has no file any more. It is asked about questions, too, since nothing else says
    that they were used.
    """
    uses = Uses(issues)
    ready = [piece for piece in pieces if piece.status is PieceStatus.READY and not uses.of(piece)]
    repeats = {plan.id for plan in publication.sections if plan.answers_next_week}
    found = repeated({one.path: one.body for one in ready if one.section not in repeats}, sections_of(issues))
    return found | repeated({one.path: one.body for one in ready}, lost)


def repeated(texts: Mapping[Path, str], sent: Iterable[Sent]) -> dict[Path, int]:
    """Return the texts of which half went out before, each with the issue that has most of it."""
    own = {path: shingles(text) for path, text in texts.items()}
    every = frozenset[tuple[str, ...]]().union(*own.values())
    if not every:
        return {}
    shared: dict[Path, dict[int, set[tuple[str, ...]]]] = {path: {} for path in own}
    for number, text in sent:
        if met := every.intersection(_runs(text)):
            for path, mine in own.items():
                if both := mine & met:
                    shared[path].setdefault(number, set()).update(both)
    return {
        path: max(by_issue, key=lambda number: (len(by_issue[number]), -number))
        for path, by_issue in shared.items()
        if by_issue and len(set().union(*by_issue.values())) >= OLD * len(own[path])
    }


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    words = _WORD.findall(_LINK.sub(" ", text).casefold())
    if 0 < len(words) < SHINGLE:
        return iter((tuple(words),))
    return runs(words)


def repeats_in(issue: Issue, content: Content) -> Iterator[Problem]:
    """Find what an issue says again: a piece that another issue took, and a section that went out before."""
    if issue.published:
        return
    others = [
        one for one in content.issues if one.number != issue.number and (one.published or one.number < issue.number)
    ]
    uses, known, publication = Uses(others), named(content.pieces), content.publication
    asked = {plan.id for plan in publication.sections if plan.answers_next_week}
    texts: dict[Path, str] = {}
    for section in issue.sections:
        piece = piece_of(issue, section.id, known)
        if piece and piece.status is PieceStatus.EVERGREEN:
            continue
        if piece and (before := uses.of(piece)):
            what = f"{piece.path} is here again: it was already in issue {before[-1].issue.number}"
            yield Problem(
                issue.path, section.line, what, "take another piece, or set `status: evergreen` in it", rule="repeated"
            )
        elif section.id not in asked and section.id != ARCHIVE and section.id not in issue.drafted:
            texts[Path(section.id)] = section.body
    for path, number in repeated(texts, sections_of(others)).items():
        line = next(section.line for section in issue.sections if section.id == path.name)
        what = f"half of what the section {path.name!r} says, or more, was already in issue {number}"
        fix = "write it anew, or take another piece; to repeat a piece, set `status: evergreen` in it"
        yield Problem(issue.path, line, what, fix, rule="repeated")
