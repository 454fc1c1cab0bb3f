"""Standing phrases: runs of eight words that three issues or more have, such as a greeting. They say nothing of any issue."""

from __future__ import annotations

from typing import Final

import numpy as np

from publisher.content.shingles import SHINGLE
from publisher.draft.postings import Flags, Ints

ISSUES: Final = 3
"""How many issues have a phrase that stands in all of them."""

_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)


def standing(words: Ints, documents: Ints, issues: Ints) -> Flags:
    """Say of each word whether it belongs to a standing phrase.

    The three are parallel: the number of each word, the document that it is in, and that document's issue.
    """
    count = len(words) - SHINGLE + 1
    if count < 1:
        return np.zeros(len(words), bool)
    shingles = np.zeros(count, np.uint64)
    for offset in range(SHINGLE):  # a hash of 64 bits, in which overflow is meant
        shingles = shingles * _FACTOR + words[offset : offset + count].astype(np.uint64) + np.uint64(1)
    whole = np.flatnonzero(documents[:count] == documents[SHINGLE - 1 :])
    if not len(whole):
        return np.zeros(len(words), bool)
    known, shingle = np.unique(shingles[whole], return_inverse=True)
    _, issue = np.unique(issues[whole], return_inverse=True)
    pairs = np.sort(shingle * np.int64(len(whole) + 1) + issue)
    first = np.concatenate(([True], pairs[1:] != pairs[:-1]))  # np.unique takes a hash table, which is slow for these
    phrases = np.bincount(pairs[first] // (len(whole) + 1), minlength=len(known)) >= ISSUES
    starts = whole[phrases[shingle]]
    edges = np.zeros(len(words) + 1, np.int64)
    np.add.at(edges, starts, 1)
    np.add.at(edges, starts + SHINGLE, -1)
    return np.cumsum(edges[:-1]) > 0
