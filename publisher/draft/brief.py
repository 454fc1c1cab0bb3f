"""An issue in the making -> what to look for in past ones, and what a writer gets to see."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from publisher.content.prose import blocks, plain, sentences
from publisher.draft.terms import spread, stems
from publisher.issue import ARCHIVE, Issue, Section
from publisher.ports import Hit, Retriever

_ISSUE_LINK = re.compile(r"\b(\d{4})\.md#([a-z0-9-]{1,80})\b")

TOPIC_WORDS: Final = 60
"""How many words of a section's prose stand for it: the opening says what it is about."""

LINKED: Final = 1.5
"""What a passage gains when this week's issue links to its section: more than being some topic's best hit."""

PER_TOPIC: Final = 20
MOST_HITS: Final = 24
PER_SECTION: Final = 2
SAME_SECTION: Final = 1.5
"""How much more a passage of the same section weighs when a section other than the archive is drafted."""


def topics_of(issue: Issue) -> tuple[str, ...]:
    """Return what this week is about: the issue's title and lead, then title and key prose of each written section."""
    written = [section for section in issue.sections if section.id != ARCHIVE and section.id not in issue.drafted]
    topics = [f"{issue.title}. {plain(issue.lead)}", *(_topic(section) for section in written)]
    return tuple(topic for topic in (" ".join(text.split()[: 2 * TOPIC_WORDS]) for text in topics) if topic.strip(". "))


def own_text(issue: Issue) -> str:
    """Return the prose that people wrote for this issue, which the drafted section must not repeat."""
    written = [section for section in issue.sections if section.id != ARCHIVE and section.id not in issue.drafted]
    return "\n".join(block.text for section in written for block in blocks(section.body))


def find(retriever: Retriever, issue: Issue, section: str) -> tuple[Hit, ...]:
    """Search for every topic and merge the answers, the best first, at most PER_SECTION of one issue's section.

    Scores are comparable only within one search, so each search's best hit counts 1, and passages that several topics
    find add up. The words that several topics share are searched for once more by themselves, since one topic's 60
    words drown them. Sections that the editors link to count more: they know best what belongs to their topic.
    """
    totals: defaultdict[str, float] = defaultdict(float)
    passages = {}
    topics = topics_of(issue)
    for topic in (*topics, _in_common(topics)):
        hits = retriever.search(topic, before=issue.date, limit=PER_TOPIC)
        best = max((hit.score for hit in hits), default=0.0)
        for hit in hits:
            passages[hit.passage.id] = hit.passage
            totals[hit.passage.id] += hit.score / best if best > 0 else 0.0
    linked = _linked(issue)
    for passage in passages.values():
        totals[passage.id] += LINKED * ((passage.issue, passage.section) in linked)
        totals[passage.id] *= SAME_SECTION if passage.section == section and section != ARCHIVE else 1.0
    ranked = sorted(passages.values(), key=lambda passage: (-totals[passage.id], passage.id))
    return tuple(_diverse(Hit(passage, totals[passage.id]) for passage in ranked))[:MOST_HITS]


def _in_common(topics: Sequence[str]) -> str:
    """Return the words that several topics share, each form once."""
    terms = spread(topics)
    words = dict.fromkeys(word for topic in topics for word in re.findall(r"[^\W\d_]{3,}", topic.casefold()))
    return " ".join(word for word in words if not terms.keys().isdisjoint(stems(word)))


def _linked(issue: Issue) -> frozenset[tuple[int, str]]:
    """Return (issue, section) of every link such as 0003.md#concept in what people wrote for this issue."""
    bodies = [section.body for section in issue.sections if section.id not in issue.drafted]
    found = (_ISSUE_LINK.findall(text) for text in (issue.lead, *bodies))
    return frozenset((int(number), section) for links in found for number, section in links)


def _diverse(ranked: Iterable[Hit]) -> Iterable[Hit]:
    seen: Counter[tuple[int, str]] = Counter()
    for hit in ranked:
        place = (hit.passage.issue, hit.passage.section)
        seen[place] += 1
        if seen[place] <= PER_SECTION:
            yield hit


def _topic(section: Section) -> str:
    """Return the title and the opening sentences of a section, without the text under its sub-headings."""
    prose: list[str] = []
    for block in blocks(section.body):
        if block.kind == "heading" and prose:
            break
        if block.kind != "heading":
            prose.extend(sentences(block.text))
        if sum(len(sentence.split()) for sentence in prose) >= TOPIC_WORDS:
            break
    return f"{section.title}. {' '.join(prose)}"
