"""What the reading tools answer: bounded, from content alone, and of issues only what is published."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from publisher.assistants.inputs import FindRepeats, ListPieces, ReadIssue, SearchIssues
from publisher.content.used import Uses
from publisher.draft.passages import citable, cut
from publisher.errors import ToolRefused
from publisher.issue import Issue, Passage, PieceStatus
from publisher.old_news import Sent, repeated, sections_of, shingles
from publisher.ports import Content, Retriever

MOST_PASSAGE: Final = 1_200
"""Characters of a passage that are shown, and …"""
MOST_ISSUE: Final = 12_000
"""… of all passages of an issue."""
MOST_PIECES: Final = 60
MOST_FOUND: Final = 10

_URL = re.compile(r"https?://[^\s<>\[\]()\"'`]+(?:\([^\s<>()\"'`]*\)[^\s<>\[\]()\"'`]*)*")


@dataclass(frozen=True, slots=True)
class ShownPassage:
    """A passage as an assistant sees it; `cut` when it is longer than what is shown."""

    id: str
    issue: int
    date: dt.date
    heading: str
    text: str
    cut: bool


@dataclass(frozen=True, slots=True)
class Found:
    """Passages of published issues, the best first."""

    passages: tuple[ShownPassage, ...]


@dataclass(frozen=True, slots=True)
class ReadIssueAnswer:
    """A published issue by its passages; `not_shown` counts those that did not fit: ask for one section."""

    number: int
    date: dt.date
    title: str
    sections: Mapping[str, str]
    passages: tuple[ShownPassage, ...]
    not_shown: int


@dataclass(frozen=True, slots=True)
class ListedPiece:
    """A piece, and the last issue that it was in, if it was in one."""

    file: Path
    section: str
    title: str
    summary: str
    status: PieceStatus
    used_in: int | None


@dataclass(frozen=True, slots=True)
class Pieces:
    """The publication's sections, and pieces, the newest first; `not_shown` counts older ones."""

    publication: str
    sections: Mapping[str, str]
    pieces: tuple[ListedPiece, ...]
    not_shown: int


@dataclass(frozen=True, slots=True)
class Repeats:
    """What a text says again.

    `old_news` is the issue that half of it already was in; `shared` names issues and the runs of eight words that each has
    of it; `links` its URLs that issues had, with their numbers; `nearest` the passages most like it.
    """

    old_news: int | None
    shared: Mapping[int, int]
    links: Mapping[str, tuple[int, ...]]
    nearest: tuple[ShownPassage, ...]


def published(content: Content, today: dt.date) -> dict[str, Passage]:
    """Return what assistants may cite: the passages of issues that went out, today's among them."""
    return citable(content.issues, before=today + dt.timedelta(days=1))


def search_issues(asked: SearchIssues, retriever: Retriever, today: dt.date) -> Found:
    """Find passages; `retriever` has published ones only."""
    hits = retriever.search(asked.query, before=today + dt.timedelta(days=1), limit=asked.limit)
    return Found(tuple(_shown(hit.passage) for hit in hits))


def read_issue(asked: ReadIssue, content: Content) -> ReadIssueAnswer:
    """Read a published issue. Raises ToolRefused for any other."""
    issue = next((one for one in content.issues if one.number == asked.number and one.published), None)
    if issue is None:
        raise ToolRefused(f"there is no published issue {asked.number}; published are {_numbers(content.issues)}")
    sections = {section.id: section.title for section in issue.sections}
    if asked.section is not None and asked.section not in sections:
        raise ToolRefused(f"issue {asked.number} has no section {asked.section!r}; it has {', '.join(sections)}")
    passages = [one for one in cut(issue) if asked.section in (None, one.section)]
    sizes = itertools.accumulate(min(len(one.text), MOST_PASSAGE) for one in passages)
    fit = [_shown(one) for one, size in zip(passages, sizes, strict=True) if size <= MOST_ISSUE]
    return ReadIssueAnswer(issue.number, issue.date, issue.title, sections, tuple(fit), len(passages) - len(fit))


