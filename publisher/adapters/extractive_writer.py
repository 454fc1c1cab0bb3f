"""A writer without a model: it picks whole sentences of past issues that stand alone. Same passages, same choice.

For each item of the week it weighs the sentences of the passages that were found for it. It proposes all of those that
are worth quoting, the best first: those that fail a check are replaced by the next ones. Behind them, it proposes what comes
nearest, for a section of one sentence where none of them holds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from publisher.content.prose import sentences
from publisher.draft.in_common import in_common
from publisher.draft.items import terms_of
from publisher.draft.labels import without_label
from publisher.draft.leaning import known_thing
from publisher.draft.likelihood import likelihood
from publisher.draft.passages import always_code
from publisher.draft.passing_news import is_of_its_day, is_passing, is_stale
from publisher.draft.repeated_phrases import phrases
from publisher.draft.self_contained import stands_alone
from publisher.issue import Passage
from publisher.ports import Brief, Hit, Item, Proposal

PER_ITEM: Final = 4
"""Sentences that are proposed for one item: one is wanted, the others are in reserve."""

PER_PASSAGES: Final = 6
"""Passages of an item that sentences are taken from."""

PER_PASSAGE: Final = 8
"""Sentences of one passage that are looked at."""

FEWEST_SHARED: Final = 3
"""Words that a passage shares with its item, and one fewer that its sentence does: fewer are shared by chance. A subject is no
chance: where nothing else is found, it is enough by itself."""

FLOOR: Final = 0.28
"""The least that a sentence is worth beside others. Of all issues of Optech, a third of those above it cite what the editors cited."""

FIRST: Final = 0.8
"""What the first sentence of a passage gains, as a share of the best one: it says what the passage is about."""

KNOWN_THING: Final = 0.6
"""What is left of a later sentence that opens with «the», or speaks of «the advertisement» after «advertise»: it means what was said before."""

SUBJECT: Final = 0.65
"""What the subject in common weighs, beside the rarest word, from which a sentence loses nothing."""

UNNAMED: Final = 0.1
"""What is left of a sentence without one: it stands only where there is nothing else, since a section of one sentence is honest."""

STALE: Final = 0.1
"""The same of one that tells of its day."""

EXPLAINS: Final = 0.1
"""What a passage of an explaining section gains."""

EXPLAINING: Final = frozenset({"concept", "architecture"})
"""Sections that explain; their sentences are preferred to those of sections that set the reader to work."""

_SOMEBODYS: Final = ('"', "“", "„", "«", "「")
_MECHANISM = re.compile(r"(?i)\b(?:because|since|so that|if|when|unless|until|instead of|whereas|once|costs?|means)\b")
_ASSUMES = re.compile(r"(?:The|Der|Die|Das|Le|La|Les|L['’]|El|Los|Las) ?(?=\w)")


MOST_READ: Final = 20_000
"""Characters of a passage that sentences are taken from."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence that can be read alone; `number` counts those of its passage, from 0. It may assume what was told before, or be stale."""

    number: int
    text: str
    terms: frozenset[str]
    assumes: bool
    stale: bool


@dataclass(frozen=True, slots=True)
class _Candidate:
    text: str
    hit: Hit
    item: int
    worth: float


class ExtractiveWriter:
    """Proposes sentences word for word, those of the items that past issues have most on first."""

    def write(self, brief: Brief) -> Proposal:
        rarest = max((weight for item in brief.items for weight in item.terms.values()), default=1.0)
        reader = _Reader(brief, rarest)
        good = [one for one in _ranked(brief, reader) if one.worth >= FLOOR]
        proposed = [*good, *_ranked(brief, reader, further=True)]
        return Proposal(
            tuple((one.text, one.hit.passage.id, one.text) for one in proposed),
            writer="extractive",
            items=tuple(one.item for one in proposed),
            good=len(good),
        )


def _ranked(brief: Brief, reader: _Reader, *, further: bool = False) -> list[_Candidate]:
    """Return what can be said of all items, the best first."""
    found: list[_Candidate] = []
    for place, item in enumerate(brief.items):
        if not is_of_its_day(item.of):
            found += sorted(_candidates(item, place, reader, further=further), key=_best_first)[:PER_ITEM]
    return sorted(found, key=_best_first)


