"""A writer without a model: it picks whole sentences of past issues that stand alone. Same passages, same choice."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from publisher.content.prose import sentences
from publisher.draft.ground import malformed
from publisher.draft.terms import spread, stems
from publisher.draft.words import LEANING, ORDERS, PRONOUNS
from publisher.ports import Brief, Hit, Proposal

LENGTH: Final = (12, 35)
"""Words of a sentence that is worth quoting."""

MOST: Final = 5
PER_ISSUE: Final = 2
ABOUT: Final = 20.0
"""The total rarity of this week's terms in a sentence that is wholly about this week."""

FULL: Final = 3
"""How many of this week's terms a sentence needs for its aboutness to count in full: one may have another sense."""

WORTH_ADDING: Final = 0.6
"""Beyond the fewest sentences, only those that are worth at least this share of the best are added."""

NOVELTY: Final = 0.45
"""What a sentence loses for being entirely like one that was picked before; relevance counts up to 1."""

_POINTS_ELSEWHERE = re.compile(
    r"(?i)\b(?:above|below|as follows|the following|(?:this|last|next|each) (?:week|issue|section)|today|yesterday|tomorrow|"
    r"the (?:former|latter|same|other|others|second|third)|so far|earlier|such|see (?:also|no\.)|"
    r"interviewers?|candidates?)\b|\bNos?\. \d"
)
_REFERENCE_START = re.compile(
    r"(?i)(?:(?:in|on|with|without|of|at|under|after|before|by|from|to) )?(?:this|that|these|those|both|such|each of|one of|"
    r"the (?:project|result|answer|difference|gap|rest|point|reason|trick|first|last|table|query|figure|diagram|picture|snippet|code))\b"
)
EXPLAINING: Final = frozenset({"concept", "architecture"})
"""Sections that explain; their sentences are preferred to those of sections that set the reader to work."""

_MECHANISM = re.compile(r"(?i)\b(?:because|since|so that|if|when|unless|until|instead of|whereas|once|costs?|means)\b")
_ASSUMES = re.compile(
    r"The |On (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
)
_OUTCOME = re.compile(r"(?:,|;) (?:and|or|so that|so|because|since|whereas) (\w+)")
_CODE = re.compile(r"(?:^|\s)--?[A-Za-z]|\w_\w|\w\([^)]*\)|\w[.(]_|[A-Za-z_]{2,}\s?=|[{}<>;$]\S|[A-Za-z0-9]{2,}\[")
"""What was between backticks, which plain text has lost: an option, an identifier, a call, an assignment."""

_BALANCED = (("(", ")"), ("“", "”"), ("«", "»"))


@dataclass(frozen=True, slots=True)
class _Candidate:
    text: str
    hit: Hit
    words: frozenset[str]
    worth: float


class ExtractiveWriter:
    """Proposes sentences word for word, at most one from a passage and two from an issue, unlike each other."""

    def write(self, brief: Brief) -> Proposal:
        candidates = list(_candidates(brief))
        least = brief.sentences[0]
        picked = _pick(candidates, PER_ISSUE, MOST)
        picked = [
            one for place, one in enumerate(picked) if place < least or one.worth >= WORTH_ADDING * picked[0].worth
        ]
        if len(picked) < least:  # a young publication: better more sentences from one issue than no section
            picked = _pick(candidates, least, least)
        return Proposal(tuple((one.text, one.hit.passage.id, one.text) for one in picked), writer="extractive")


def stands_alone(sentence: str) -> bool:
    """Whether a reader understands the sentence without the text around it.

    >>> stands_alone("A retry budget of 10 percent caps the load that an outage can add to a provider.")
    True
    >>> stands_alone("It caps the load that an outage can add, as the table above shows for 10 percent.")
    False
    """
    words = re.findall(r"[\w'-]+", sentence)
    least, most = LENGTH
    if (
        not least <= len(words) <= most
        or not sentence.endswith(".")
        or not sentence[:1].isalnum()
        or sentence[0].islower()
    ):
        return False
    opening = [word.casefold() for word in words[:5]]
    if (
        _is_recipe(sentence, opening[0])
        or opening[0] in LEANING
        or _REFERENCE_START.match(sentence)
        or any(word in PRONOUNS for word in opening)
    ):
        return False
    if _POINTS_ELSEWHERE.search(sentence) or _CODE.search(sentence) or malformed(sentence):
        return False
    return (
        all(sentence.count(left) == sentence.count(right) for left, right in _BALANCED) and sentence.count('"') % 2 == 0
    )


def _is_recipe(sentence: str, opening: str) -> bool:
    """Whether the sentence is a step to take. An order that also says why, or to what end, is advice and may stay."""
    if opening not in ORDERS:
        return False
    return not any(word not in ORDERS and word.removesuffix("s") not in ORDERS for word in _OUTCOME.findall(sentence))


def _candidates(brief: Brief) -> Iterator[_Candidate]:
    topics = spread(brief.topics)
    rarity = _rarity(brief.hits)
    best = max((hit.score for hit in brief.hits), default=0.0) or 1.0
    for hit in brief.hits:
        if "?" in hit.passage.text or hit.passage.text.startswith(
            ('"', "“")
        ):  # it sets a problem, and what it says is made up for that
            continue
        for sentence in sentences(hit.passage.text):
            if not stands_alone(sentence):
                continue
            words = frozenset(stems(sentence))
            shared = words & topics.keys()
            weight = sum(rarity[word] * topics[word] for word in shared)
            aboutness = min(1.0, weight / ABOUT) * min(1.0, len(shared) / FULL)
            number = re.search(r"\d", sentence) is not None
            because = _MECHANISM.search(sentence) is not None
            explains = hit.passage.section in EXPLAINING
            leaning = _ASSUMES.match(sentence) is not None and words.isdisjoint(stems(hit.passage.heading))
            worth = 0.3 * hit.score / best + (0.6 + 0.3 * explains) * aboutness
            worth += 0.05 * number + 0.1 * because - 0.15 * leaning
            worth -= not aboutness  # it shares nothing with this week: a last resort
            yield _Candidate(sentence, hit, words, worth)


def _rarity(hits: Sequence[Hit]) -> dict[str, float]:
    """Return what a word says about a passage: the fewer passages have it, the more (0 when all do)."""
    having = Counter(word for hit in hits for word in set(stems(hit.passage.text)))
    return {word: math.log(len(hits) / count) for word, count in having.items()}


def _pick(candidates: Sequence[_Candidate], per_issue: int, most: int) -> list[_Candidate]:
    """Pick the best one repeatedly; likeness to those already picked counts against it (maximal marginal relevance)."""
    picked: list[_Candidate] = []
    issues: Counter[int] = Counter()
    left = list(candidates)
    while left and len(picked) < most:
        best = max(left, key=lambda one: (one.worth - NOVELTY * _likeness(one, picked), one.hit.passage.id, one.text))
        picked.append(best)
        issues[best.hit.passage.issue] += 1
        left = [
            one
            for one in left
            if one.hit.passage.id != best.hit.passage.id and issues[one.hit.passage.issue] < per_issue
            and _likeness(one, picked) < 0.6
        ]  # fmt: skip
    return picked


def _likeness(one: _Candidate, picked: Sequence[_Candidate]) -> float:
    return max((len(one.words & other.words) / max(1, len(one.words | other.words)) for other in picked), default=0.0)
