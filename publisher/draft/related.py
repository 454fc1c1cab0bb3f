"""What past issues said of a piece before: the nearest passages, and the links that they had already. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from publisher.content.prose import plain
from publisher.draft.items import items_of
from publisher.draft.own_links import addresses
from publisher.draft.repetition import shingles
from publisher.issue import IsoWeek, Issue, Passage, Piece, Section
from publisher.ports import Retriever

PER_ITEM: Final = 5
MOST: Final = 8


@dataclass(frozen=True, slots=True)
class RepeatedLink:
    """A link of the piece, and the issues that had it."""

    url: str
    issues: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Related:
    """The passages nearest to a piece, those first that it repeats, and its repeated links in the order of the piece."""

    passages: tuple[Passage, ...]
    links: tuple[RepeatedLink, ...]


def related(piece: Piece, issues: Sequence[Issue], retriever: Retriever, *, today: dt.date) -> Related:
    """Search for the piece and for each of its paragraphs; only what an earlier day published is found.

    Passages of which the piece says a run of words again come first, however little of it they are.
    """
    scores: defaultdict[str, float] = defaultdict(float)
    found: dict[str, Passage] = {}
    for asked in items_of(_alone(piece, today)):
        hits = retriever.search(asked.text, before=today, limit=PER_ITEM)
        best = max((hit.score for hit in hits), default=0.0)
        for hit in hits:
            found[hit.passage.id] = hit.passage
            scores[hit.passage.id] += hit.score / best if best > 0 else 0.0
    own = shingles(plain(piece.body))
    again = {id_ for id_, passage in found.items() if own & shingles(passage.text)}
    nearest = sorted(found.values(), key=lambda passage: (passage.id not in again, -scores[passage.id], passage.id))
    return Related(tuple(nearest[:MOST]), tuple(_repeated(piece, issues, today)))


def _repeated(piece: Piece, issues: Sequence[Issue], today: dt.date) -> list[RepeatedLink]:
    past: defaultdict[str, set[int]] = defaultdict(set)
    for issue in issues:
        if issue.published is not None and issue.date < today:
            for url in addresses("\n".join((issue.lead, *(section.body for section in issue.sections)))):
                past[_key(url)].add(issue.number)
    urls = dict.fromkeys(url for url in addresses(f"{piece.body}\n{piece.answer or ''}") if url.startswith("http"))
    return [RepeatedLink(url, tuple(sorted(past[_key(url)]))) for url in urls if _key(url) in past]


def _key(url: str) -> str:
    """Return what makes two links the same to a reader: not its scheme, its fragment or a slash at its end."""
    return re.sub(r"^https?://(?:www\.)?", "", url.partition("#")[0]).rstrip("/").casefold()


def _alone(piece: Piece, today: dt.date) -> Issue:
    """Return an issue that holds the piece and nothing else."""
    return Issue(
        number=0, week=IsoWeek.of(today), date=today, title=piece.title, preheader=piece.summary, lead="",
        sections=(Section(piece.section, piece.title, piece.body, piece.line),), pieces={}, drafted=(), draft=None,
        published=None, path=piece.path, source=b"",
    )  # fmt: skip
