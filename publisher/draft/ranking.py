"""Ranks passages by their words, by how old they are, and by what the editors linked to. In numpy; the same for both databases.

A query's words score the parts of passages by BM25: in the text, in the heading, and two in a row. The best part of a passage
counts, newer passages count more, and those that the best-ranked earlier passages link to more again. The figures were chosen on
three years of a real newsletter (docs/decisions/0147).
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np

from publisher.draft.chunks import STOP, terms_of
from publisher.draft.postings import Flags, Floats, Ints, Postings
from publisher.draft.standing import standing
from publisher.draft.terms import terms as terms_in
from publisher.issue import Passage
from publisher.ports import Hit

HEADING: Final = 0.5
"""What a word in the heading counts, beside one in the text."""
IN_A_ROW: Final = 0.2
"""What two words in a row count, besides each of them."""
OTHER_PARTS: Final = 0.1
"""What the other parts of a passage count, beside its best one."""
FRESH: Final = 0.3
"""How much more a passage of today counts than an old one."""
FADES: Final = 2.0
"""How fast that ends: by a factor of e in half a year."""
LINKED: Final = 0.1
"""What a passage gains of the score of one that links to it, and is among the LIKEST."""
LIKEST: Final = 5

MOST_TEXT: Final = 40_000
"""Characters of a query that are read; nobody's topic is longer."""
MOST_TERMS: Final = 300

_YEAR: Final = 365.25


