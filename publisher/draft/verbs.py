"""Whether English words are a sentence, or a heading or note that has no verb to say something with. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from publisher.draft.english import names, ordinary
from publisher.draft.words import ORDERS

_FINITE: Final = re.compile(
    r"(?i)\b(?:am|is|are|was|were|has|have|had|do|does|did|can|cannot|could|may|might|must|should|will|would|shall|need|said|gave|wrote|began|made|"
    r"took|found|saw|held|led|sent|kept|went|came|became|let|ran|got|built|brought|thought|told|spent|grew|lost|won|paid|met|"
    r"chose|broke|drew|fell|rose|knew|spoke|stood|understood|meant|felt|costs|means|isn['’]t|don['’]t|doesn['’]t|can['’]t|won['’]t)\b|"
    r"\w{2}ed\s(?:an?|the|that|how|what|why|whether|his|her|its|their|some|several|many|more|all|it|them|to|about|support|two|three|four|no|\d+|"
    r"(?-i:[A-Z])\w*)\b|\w['’](?:re|ll|ve|d)\s"
)
"""What makes a sentence: an auxiliary, an irregular past, or a past with its object behind it."""

_NO_VERB: Final = re.compile(
    r"(?i)(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )\bbeing \w+(?: on)?(?: by)?\b|^(?:introducing|announcing)\b[^,]*"
)
"""Forms that look like one and make none."""

_MANY: Final = re.compile(
    r"\b(?:[A-Za-z]+s|they|people|we|you|I) (?:(?:[a-z]+ly|still|also|each|all|often|never|now|just) )?([a-z]+)\b"
)
_ADVERB: Final = re.compile(r"\b(?:still|also|always|never|often|then) ([a-z]+)\b")
_ALSO_VERBS: Final = frozenset(
    str.split(
        """support change update return use help cause need limit report fix block cover increase decrease release work store move start stop show offer
        plan call claim answer point result name state set let run cost cap process control share trust watch pay sign spend cut turn test fail record relay
        route travel"""
    )
)
"""Verbs that WordNet met as often as names of things."""


def says_something(sentence: str) -> bool:
    """Whether an English sentence has a verb.

    >>> says_something("Nodes relay transactions."), says_something("A protocol being worked on by Ann for her nodes.")
    (True, False)
    """
    said = _NO_VERB.sub(" ", sentence)
    first = re.match(r"\w+", said)
    if _FINITE.search(said) or (first is not None and first[0].casefold() in ORDERS):
        return True
    third = [form for word in re.findall(r"\b[a-z]{2,}s\b", said) for form in _without_s(word)]
    verbs = [*third, *_MANY.findall(said), *_ADVERB.findall(said)]
    return any(not names(verb) or verb in _ALSO_VERBS for verb in verbs if ordinary(verb))


def _without_s(word: str) -> Iterator[str]:
    """Yield what a word may be without the ending of the third person: relays, fixes, carries."""
    yield word[:-1]
    if word.endswith(("ses", "xes", "zes", "ches", "shes", "oes")):
        yield word[:-2]
    if word.endswith("ies"):
        yield f"{word[:-3]}y"
