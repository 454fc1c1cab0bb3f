"""What a section that is drafted is made with: passages that are found, and a writer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
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
    """

    section: str
    publication: str
    topics: tuple[str, ...]
    hits: tuple[Hit, ...]
    sentences: tuple[int, int] = (3, 6)
    issue: int | None = None
    dropped: tuple[Dropped, ...] = ()
    kept: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a writer proposes: (text, passage id, quotation) for each sentence, not yet checked, and what it cost.

    `repairs` says that the writer does better when it is told which checks its sentences failed.
    """

    sentences: tuple[tuple[str, str, str], ...]
    writer: str
    model: str | None = None
    tokens: int = 0
    repairs: bool = False


class Writer(Protocol):
    """Writes the drafted section's sentences."""

    def write(self, brief: Brief) -> Proposal:
        """Propose sentences. Raises WriterUnavailable (deadline, refusal, broken or truncated reply)."""
        ...