def list_pieces(asked: ListPieces, content: Content) -> Pieces:
    """List pieces with where they stand. Raises ToolRefused for a section that there is not."""
    sections = {plan.id: plan.folder for plan in content.publication.sections}
    if asked.section is not None:
        known_section(asked.section, content)
    uses = Uses(content.issues)
    wanted = [piece for piece in content.pieces if asked.section in (None, piece.section)]
    wanted.sort(key=lambda piece: (piece.added, piece.reference), reverse=True)
    listed = [
        ListedPiece(
            piece.path, piece.section, piece.title, piece.summary, piece.status,
            max((use.issue.number for use in uses.of(piece)), default=None),
        )
        for piece in wanted[:MOST_PIECES]
    ]  # fmt: skip
    return Pieces(content.publication.name, sections, tuple(listed), len(wanted) - len(listed))


def find_repeats(asked: FindRepeats, content: Content, retriever: Retriever, today: dt.date) -> Repeats:
    """Say what of a text went out before: its words, its links, and what is most like it."""
    out = [issue for issue in content.issues if issue.published]
    sent = list(sections_of(out))
    whole = repeated({Path("text"): asked.text}, sent)
    hits = retriever.search(asked.text, before=today + dt.timedelta(days=1), limit=MOST_FOUND // 2)
    return Repeats(
        whole.get(Path("text")),
        _shared(asked.text, sent),
        dict(itertools.islice(_repeated_links(asked.text, sent), MOST_FOUND)),
        tuple(_shown(hit.passage) for hit in hits),
    )


def known_section(section: str, content: Content) -> None:
    """Raise ToolRefused for a section that the publication does not have."""
    known = [plan.id for plan in content.publication.sections]
    if section not in known:
        raise ToolRefused(f"there is no section {section!r}; the sections are {', '.join(known)}")


def has_link(url: str, content: Content) -> bool:
    """Whether a URL stands in a published issue or a piece: no other is looked up, for it could carry words away."""
    texts = [piece.body for piece in content.pieces] + [piece.answer or "" for piece in content.pieces]
    texts += [one.text for one in _everything(issue for issue in content.issues if issue.published)]
    return any(url in _links(text) for text in texts if url in text)


def _everything(issues: Iterable[Issue]) -> Iterable[Sent]:
    for issue in issues:
        yield Sent(issue.number, issue.lead)
        yield from (Sent(issue.number, section.body) for section in issue.sections)


def _shared(text: str, sent: Iterable[Sent]) -> dict[int, int]:
    mine = shingles(text)
    by_issue: dict[int, set[tuple[str, ...]]] = {}
    for number, other in sent:
        if both := mine & shingles(other):
            by_issue.setdefault(number, set()).update(both)
    ranked = sorted(by_issue.items(), key=lambda item: (-len(item[1]), item[0]))
    return {number: len(both) for number, both in ranked[:MOST_FOUND]}


def _repeated_links(text: str, sent: Iterable[Sent]) -> Iterable[tuple[str, tuple[int, ...]]]:
    known: dict[str, set[int]] = {}
    for number, other in sent:
        for url in _links(other):
            known.setdefault(url, set()).add(number)
    for url in sorted(_links(text)):
        if url in known:
            yield url, tuple(sorted(known[url])[-MOST_FOUND:])


def _links(text: str) -> frozenset[str]:
    return frozenset(url.rstrip(".,;:!?") for url in _URL.findall(text))


def _shown(passage: Passage) -> ShownPassage:
    text = passage.text[:MOST_PASSAGE]
    return ShownPassage(
        passage.id, passage.issue, passage.date, passage.heading[:200], text, len(text) < len(passage.text)
    )


def _numbers(issues: Iterable[Issue]) -> str:
    numbers = sorted(issue.number for issue in issues if issue.published)
    return f"{numbers[0]} to {numbers[-1]}" if numbers else "none yet"
