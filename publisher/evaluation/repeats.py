"""How many repeats are found: pieces that say what a past issue said are planted, and both ways of noticing are asked. Pure.

Old news is what `check` and assembly refuse: a text of which half went out before. `related` shows an editor the nearest
passages of past issues.
"""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from publisher.draft.items import written
from publisher.draft.related import related
from publisher.issue import NO_FACTS, Issue, Piece, PieceStatus
from publisher.old_news import repeated, sections_of
from publisher.ports import Retriever

NEAREST: Final = 3
"""Of the passages that `related` shows, those that are looked at."""
LEAST_WORDS: Final = 60
"""Of a section that is planted again."""
NEW_WORDS: Final = 120
"""Of a text that is new."""
OTHER_WORDS: Final = ("mostly", "plain", "newly", "common", "modest", "routine")
"""What a light edit puts in the place of a word."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class RepeatFigures:
    """How many of the planted pieces of one kind were found by each way; of new texts, none should be old news."""

    kind: str
    tried: int
    old_news: int
    related: int


@dataclass(frozen=True, slots=True)
class _Planted:
    """A piece, and the issue and the section that it repeats."""

    kind: str
    piece: Piece
    issue: int
    section: str


NEW: Final = "new"
Plant = Callable[[str, Sequence[str], random.Random], str]
"""(the body of a past section, the words of all of them, chance) -> the body of a piece."""


def find_repeats(
    issues: Sequence[Issue], retriever: Retriever, *, each: int, seed: int = 1
) -> tuple[RepeatFigures, ...]:
    """Plant up to `each` pieces of every kind, made of the sections of published issues, and count which are found."""
    planted = list(_planted([issue for issue in issues if issue.published], each, seed))
    known = repeated({one.piece.path: one.piece.body for one in planted}, sections_of(issues))
    return tuple(
        RepeatFigures(
            kind,
            len(mine := [one for one in planted if one.kind == kind]),
            sum(one.piece.path in known if kind == NEW else known.get(one.piece.path) == one.issue for one in mine),
            sum(_is_near(one, issues, retriever) for one in mine),
        )
        for kind in PLANTS
        if any(one.kind == kind for one in planted)
    )


def _is_near(one: _Planted, issues: Sequence[Issue], retriever: Retriever) -> bool:
    found = related(one.piece, issues, retriever, today=dt.date.max)
    return any((near.issue, near.section) == (one.issue, one.section) for near in found.passages[:NEAREST])


def _planted(issues: Sequence[Issue], each: int, seed: int) -> Iterator[_Planted]:
    chance = random.Random(seed)  # noqa: S311 - a sample, no secret
    past = [
        (issue.number, section)
        for issue in issues
        for section in written(issue)
        if len(section.body.split()) >= LEAST_WORDS
    ]
    chance.shuffle(past)
    words = _WORD.findall(" ".join(section.body for _, section in past))
    for place, (number, section) in enumerate(past[:each]):
        for kind, plant in PLANTS.items():
            piece = _piece(f"{kind}-{place}", section.id, plant(section.body, words, chance))
            yield _Planted(kind, piece, number, section.id)


def _piece(name: str, section: str, body: str) -> Piece:
    return Piece(
        section=section, slug=name, title="Under another title", summary="", body=body, answer=None,
        status=PieceStatus.READY, week=None, added=dt.date(2026, 1, 1), facts=NO_FACTS, path=Path(f"content/planted/{name}.md"), line=1,
    )  # fmt: skip


def renamed(body: str, _words: Sequence[str], _chance: random.Random) -> str:
    """Leave every word as it was: only the title and the file have other names."""
    return body


def edited(every: int) -> Plant:
    """Change one word in so many."""

    def edit(body: str, _words: Sequence[str], chance: random.Random) -> str:
        places = list(_WORD.finditer(body))
        for place in reversed(places[chance.randrange(every) :: every]):
            body = body[: place.start()] + chance.choice(OTHER_WORDS) + body[place.end() :]
        return body

    return edit


def quoting(body: str, words: Sequence[str], chance: random.Random) -> str:
    """Put the longest paragraph of the past section into a text of other words."""
    longest = max(body.split("\n\n"), key=lambda part: len(part.split()) if part[:1].isalpha() else 0)
    return f"{new(body, words, chance)}\n\n{longest}\n\n{new(body, words, chance)}"


def new(_body: str, words: Sequence[str], chance: random.Random) -> str:
    """Return a text that nobody has written yet: words of the whole archive in any order."""
    return " ".join(chance.choices(words, k=NEW_WORDS))


PLANTS: Final[Mapping[str, Plant]] = MappingProxyType(
    {
        "renamed": renamed,
        "one word in twenty edited": edited(20),
        "one word in eight edited": edited(8),
        "one paragraph quoted": quoting,
        NEW: new,
    }
)
"""How each kind of piece is made of a past section."""
