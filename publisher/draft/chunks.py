"""What an index keeps of a passage: its words' stems, in parts that are short enough to be about one thing (pure).

    terms_of(passage) -> heading
                         part
                         part …

Each line holds stems with spaces between them, in order. A stop word has a full stop before it: it is not searched for, but
standing phrases are found by it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Final

from publisher.draft.stop_words import stop_words
from publisher.draft.terms import stem, words
from publisher.issue import Passage

CHUNKER: Final = "1"
"""Changes whenever the same passage would be cut or stemmed otherwise: what was kept of it is then made anew."""

LONGEST_PART: Final = 190
"""Words: 256 tokens of the usual models, which have four for three words."""

STOP: Final = "."

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'’”»)\]]*\s+|(?<=[。！？])")


def hash_of(passage: Passage, language: str) -> str:
    """Return a hash of everything that terms_of() depends on."""
    said = "\0".join((CHUNKER, language.casefold(), passage.heading, passage.text))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def parts(text: str) -> Iterator[str]:
    """Cut a text at sentences into parts of at most LONGEST_PART words; a longer sentence is cut between words.

    >>> [len(part.split()) for part in parts("One two three. " * 100)]
    [189, 111]
    """
    waiting: list[str] = []
    length = 0
    for sentence in _SENTENCE_END.split(text):
        for piece in _short(sentence):
            count = sum(1 for _ in words(piece))
            if waiting and length + count > LONGEST_PART:
                yield " ".join(waiting)
                waiting, length = [], 0
            waiting.append(piece)
            length += count
    if waiting:
        yield " ".join(waiting)


def _short(sentence: str) -> Iterator[str]:
    if len(sentence) <= LONGEST_PART:  # a word has a character at least
        yield sentence
        return
    pieces = sentence.split()
    for start in range(0, len(pieces), LONGEST_PART):
        yield " ".join(pieces[start : start + LONGEST_PART])


def terms_of(passage: Passage, language: str) -> str:
    """Return the stems of a passage's heading and parts, a line for each."""
    said = list(words(passage.text))
    texts = [said] if len(said) <= LONGEST_PART else [list(words(part)) for part in parts(passage.text)]
    stop = stop_words(language)
    return "\n".join(
        " ".join(f"{STOP}{word}" if word in stop else stem(word, language) for word in text)
        for text in (list(words(passage.heading)), *texts)
    )
