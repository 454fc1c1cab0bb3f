"""An issue in the making -> the items that past issues may have spoken of, and how much each of their words says. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from publisher.content.prose import blocks, count_words, plain, sentences
from publisher.draft.labels import NAME_WORDS, marked
from publisher.draft.terms import stems, words
from publisher.issue import ARCHIVE, Issue, Passage, Section

OPENING_WORDS: Final = 60
"""Words of a section's prose that stand for it: the opening says what it is about."""

LEAST_WORDS: Final = 8
"""An item of fewer words says too little to be looked for."""

MOST_ITEMS: Final = 60
MOST_WORDS: Final = 200
"""Of an item's text: a longer paragraph is about more than one thing."""

_NAME_WITH_NUMBER = re.compile(r"[^\W\d_]{2,}\d+[^\W_]*")
_NUMBERED = re.compile(r"[^.:;,#]{1,40}#\d{1,7}\b")
_CLAUSE = re.compile(r"[.,;:](?=\s)|\s[-–—(]|[。，；]")
_NAMED = re.compile(r"([^:：.。!?！？]{2,80})[:：]\s*\S")


@dataclass(frozen=True, slots=True)
class Asked:
    """An item that is looked for: what it is called, the section that it is in, and its text.

    A list item may be `named` by its own words; else `title` is the heading that it is under.
    """

    title: str
    section: Section
    text: str
    named: bool = False


def written(issue: Issue) -> tuple[Section, ...]:
    """Return the sections that people wrote for an issue."""
    return tuple(one for one in issue.sections if one.id != ARCHIVE and one.id not in issue.drafted)


def opening(section: Section) -> str:
    """Return the title and the opening sentences of a section, without the text under its sub-headings."""
    prose: list[str] = []
    for block in blocks(section.body):
        if block.kind == "heading" and prose:
            break
        if block.kind != "heading":
            prose.extend(sentences(block.text))
        if sum(count_words(sentence) for sentence in prose) >= OPENING_WORDS:
            break
    return f"{plain(section.title)}. {' '.join(prose)}"


def items_of(issue: Issue, *, asking: Collection[str] = ()) -> tuple[Asked, ...]:
    """Return each section's opening, then its paragraphs and list items, without what is too short to be looked for.

    A section that is a list, with an introduction or without, has no opening: its items are about different things. `asking` are the sections that ask a
    question: what stands below their first heading is the answer to last week's.
    """
    return tuple(_items(issue, asking))[:MOST_ITEMS]


def _items(issue: Issue, asking: Collection[str]) -> Iterator[Asked]:
    for section in written(issue):
        title = plain(section.title)
        found = list(blocks(section.body))
        kinds = [block.kind for block in found if block.kind != "heading"]
        if kinds[:1] == ["paragraph"] and (len(kinds) == 1 or "paragraph" in kinds[1:]):
            yield Asked(title, section, opening(section))
        for block in found:
            if block.kind == "heading" and section.id in asking:
                break
            if block.kind == "heading":
                title = block.text
            elif count_words(block.text) >= LEAST_WORDS:
                called = marked(block.source) or (_called(block.text) if block.kind == "item" else "")
                text = " ".join(block.text.split()[:MOST_WORDS])
                named = bool(called) and not called.endswith("…")
                yield Asked(called or title, section, text, named)


def _called(item: str) -> str:
    """Return what a list item is called: its first line, or the words before its colon; else its first words.

    >>> _called("Golden sets: fifty questions with their answers catch most regressions.")
    'Golden sets'
    """
    line, _, rest = item.partition("\n")
    if rest and count_words(line) <= 2 * NAME_WORDS:
        return line.rstrip(" :.")
    if name := name_in(item):
        return name
    if numbered := _NUMBERED.match(line):
        return numbered[0]
    clause = _CLAUSE.split(line, maxsplit=1)[0]
    first = line.split()[:NAME_WORDS]
    if 3 <= count_words(clause) <= NAME_WORDS:
        return clause.strip()
    return f"{' '.join(first).rstrip(' ,;.:')} …" if len(first) == NAME_WORDS else ""


def name_in(text: str) -> str:
    """Return the few words before a colon, which name what comes after it.

    >>> name_in("Golden sets: how many questions are enough")
    'Golden sets'
    """
    named = _NAMED.match(text)
    return named[1].strip() if named and count_words(named[1]) <= NAME_WORDS else ""


class Rarity:
    """How much a word says: the logarithm of how many passages there are for each that has it."""

    def __init__(self, past: Iterable[Passage], language: str) -> None:
        self._language = language
        count = 0
        self._having: Counter[str] = Counter()
        for passage in past:
            self._having.update(terms_of(f"{passage.heading} {passage.text}", language))
            count += 1
        self._count = count

    def of(self, text: str) -> Mapping[str, float]:
        """Return the terms of a text that past passages have, with what each says."""
        found = terms_of(text, self._language) & self._having.keys()
        return {term: math.log((1 + self._count) / self._having[term]) for term in sorted(found)}


@lru_cache(maxsize=16_384)  # each draft asks for those of all past passages
def terms_of(text: str, language: str) -> frozenset[str]:
    """Return the words of a text that carry meaning, stemmed, each once; also names with a number in them, such as BOLT12."""
    return frozenset(stems(text, language)) | frozenset(
        word for word in words(text) if _NAME_WITH_NUMBER.fullmatch(word)
    )
