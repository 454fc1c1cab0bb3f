"""Queries whose answers a publication's own issues know: what editors linked to, headings, and words from memory. Pure."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from publisher.content.prose import plain
from publisher.draft.items import written
from publisher.draft.own_links import links_to_issues
from publisher.evaluation.drafting import hidden
from publisher.evaluation.retrieval_files import Query
from publisher.issue import Passage
from publisher.ports import Content

LEAST_WORDS: Final = 12
"""Of a passage from which words are taken: fewer say too little."""


def own_queries(
    content: Content, passages: Sequence[Passage], *, each: int, seed: int = 1
) -> Mapping[str, tuple[Query, ...]]:
    """Return up to `each` queries of every kind, without the kinds of which there are none.

    - links: a paragraph in which editors linked to a past issue, without its links; only earlier passages count.
    - headings: a section's title.
    - words: half of a passage's words, in any order, as one remembers it.
    """
    chance = random.Random(seed)  # noqa: S311 - a sample, no secret
    kinds = {
        "links": list(_links(content, passages)),
        "headings": list(_headings(passages)),
        "words": list(_words(passages, chance)),
    }
    return {kind: tuple(_some(found, each, chance)) for kind, found in kinds.items() if found}


def _links(content: Content, passages: Sequence[Passage]) -> Iterator[Query]:
    for issue in content.issues:
        if not issue.published:
            continue
        paragraphs = (part for section in written(issue) for part in section.body.split("\n\n"))
        for place, paragraph in enumerate(paragraphs):
            linked = links_to_issues(paragraph, content)
            relevant = frozenset(
                one.id
                for one in passages
                if one.date < issue.date
                and any(one.issue == to.issue and to.section in (None, one.section) for to in linked)
            )
            if relevant:
                yield Query(f"{issue.number}-{place}", issue.date, plain(hidden(paragraph)), relevant)


def _headings(passages: Sequence[Passage]) -> Iterator[Query]:
    for heading in dict.fromkeys(one.heading for one in passages):
        relevant = frozenset(one.id for one in passages if one.heading == heading)
        if plain(heading):
            yield Query(heading, None, plain(heading), relevant)


def _words(passages: Sequence[Passage], chance: random.Random) -> Iterator[Query]:
    for one in passages:
        words = re.findall(r"\w+", one.text)
        if len(words) >= LEAST_WORDS:
            yield Query(one.id, None, " ".join(chance.sample(words, len(words) // 2)), frozenset((one.id,)))


def _some(found: list[Query], each: int, chance: random.Random) -> list[Query]:
    return found if len(found) <= each else chance.sample(found, each)
