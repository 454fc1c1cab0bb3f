"""Whether a sentence can be read without the text around it, in the languages whose words are known. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from publisher.content.prose import count_words
from publisher.draft.ground import malformed
from publisher.draft.leaning import leans
from publisher.draft.words import NUMBER_WORDS, ORDERS

LENGTH: Final = (9, 38)
"""Words of a sentence that is worth quoting."""

_OUTCOME = re.compile(r"(?:,|;) (?:and|or|so that|so|because|since|whereas) (\w+)")
_CODE = re.compile(
    r"(?:^|\s)--?[A-Za-z]|\w_\w|\w\([^)]*\)|\w[.(]_|[A-Za-z_]{2,}\s?=|[{}<>;$]\S|[A-Za-z0-9]{2,}\[|\w=\x22|\s[,.)](?:\s|$)"
)
"""What reads like code and is not set as such: an option, an identifier, a call, an assignment; or what an import left of markup."""

_NO_SUBJECT = re.compile(
    r"(?:Should|Must|May(?! \d{4})|Might|Can|Could|Will(?! [A-Z])|Would|Shall|Has|Have|Is|Are|Was|Were|Does|Do|Did)\b"
)
"""How an English sentence opens that is no question, and leaves out of what it speaks; a month or a person's name is none of these."""

SHORT_CODE: Final = 40
"""Characters of code that a sentence may have in it: longer ones are commands or examples."""

_TITLED = re.compile(r"[^.:,;]{2,60}(?<!\d): ")
"""How a sentence opens that has a title before it, or a list behind it."""

TITLE_WORDS: Final = 6

_TWO = re.compile(r"(?:[^\W\d_]{4}|[A-Z]{3})[.!?] ")
"""A full stop behind a long word: two sentences, the second of which begins with a small letter."""

MOST_NUMBERS: Final = 0.25
"""The share of a sentence's words from which numbers are all that it says: what they count was said before."""

_ENDS = (".", "。")
_BALANCED = (("(", ")"), ("“", "”"), ("«", "»"), ("（", "）"), ("「", "」"))


def stands_alone(sentence: str, language: str = "en", *, code: Collection[str] = (), later: bool = False) -> bool:
    """Whether a reader understands the sentence without the text around it. `code` has the words that are set as code; a `later`
    sentence has another of its passage before it.

    >>> stands_alone("A retry budget of 10 percent caps the load that an outage can add to a provider.")
    True
    >>> stands_alone("It caps the load that an outage can add, as the table above shows for 10 percent.")
    False
    """
    least, most = LENGTH
    if not least <= count_words(sentence) <= most or not sentence.endswith(_ENDS):
        return False
    if not sentence[:1].isalnum() or sentence[0].islower() or leans(sentence, language, later=later):
        return False
    if language.casefold().startswith("en") and _NO_SUBJECT.match(sentence):
        return False
    if (titled := _TITLED.match(sentence)) and count_words(titled[0]) <= TITLE_WORDS:
        return False
    if _is_recipe(sentence) or _is_reckoning(sentence) or malformed(sentence, code=code):
        return False
    if _TWO.search(sentence) or _CODE.search(_without(sentence, code)):
        return False
    return (
        all(sentence.count(left) == sentence.count(right) for left, right in _BALANCED) and sentence.count('"') % 2 == 0
    )


def _without(sentence: str, code: Collection[str]) -> str:
    short = [re.escape(one) for one in code if len(one) <= SHORT_CODE and " " not in one]
    return re.sub(rf"(?<!\w)(?:{'|'.join(short)})(?!\w)", "code", sentence) if short else sentence


def _is_reckoning(sentence: str) -> bool:
    """Whether the sentence is mostly numbers, such as «Three wordings of five goals over four carriers make 60 cases.»"""
    words: list[str] = re.findall(r"\w+(?:[-'’.,]\w+)*", sentence.casefold())
    numbers = sum(word in NUMBER_WORDS or word[0].isdigit() for word in words)
    return numbers > MOST_NUMBERS * count_words(sentence)


def _is_recipe(sentence: str) -> bool:
    """Whether the sentence is a step to take. An order that also says why, or to what end, is advice and may stay."""
    opening = re.match(r"[\w'-]+", sentence)
    if opening is None or opening[0].casefold() not in ORDERS:
        return False
    return not any(word not in ORDERS and word.removesuffix("s") not in ORDERS for word in _OUTCOME.findall(sentence))
