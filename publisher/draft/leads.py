"""What code writes around drafted sentences: the opening, why each is here, and the years of its months. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Final

from publisher.draft.items import terms_of
from publisher.draft.terms import is_unspaced
from publisher.issue import Claim, Passage
from publisher.language import Language, Phrase
from publisher.ports import Item

NEAR: Final = 5
"""Months between a passage and a month that it names: one that is further away may be of either year."""

AHEAD: Final = 3
"""Months that one which is named may still be away, where the sentence speaks of what is to come."""

_TO_COME = re.compile(
    r"(?i)\b(?:will|to be|plan(?:s|ned)?|scheduled|expect(?:s|ed)?|upcoming|next|until|by|before|begins|starts|ends|is set|takes place)\b"
)

LONG_AGO: Final = 183
"""Days from which the opening says how long ago a topic first came up: of a few weeks, each lead-in says it."""

_ONCE = Phrase("One of this week’s topics has come up here before. This is what a past issue said:")
_NEAREST = Phrase(
    "Nothing of this week has come up here before by its name. This is the nearest that a past issue came to it:"
)
_IN_ONE_ISSUE = Phrase("Some of this week’s topics have come up here before. This is what a past issue said:")
_OFTEN = Phrase("Some of this week’s topics have come up here before. This is what past issues said:")
_LONG_AGO = Phrase(
    "Some of this week’s topics have come up here before, as early as %(month)s. This is what past issues said:"
)
_OF_LABEL = Phrase("%(title)s, this week’s %(label)s")
_LEAD = Phrase("%(subject)s: No. %(number)s (%(month)s)")
_LEAD_ON = Phrase("%(subject)s – No. %(number)s (%(month)s) on “%(common)s”:")

_CLOSING: Final = ("?", "!", ".", "…", "？", "！", "。", "؟")
"""How a title ends that no comma may follow."""

_YEAR = re.compile(r" \[(?:19|20)\d\d\](?!\w)")


def opening(passages: Sequence[Passage], day: dt.date, language: Language, *, nearest: bool = False) -> str:
    """Return the first sentence of a section of that day, which cites these; none in a language that we cannot speak.

    A section that has only what is `nearest` to the week, with no subject in common, does not say that a topic came up before.
    """
    if not language.known:
        return ""
    if nearest:
        return language.say(_NEAREST)
    if len(passages) == 1:
        return language.say(_ONCE)
    if len({passage.issue for passage in passages}) == 1:
        return language.say(_IN_ONE_ISSUE)
    first = min(passage.date for passage in passages)
    if (day - first).days < LONG_AGO:
        return language.say(_OFTEN)
    return language.say(_LONG_AGO, month=language.month(first))


def lead_in(item: Item | None, passage: Passage, language: Language, common: str = "") -> str:
    """Return why a sentence is here, and which issue said it when; `common` is what it has in common with the item."""
    subject, number, month = _subject(item, passage, language), passage.number, language.month(passage.date)
    if common and language.known and not _has(subject, common):
        return language.say(_LEAD_ON, subject=subject, number=number, month=month, common=common)
    return language.say(_LEAD, subject=subject, number=number, month=month)


def _has(subject: str, common: str) -> bool:
    """Whether a subject says by itself what a sentence has in common with it."""
    bounds = ("", "") if is_unspaced(common) else (r"(?<!\w)", r"(?!\w)")
    return re.search(re.escape(common).join(bounds), subject, re.IGNORECASE) is not None


def _subject(item: Item | None, passage: Passage, language: Language) -> str:
    if item is None:
        return passage.heading
    if item.labelled and language.known and not item.title.endswith(_CLOSING):
        return language.say(_OF_LABEL, title=item.title, label=item.of)
    return item.title


def nearest_item(claim: Claim, items: Sequence[Item], language: str) -> Item | None:
    """Return the item that a sentence has most in common with, for a writer that does not say which it is about."""
    words = terms_of(claim.text, language)

    def shared(item: Item) -> float:
        return sum(weight for term, weight in item.terms.items() if term in words)

    best = max(items, key=shared, default=None)
    return best if best is not None and shared(best) > 0 else None


def with_years(sentence: str, day: dt.date, language: Language) -> str | None:
    """Return a sentence of a past day with a year behind each month that has none; None if that may be wrong.

    >>> with_years("It shipped in October, and again in May 2019.", dt.date(2018, 11, 7), Language("en"))
    'It shipped in October [2018], and again in May 2019.'
    """
    if language.tag.partition("-")[0] in ("ja", "ko", "zh"):
        return None if re.search(r"(?<![年\d])\d{1,2}月(?!\d*年)", sentence) else sentence
    months = language.months
    bare = re.compile(
        rf"(?<![\w])({'|'.join(map(re.escape, months))})(?![\w])"
        r"(?!(?: \d{1,2}(?:st|nd|rd|th)?)?,?(?: de)?[ \u00a0]\d{4}\b)(?! \[\d{4}\])(?! \d{4})"
    )
    parts, start = [], 0
    for found in bare.finditer(sentence):
        if found[1] in ("May", "March") and not re.search(
            r"(?i)(?:\b(?:in|of|by|since|until|till|on|last|next|early|late|mid|from|to|and|through|\d{1,2})[ -])$",
            sentence[: found.start()],
        ):
            continue
        told = language.tag.partition("-")[0] != "en" or _TO_COME.search(sentence) is not None
        year = _year_of(months.index(found[1]) + 1, day, AHEAD if told else 0)
        if year is None:
            return None
        after = re.match(r" \d{1,2}(?:st|nd|rd|th)?(?![\w.]\d)", sentence[found.end() :])
        end = found.end() + (after.end() if after else 0)
        parts += [sentence[start:end], f" [{year}]"]
        start = end
    return "".join((*parts, sentence[start:]))


def without_years(text: str) -> str:
    """Return a sentence as it was before `with_years`."""
    return _YEAR.sub("", text)


def _year_of(month: int, day: dt.date, ahead: int) -> int | None:
    """Return the year of a month that has been for NEAR months at most, or comes in `ahead`; None where it may be another."""
    for year in (day.year - 1, day.year, day.year + 1):
        if -NEAR <= (year - day.year) * 12 + month - day.month <= ahead:
            return year
    return None
