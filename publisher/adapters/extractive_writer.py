"""A writer without a model: it picks whole sentences of past issues that stand alone. Same passages, same choice.

For each item of the week it weighs the sentences of the passages that were found for it. It proposes all of those that
are worth quoting, the best first: those that fail a check are replaced by the next ones.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from publisher.content.prose import sentences
from publisher.draft.items import terms_of
from publisher.draft.passages import always_code
from publisher.draft.repeated_phrases import phrases
from publisher.draft.self_contained import stands_alone
from publisher.issue import Passage
from publisher.ports import Brief, Hit, Item, Proposal

PER_ITEM: Final = 4
"""Sentences that are proposed for one item: one is wanted, the others are in reserve."""

PER_PASSAGES: Final = 3
"""Passages of an item that sentences are taken from."""

FEWEST_SHARED: Final = 3
"""Words that a passage shares with its item, and one fewer that its sentence does: fewer are shared by chance."""

FLOOR: Final = 0.45
"""The least that a sentence is worth. Of Optech's last sixty issues, a third of those above it cite what the editors cited."""

LEAST: Final = 0.15
"""What the best sentence may be worth where none is worth more: a section of one sentence is honest."""

SURE: Final = 0.05
"""What a passage is given that no other issue's passage stands behind: else a close second would make it worth nothing."""

FIRST: Final = 0.8
"""What the first sentence of a passage gains, as a share of the best one: it says what the passage is about."""

KNOWN_THING: Final = 0.6
"""What is left of a later sentence that opens with «the»: it speaks of something that was said before."""

TELLING: Final = 1.5
"""How much of the rarest word's weight a sentence shares with its item, at least: less is what half of an archive has in common."""

EXPLAINING: Final = frozenset({"concept", "architecture"})
"""Sections that explain; their sentences are preferred to those of sections that set the reader to work."""

_MECHANISM = re.compile(r"(?i)\b(?:because|since|so that|if|when|unless|until|instead of|whereas|once|costs?|means)\b")
_ASSUMES = re.compile(r"(?:The|Der|Die|Das|Le|La|Les|L['’]|El|Los|Las) ?(?=\w)")


MOST_READ: Final = 20_000
"""Characters of a passage that sentences are taken from."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence that can be read alone; `number` counts those of its passage, from 0."""

    number: int
    text: str
    terms: frozenset[str]


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
        reader = _Reader(brief.language, phrases(brief.own_text) | brief.standing, rarest)
        found: list[_Candidate] = []
        for place, item in enumerate(brief.items):
            ranked = sorted(_candidates(item, place, reader), key=_best_first)
            found += ranked[:PER_ITEM]
        ranked = sorted(found, key=_best_first)
        best = [one for one in ranked if one.worth >= FLOOR]
        ranked = best or [one for one in ranked if one.item == ranked[0].item]
        return Proposal(
            tuple((one.text, one.hit.passage.id, one.text) for one in ranked),
            writer="extractive",
            items=tuple(one.item for one in ranked),
        )


class _Reader:
    """Reads each passage once, for however many items it was found."""

    def __init__(self, language: str, own: frozenset[int], rarest: float) -> None:
        """`own` has the phrases that no sentence may repeat, `rarest` is the weight of the rarest word of all items."""
        self.rarest = rarest
        self._language = language
        self._own = own
        self._terms: dict[str, frozenset[str]] = {}
        self._sentences: dict[str, tuple[_Sentence, ...]] = {}

    def terms(self, passage: Passage) -> frozenset[str]:
        """Return the words of a passage that carry meaning, and of its heading."""
        if passage.id not in self._terms:
            self._terms[passage.id] = terms_of(f"{passage.heading} {passage.text}", self._language)
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
        for number, sentence in enumerate(said[:-1] if cut else said):
            if (
                stands_alone(sentence, self._language, code=code, later=number > 0)
                and not phrases(sentence) & self._own
            ):
                yield _Sentence(number, sentence, terms_of(sentence, self._language))


def _best_first(one: _Candidate) -> tuple[float, str, str, int]:
    return -one.worth, one.hit.passage.id, one.text, one.item


def _candidates(item: Item, place: int, reader: _Reader) -> Iterator[_Candidate]:
    """Yield what can be said of an item.

    A passage is worth what it covers of the item's words, weighed by their rarity, and how far it stands out among what
    was found in other issues: one of many that are alike is rarely what an editor would cite.
    """
    total = sum(item.terms.values())
    for hit in item.hits[:PER_PASSAGES]:
        if hit.passage.text.endswith(("?", "？")) or hit.passage.text.startswith(('"', "“", "„", "«", "「")):
            continue  # it sets a problem, or is somebody else's words
        shared = item.terms.keys() & reader.terms(hit.passage)
        if len(shared) < FEWEST_SHARED:
            continue
        covered = math.fsum(item.terms[term] for term in shared) / total
        others = max((one.score for one in item.hits if one.passage.issue != hit.passage.issue), default=0.0)
        worth = math.sqrt(max(0.0, hit.score - others) + SURE) * covered**0.25
        worth += 0.03 * (hit.passage.section in EXPLAINING)
        if worth >= LEAST:
            for rank, one in enumerate(_sentences(reader.sentences(hit.passage), item)):
                shared_weight = math.fsum(item.terms[term] for term in item.terms.keys() & one.terms)
                telling = min(1.0, shared_weight / (TELLING * reader.rarest))
                yield _Candidate(one.text, hit, place, worth * 0.9**rank * telling)


def _sentences(readable: Iterable[_Sentence], item: Item) -> list[_Sentence]:
    """Return the sentences that have to do with the item, the best first."""
    found: dict[_Sentence, float] = {}
    for one in readable:
        said = item.terms.keys() & one.terms
        if len(said) >= FEWEST_SHARED - 1:
            about = math.fsum(item.terms[term] for term in said)
            about *= 1 + FIRST * (one.number == 0)
            about *= KNOWN_THING if one.number and _ASSUMES.match(one.text) else 1.0
            found[one] = about * (1.1 if _MECHANISM.search(one.text) else 1.0)
    return sorted(found, key=lambda one: (-found[one], one.text))