class PassageRanking:
    """Finds passages by their words. Implements ports.Retriever; safe to use from several threads.

    `terms` has what chunks.terms_of() says of each passage. `links` names, by id, the earlier passages that a passage's own
    words link to.
    """

    def __init__(
        self,
        passages: Iterable[Passage],
        terms: Iterable[str],
        *,
        language: str = "en",
        links: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._passages = tuple(passages)
        self._language = language
        self._days = np.array([passage.date.toordinal() for passage in self._passages], np.int64)
        self._newest = int(self._days.max(initial=1))
        self._fresh: Floats = (FRESH * np.exp(FADES * (self._days - self._newest) / _YEAR)).astype(np.float32)
        issues = np.array([passage.issue for passage in self._passages], np.int64)
        self._numbers: dict[str, int] = {}
        headings, of_heading, words, part, of_part = _numbered(terms, self._numbers)
        searched = ~np.array([word.startswith(STOP) for word in self._numbers], bool)
        self._heading = Postings(*_kept(headings, of_heading, searched[headings]), len(self._passages))
        phrases = standing(words, part, issues[of_part][part])
        kept = searched[words] & ~phrases
        self._text = Postings(*_kept(words, part, kept), len(of_part))
        self._pairs = Postings(*_in_a_row(words, part, kept, phrases, len(self._numbers)), len(of_part))
        self._first_part = np.searchsorted(of_part, np.arange(len(self._passages)))
        self._other_parts = np.setdiff1d(np.arange(len(of_part)), self._first_part)
        self._of_part = of_part
        places = {passage.id: place for place, passage in enumerate(self._passages)}
        self._links = {
            places[id_]: np.array([places[other] for other in dict.fromkeys(others) if other in places], np.int64)
            for id_, others in (links or {}).items()
            if id_ in places
        }
        self._linking = np.array(sorted(self._links), np.int64)

    def search(self, query: str, *, before: dt.date, limit: int) -> Sequence[Hit]:
        """Return at most `limit` hits, the best first, of passages dated earlier than `before`; ties in order of issue."""
        wanted = list(itertools.islice(terms_in(query[:MOST_TEXT], self._language), 2 * MOST_TERMS))
        if limit < 1 or not self._passages or not wanted:
            return ()
        today = before.toordinal()
        later = self._days >= today
        scores = self._worded(wanted)
        scores[later] = 0
        scores *= 1 + np.minimum(self._fresh * math.exp(min(FADES * (self._newest - today) / _YEAR, 80)), FRESH)
        if self._links:
            self._add_linked(scores)
            scores[later] = 0
        least = np.partition(scores, -limit)[-limit] if limit < len(scores) else 0
        found = np.flatnonzero((scores > 0) & (scores >= least))
        best = found[np.argsort(-scores[found], kind="stable")][:limit]
        return tuple(Hit(self._passages[place], float(scores[place])) for place in best)

    def _worded(self, wanted: Sequence[str]) -> Floats:
        """Return what the words say of each passage."""
        known = self._counted([term] for term in wanted)
        pairs = self._counted(itertools.pairwise(wanted))
        count = len(self._numbers)
        of_parts = np.zeros(len(self._of_part), np.float32)
        self._text.add(((term, weight) for (term,), weight in known), of_parts)
        self._pairs.add(((one * count + two, IN_A_ROW * weight) for (one, two), weight in pairs), of_parts)
        best, total = of_parts[self._first_part], of_parts[self._first_part]
        np.maximum.at(best, self._of_part[self._other_parts], of_parts[self._other_parts])
        np.add.at(total, self._of_part[self._other_parts], of_parts[self._other_parts])
        scores: Floats = best + np.float32(OTHER_PARTS) * (total - best)
        self._heading.add(((term, HEADING * weight) for (term,), weight in known), scores)
        return scores

    def _counted(self, groups: Iterable[Sequence[str]]) -> list[tuple[tuple[int, ...], float]]:
        """Return the numbers of the groups whose terms are known, with the square root of how often each occurs."""
        counts = Counter(tuple(self._numbers.get(term, -1) for term in group) for group in groups)
        return [(group, math.sqrt(times)) for group, times in counts.most_common(MOST_TERMS) if min(group) >= 0]

    def _add_linked(self, scores: Floats) -> None:
        """Raise the scores of what the best-ranked linking passages link to."""
        likeness = scores[self._linking]
        gains = [
            (self._links[int(self._linking[one])], LINKED * likeness[one])
            for one in np.argsort(-likeness, kind="stable")[:LIKEST]
        ]
        for linked, gain in gains:
            scores[linked] += gain


def _numbered(terms: Iterable[str], numbers: dict[str, int]) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Return the words of headings and each one's passage, the words of parts and each one's part, and each part's passage."""
    headings, of_heading, words, part, of_part = (list[Ints]() for _ in range(5))
    parts = 0
    for place, text in enumerate(terms):
        for line_number, line in enumerate(text.split("\n")):
            found = np.array([numbers.setdefault(word, len(numbers)) for word in line.split()], np.int64)
            if line_number == 0:
                headings.append(found)
                of_heading.append(np.full(len(found), place))
            else:
                words.append(found)
                part.append(np.full(len(found), parts))
                of_part.append(np.array([place]))
                parts += 1
    return _joined(headings), _joined(of_heading), _joined(words), _joined(part), _joined(of_part)


def _joined(arrays: Sequence[Ints]) -> Ints:
    return np.concatenate(arrays) if arrays else np.zeros(0, np.int64)


def _kept(words: Ints, documents: Ints, keep: Flags) -> tuple[Ints, Ints]:
    return words[keep], documents[keep]


def _in_a_row(words: Ints, part: Ints, kept: Flags, phrases: Flags, count: int) -> tuple[Ints, Ints]:
    """Return each two words that follow each other in a part, as one number, and their part. Stop words between them do not count."""
    places = np.flatnonzero(kept)
    one, two = places[:-1], places[1:]
    broken = np.cumsum(phrases)
    together = (part[one] == part[two]) & (broken[one] == broken[two])
    return words[one[together]] * count + words[two[together]], part[one[together]]


def rank(
    passages: Iterable[Passage], *, language: str = "en", links: Mapping[str, Sequence[str]] | None = None
) -> PassageRanking:
    """Return a ranking of passages whose terms nobody kept.

    >>> later = dt.date(2026, 11, 2)
    >>> found = rank([Passage("0001-news-1", 1, dt.date(2026, 1, 5), "news", "News", "Retries need a budget.")])
    >>> [hit.passage.id for hit in found.search("budget for a retry", before=later, limit=3)]
    ['0001-news-1']
    """
    known = tuple(passages)
    return PassageRanking(known, (terms_of(passage, language) for passage in known), language=language, links=links)