class _Reader:
    """Reads each passage once, for however many items it was found."""

    def __init__(self, brief: Brief, rarest: float) -> None:
        """`rarest` is the weight of the rarest word of all items."""
        self.rarest = rarest
        self.language, self.day, self.recently = brief.language, brief.day, brief.recently
        self._own = phrases(brief.own_text) | brief.standing
        self._terms: dict[str, frozenset[str]] = {}
        self._sentences: dict[str, tuple[_Sentence, ...]] = {}

    def terms(self, passage: Passage) -> frozenset[str]:
        """Return the words of a passage that carry meaning, and of its heading."""
        if passage.id not in self._terms:
            self._terms[passage.id] = terms_of(f"{passage.heading} {passage.text}", self.language)
        return self._terms[passage.id]

    def sentences(self, passage: Passage) -> tuple[_Sentence, ...]:
        """Return the sentences at a passage's beginning that can be read alone and repeat nothing."""
        if passage.id not in self._sentences:
            self._sentences[passage.id] = tuple(self._read(passage))
        return self._sentences[passage.id]

    def _read(self, passage: Passage) -> Iterator[_Sentence]:
        cut = len(passage.text) > MOST_READ
        said = sentences(passage.text[:MOST_READ])
        code = always_code(passage)
        for number, labelled in enumerate(said[:-1] if cut else said):
            sentence = without_label(labelled, passage, self.language)
            later = number > 0 or sentence != labelled
            if sentence == labelled and any(labelled.startswith(f"{label}:") for label in passage.labels):
                continue  # a headline, and not the sentence behind it, would be quoted
            if is_passing(sentence, self.language) or phrases(sentence) & self._own:
                continue
            if stands_alone(sentence, self.language, code=code, later=later):
                assumes = number > 0 and _ASSUMES.match(sentence) is not None
                assumes = assumes or known_thing(sentence, said[:number], self.language)
                yield _Sentence(
                    number, sentence, terms_of(sentence, self.language), assumes, is_stale(sentence, self.language)
                )


def _best_first(one: _Candidate) -> tuple[float, str, str, int]:
    return -one.worth, one.hit.passage.id, one.text, one.item


def _candidates(item: Item, place: int, reader: _Reader, *, further: bool) -> Iterator[_Candidate]:
    """Yield what can be said of an item, with what it is worth: how likely an editor would cite it, and how plainly it has to do with the item.

    `further` looks into all passages that were found, and takes a subject in common for enough.
    """
    for hit in item.hits if further else item.hits[:PER_PASSAGES]:
        passage = hit.passage
        if (
            passage.id in reader.recently
            or is_of_its_day(passage.heading)
            or passage.text.endswith(("?", "？"))
            or passage.text.startswith(_SOMEBODYS)
        ):
            continue  # it was here a few weeks ago, or it sets a problem, or is somebody else's words
        shared = item.terms.keys() & reader.terms(passage)
        if len(shared) < (1 if further else FEWEST_SHARED):
            continue
        likely = likelihood(item, hit, frozenset(shared), reader.rarest, reader.day)
        likely *= 1 + EXPLAINS * (passage.section in EXPLAINING)
        for rank, one in enumerate(_sentences(reader.sentences(passage), item, further=further)):
            common = in_common(item, one.text, reader.language, passage)
            named = common.weight if common is not None and common.names(reader.rarest, barely=further) else 0.0
            if not named and len(item.terms.keys() & one.terms) < FEWEST_SHARED - 1:
                continue
            plain = _plainness(named, reader.rarest) if named else UNNAMED
            plain *= (KNOWN_THING if one.assumes else 1.0) * (STALE if one.stale else 1.0)
            yield _Candidate(one.text, hit, place, likely * plain * 0.9**rank)


def _plainness(named: float, rarest: float) -> float:
    """Return from 0 to 1 how plainly a sentence has to do with an item, by the weight of the subject that can be named."""
    return math.sqrt(min(1.0, named / (SUBJECT * rarest)))


def _sentences(readable: Iterable[_Sentence], item: Item, *, further: bool) -> list[_Sentence]:
    """Return the sentences that have most to do with the item, the best first; stale ones only `further`."""
    fewest = 1 if further else FEWEST_SHARED - 1
    found: dict[_Sentence, float] = {}
    for one in readable:
        said = item.terms.keys() & one.terms
        if len(said) >= fewest and (further or not one.stale):
            about = math.fsum(item.terms[term] for term in said)
            about *= 1 + FIRST * (one.number == 0)
            about *= KNOWN_THING if one.assumes else 1.0
            found[one] = about * (1.1 if _MECHANISM.search(one.text) else 1.0)
    return sorted(found, key=lambda one: (-found[one], one.text))[:PER_PASSAGE]
