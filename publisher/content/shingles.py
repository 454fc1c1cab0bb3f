"""Shingles: eight words in a row, which two texts share only when one repeats the other. Pure.

What counts as a word is for those who ask: the mail is read otherwise than a search.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

SHINGLE: Final = 8
"""Words of a shingle. Fewer are repeated by chance."""


def shingles(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield every eight words in a row.

    >>> [" ".join(one) for one in shingles("a b c d e f g h i".split())]
    ['a b c d e f g h', 'b c d e f g h i']
    """
    return zip(*(words[start:] for start in range(SHINGLE)), strict=False)
