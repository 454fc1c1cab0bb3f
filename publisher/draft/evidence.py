"""A proposed sentence beside what it rests on: the quotation, the whole sentence around it, and how the two texts run together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from typing import Final

from publisher.content.prose import sentences
from publisher.draft.labels import tells_again
from publisher.draft.quotation import normalise
from publisher.issue import Passage

_SIGN: Final = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_SIGN}]|(?:(?![{_SIGN}])[^\W_])+(?:[-'’./:,_](?:(?![{_SIGN}])[^\W_])+)*%?")
_BOUNDARY = re.compile(r"[,;:()—–。，、；：（）]|\s-+\s|---")
_ENDING = re.compile(r"(?:'s|’s|(?<=[a-z]{3})(?:ies|es|s|ied|ed|d|ing|e|y))$")
_RUNS_ON = re.compile(r"(?<=[^\W\d_]{4}[.!?])\s+")
"""Behind a long word, a full stop ends a sentence even when the next begins with a small letter, or with a sign."""

_STARTS = re.compile(r"(?:^|[.!?…。！？:][\"'’”)\]」』]*\s*|\n\s*)(?:[-*•]\s+|[\"'“‘«(\[]\s?)?$")
_ENDS = re.compile(r"^[\"'’”»)\]」』]*(?:\s|$|(?<=[。！？」』])|\[)")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a number or, in Chinese and Japanese, a sign: case folded, with its place in the text."""

    word: str
    start: int
    end: int
    raw: str

    @property
    def key(self) -> str:
        """What the forms of a word have in common."""
        return _ENDING.sub("", self.word)


def tokens(text: str) -> tuple[Token, ...]:
    """Return the words of a text in order.

    >>> [token.word for token in tokens("The c-lightning 0.7.1 opt-in isn't 50%.")]
    ['the', 'c-lightning', '0.7.1', 'opt-in', "isn't", '50%']
    """
    return tuple(Token(m[0].casefold(), m.start(), m.end(), m[0]) for m in _TOKEN.finditer(text))


@dataclass(frozen=True)
class Evidence:
    """What the checks compare. `text` is the proposed sentence in plain text, `codes` what it sets as code.

    `quote` is the quotation as the passage writes it, `sentences` the whole ones of the passage that it stands in, both
    empty when the passage lacks the quotation. `plain` has the words that the passages write without capitals, which are
    therefore no names.
    """

    text: str
    codes: tuple[str, ...]
    quote: str
    sentences: tuple[str, ...]
    passage: Passage
    language: str
    plain: frozenset[str] = frozenset()

    @property
    def verbatim(self) -> bool:
        """Whether the sentence is itself what is quoted."""
        return self.text == self.quote

    @cached_property
    def source(self) -> str:
        """The sentence that is quoted, in full."""
        return " ".join(self.sentences)

    @cached_property
    def said(self) -> tuple[Token, ...]:
        return tokens(normalise(self.text))

    @cached_property
    def known(self) -> tuple[Token, ...]:
        return tokens(normalise(self.source))

    @cached_property
    def blocks(self) -> tuple[tuple[int, int, int], ...]:
        """Return (place in `said`, place in `known`, length) of each run of words that both texts have, in order."""
        return alignment(self.said, self.known)

    @cached_property
    def scope(self) -> tuple[Token, ...]:
        """Return the words of the source up to the end of the clause in which quotation and claim end."""
        if not self.known:
            return ()
        whole = normalise(self.source)
        place = whole.find(normalise(self.quote))
        end = place + len(normalise(self.quote)) if place >= 0 else 0
        if self.blocks:
            end = max(end, self.known[self.blocks[-1][1] + self.blocks[-1][2] - 1].end)
        boundary = _BOUNDARY.search(whole, end)
        return tuple(token for token in self.known if token.start < (boundary.start() if boundary else len(whole)))


def alignment(said: Sequence[Token], known: Sequence[Token]) -> tuple[tuple[int, int, int], ...]:
    """Return the runs of words that both have in the same order."""
    matcher = SequenceMatcher(None, [one.key for one in said], [one.key for one in known], autojunk=False)
    return tuple((block.a, block.b, block.size) for block in matcher.get_matching_blocks() if block.size)


def around(quote: str, text: str) -> tuple[str, ...]:
    """Return the whole sentences of `text` that its quotation stands in."""
    start = text.find(quote)
    if start < 0 or not quote:
        return ()
    end, found, place = start + len(quote), [], 0
    for sentence in sentences(text):
        for part in _RUNS_ON.split(sentence):
            begins = text.find(part, place)
            place = begins + len(part)
            if begins < end and place > start:
                found.append(part)
    return tuple(found)


def is_whole_sentence(quote: str, passage: Passage, language: str = "en") -> bool:
    """Whether words of a passage are one or more of its sentences from their beginning to their end.

    A sentence also begins after an item's mark, after the heading that some archives repeat before it, and after a label
    in bold type that says no more than the sentence itself.
    """
    text = passage.text
    if quote in sentences(text):
        return True
    start = text.find(quote)
    while start >= 0:
        before, after = text[:start], text[start + len(quote) :]
        if _begins(before, quote, passage, language) and _ENDS.match(after):
            return True
        start = text.find(quote, start + 1)
    return False


def _begins(before: str, quote: str, passage: Passage, language: str) -> bool:
    match = _STARTS.search(before)
    if match is None:
        return False
    if not match[0].lstrip().startswith(":"):
        return True
    said = before.rstrip().rstrip(":")
    lead = re.sub(r"^[-*•]\s+", "", said).strip()
    if passage.heading and normalise(lead) == normalise(passage.heading.strip("[]: ")):
        return True
    label = next((one for one in passage.labels if said.endswith(one)), "")
    return bool(label) and _STARTS.search(said[: -len(label)]) is not None and tells_again(label, quote, language)
