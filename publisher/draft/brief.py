"""An issue in the making -> what to look for in past ones, and what a writer gets to see."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from publisher.content.prose import blocks, plain
from publisher.draft.items import Asked, Rarity, items_of, name_in, opening, written
from publisher.draft.own_links import Linked, linked_by_editors
from publisher.draft.passages import citable
from publisher.draft.recently import cited_recently
from publisher.draft.repeated_phrases import phrases, repeated_in
from publisher.draft.terms import spread, stems
from publisher.draft.terms import words as words_of
from publisher.draft.topical import Topical
from publisher.issue import ARCHIVE, Issue
from publisher.ports import Brief, Content, Hit, Item, Retriever, VectorRetriever

TOPIC_WORDS: Final = 60
"""How many words of a section's prose stand for it: the opening says what it is about."""

LINKED: Final = 1.5
"""What a passage gains when this week's issue links to its section: more than being some topic's best hit."""

PER_TOPIC: Final = 20
PER_ITEM: Final = 10
MOST_HITS: Final = 24
PER_SECTION: Final = 2
SAME_SECTION: Final = 1.5
"""How much more a passage of the same section weighs when a section other than the archive is drafted."""

MOSTLY: Final = 0.5
"""The share of an item's phrases from which it is one that stands in the issue every week."""


def brief_of(issue: Issue, section: str, retriever: Retriever, content: Content) -> Brief:
    """Return what a writer is asked for: what this week is about, and what was found for it."""
    language, linked = content.publication.language, linked_by_editors(issue, content)
    past = tuple(citable(content.issues, before=issue.date).values())
    plans = content.publication.sections
    asked = items_of(issue, asking=[plan.id for plan in plans if plan.answers_next_week])
    if isinstance(retriever, VectorRetriever):
        retriever.prepare([*searches_of(issue, language), *(one.text for one in asked)])
    recently = cited_recently(issue, content)
    hits = tuple(
        hit
        for hit in find(retriever, issue, section, linked=linked, language=language)
        if hit.passage.id not in recently
    )
    rarity, topical = Rarity(past, language), Topical(past, [one.text for one in asked], language)
    found = [_found(retriever, one.text, issue, linked) for one in asked]
    cited = {hit.passage.id: hit.passage.text for each in (hits, *found) for hit in each}
    repeated = repeated_in([*cited.values(), *(one.text for one in asked)], past)
    labels = {plan.id: plan.label for plan in plans}
    items = tuple(
        _item(one, each, labels.get(one.section.id), rarity, topical)
        for one, each in zip(asked, found, strict=True)
        if each and not _stands_each_week(one.text, repeated)
    )
    return Brief(
        section=section,
        publication=content.publication.name,
        topics=topics_of(issue),
        hits=hits,
        issue=issue.number,
        items=items,
        language=language,
        own_text=own_text(issue),
        standing=repeated,
        day=issue.date,
        recently=recently,
    )


def topics_of(issue: Issue) -> tuple[str, ...]:
    """Return what this week is about: the issue's title and lead, then title and key prose of each written section."""
    topics = [f"{issue.title}. {plain(issue.lead)}", *(opening(section) for section in written(issue))]
    return tuple(topic for topic in (" ".join(text.split()[: 2 * TOPIC_WORDS]) for text in topics) if topic.strip(". "))


def searches_of(issue: Issue, language: str) -> tuple[str, ...]:
    """Return what is searched for as a whole: every topic, and the words that several of them share."""
    topics = topics_of(issue)
    return (*topics, _in_common(topics, language))


def own_text(issue: Issue) -> str:
    """Return the prose that people wrote for this issue, which the drafted section must not repeat."""
    return "\n".join(
        block.text for body in (issue.lead, *(one.body for one in written(issue))) for block in blocks(body)
    )


def find(
    retriever: Retriever, issue: Issue, section: str, *, linked: frozenset[Linked] = frozenset(), language: str = "en"
) -> tuple[Hit, ...]:
    """Search for every topic and merge the answers, the best first, at most PER_SECTION of one issue's section.

    Scores are comparable only within one search, so each search's best hit counts 1, and passages that several topics
    find add up. The words that several topics share are searched for once more by themselves, since one topic's 60
    words drown them. Sections that the editors link to count more: they know best what belongs to their topic.
    """
    totals: defaultdict[str, float] = defaultdict(float)
    passages = {}
    for topic in searches_of(issue, language):
        hits = retriever.search(topic, before=issue.date, limit=PER_TOPIC)
        best = max((hit.score for hit in hits), default=0.0)
        for hit in hits:
            passages[hit.passage.id] = hit.passage
            totals[hit.passage.id] += hit.score / best if best > 0 else 0.0
    for passage in passages.values():
        totals[passage.id] += LINKED * (Linked(passage.issue, passage.section) in linked)
        totals[passage.id] *= SAME_SECTION if passage.section == section and section != ARCHIVE else 1.0
    ranked = sorted(passages.values(), key=lambda passage: (-totals[passage.id], passage.id))
    return tuple(_diverse(Hit(passage, totals[passage.id]) for passage in ranked))[:MOST_HITS]


def _item(asked: Asked, hits: tuple[Hit, ...], label: str | None, rarity: Rarity, topical: Topical) -> Item:
    """Return an item with what it is called: a label says what a whole piece is, not what one of its sub-headings is."""
    piece = plain(asked.section.title)
    labelled = bool(label) and not asked.named
    return Item(
        title=(name_in(piece) or piece) if labelled else asked.title,
        of=label if label and labelled else piece,
        text=asked.text,
        terms=rarity.of(asked.text),
        hits=hits,
        labelled=labelled,
        runs=topical.of(asked.text),
    )


def _found(retriever: Retriever, text: str, issue: Issue, linked: frozenset[Linked]) -> tuple[Hit, ...]:
    """Search for one item; scores are shares of the best one's, and more for an issue that the editors link to."""
    hits = retriever.search(text, before=issue.date, limit=PER_ITEM)
    best = max((hit.score for hit in hits), default=0.0) or 1.0
    numbers = {one.issue for one in linked}
    scored = [
        Hit(hit.passage, hit.score / best * (LINKED if hit.passage.issue in numbers else 1.0))
        for hit in hits
        if hit.score > 0
    ]
    return tuple(sorted(scored, key=lambda hit: (-hit.score, hit.passage.id)))


def _stands_each_week(text: str, repeated: frozenset[int]) -> bool:
    own = phrases(text)
    return bool(own) and len(own & repeated) >= MOSTLY * len(own)


def _in_common(topics: Sequence[str], language: str) -> str:
    """Return the words that several topics share, each form once."""
    terms = spread(topics, language)
    words = dict.fromkeys(word for topic in topics for word in words_of(topic))
    return " ".join(word for word in words if not terms.keys().isdisjoint(stems(word, language)))


def _diverse(ranked: Iterable[Hit]) -> Iterable[Hit]:
    seen: Counter[tuple[int, str]] = Counter()
    for hit in ranked:
        place = (hit.passage.issue, hit.passage.section)
        seen[place] += 1
        if seen[place] <= PER_SECTION:
            yield hit
