"""What a section that is drafted is made with: passages that are found, and a writer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from publisher.issue import Passage


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that retrieval found; a higher score is a better match, comparable within one search only."""

    passage: Passage
    score: float


class Retriever(Protocol):
    """Finds passages of published issues. Filters apply before ranking, never after."""

    def search(self, query: str, *, before: dt.date, limit: int) -> Sequence[Hit]:
        """Return at most `limit` hits, the best first, of passages dated earlier than `before`."""
        ...


class PassageTerms(Protocol):
    """Keeps what was made of each passage for the search, by a hash of what it was made from."""

    def read(self) -> Mapping[str, str]:
        """Return all terms by their hash."""
        ...

    def write(self, made: Mapping[str, str], gone: Collection[str]) -> None:
        """Add what was made, and drop what is gone. Terms of a hash that is known stay as they are."""
        ...


@dataclass(frozen=True, slots=True)
class Item:
    """A part of this week's issue with what past issues have on it: a piece, or one of its paragraphs or list items.

    `title` is what the item is called, and `of` its section: its label, or its title where it has none. `terms` has the
    words that carry meaning, stemmed, with how much each says: the rarer it was in past issues, the more. `runs` has how much
    each word, and each two in a row, says as the name of a subject.
    """

    title: str
    of: str
    text: str
    terms: Mapping[str, float]
    hits: tuple[Hit, ...]
    labelled: bool = False
    runs: Mapping[tuple[str, ...], float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dropped:
    """A proposed sentence that did not hold, as it was proposed, and the name of the check that dropped it."""

    sentence: str
    passage: str
    quotation: str
    check: str


@dataclass(frozen=True, slots=True)
class Brief:
    """What a writer is asked for: a section about this week's topics, from these passages and nothing else.

    `issue` is the number of the issue, to which the cost of the call is put down. In a repair round, `dropped` has what
    the same writer proposed before and did not hold, and `kept` the sentences that did, as (text, passage id, quotation):
    then it is asked only for sentences in place of those that were dropped.

    Writers know what the checks know: `own_text` is what this week's issue says, which no sentence may repeat, and
    `standing` are the phrases that past issues say again and again, as publisher.draft.repeated_phrases reads them. `day` is the
    issue's date, and `recently` has the ids of the passages that the drafted sections of the last issues cite.
    """

    section: str
    publication: str
    topics: tuple[str, ...]
    hits: tuple[Hit, ...]
    sentences: tuple[int, int] = (3, 6)
    issue: int | None = None
    dropped: tuple[Dropped, ...] = ()
    kept: tuple[tuple[str, str, str], ...] = ()
    items: tuple[Item, ...] = ()
    language: str = "en"
    own_text: str = field(default="", repr=False)
    standing: frozenset[int] = field(default=frozenset(), repr=False)
    day: dt.date | None = None
    recently: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a writer proposes: (text, passage id, quotation) for each sentence, not yet checked, and what it cost.

    The best come first, and there may be more than are wanted: those that fail a check are replaced by later ones.
    `items` has, for each sentence, the place in `Brief.items` of what it is about, if the writer knows. `repairs` says
    that the writer does better when it is told which checks its sentences failed. `good` is how many of them, from the first,
    may stand beside each other: the others are a last resort, of which one stands alone where none of those holds.
    """

    sentences: tuple[tuple[str, str, str], ...]
    writer: str
    model: str | None = None
    tokens: int = 0
    repairs: bool = False
    items: tuple[int, ...] = ()
    good: int | None = None


class Writer(Protocol):
    """Writes the drafted section's sentences."""

    def write(self, brief: Brief) -> Proposal:
        """Propose sentences. Raises WriterUnavailable (deadline, refusal, broken or truncated reply)."""
        ...
