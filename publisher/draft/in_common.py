"""What an item of the week and a past sentence have in common, in the sentence's own words: why the one is quoted beside the other. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise
from typing import Final

from publisher.draft.english import names, ordinary
from publisher.draft.nameless import EDGES, GENERAL
from publisher.draft.stop_words import stop_words
from publisher.draft.terms import is_unspaced, stem, words
from publisher.issue import Passage
from publisher.ports import Item

LONGEST: Final = 4
"""Words of what is named as the subject in common."""

NAMEABLE: Final = 0.42
"""What a subject in common weighs, at least, beside the rarest word of the week: what every passage has is none."""

PLAIN: Final = 0.8
"""What is left of the weight of a single ordinary word."""

ALONE: Final = 0.48
"""The same of a single word."""

MODIFIES: Final = 0.5
"""What is left of a subject with which the past sentence names something else: «compact block filters» are no compact blocks."""

BARELY: Final = 0.3
"""The same where nothing weighs as much: one sentence may stand by a subject that many past issues had."""

IN_PASSING: Final = 0.6
"""What is left of the weight of a subject that an item names once, and late; and of one that a past passage does."""

MOST_READ: Final = 4000
"""Characters of a passage that are looked at for how plainly it is about something."""

OPENING: Final = 30
"""Words of an item in which it says what it is about."""

FAINT: Final = 0.3
"""The share of the weight of a subject's rarest word below which a word at its edge says nothing."""

LONG: Final = 8
"""Letters of a word that may be a subject by itself in a language of which we do not know which words are ordinary."""

_TOKEN = re.compile(r"(?<!@)\b[^\W_]+(?:[-'’./_][^\W_]+)*")
_SIGNS = re.compile(r"[^\s\w]|\s")
_IDENTIFIER = re.compile(r".*\d|.*_|.[^.'’-]*[A-Z]|.*[.]\w")
_QUALITY = re.compile(
    r"^.{3,}(?:ly|ous|ive|able|ible|ful|less|ize|ise|ized|ised|ify|ified|ical|ic|ed|ing)$|-(?:ready|safe|based|like|free|only|level|time|aware|focused|specific)$"
)
"""An English adjective, adverb or participle by its ending: what is so says nothing of what a text is about."""

_POSSESSIVE = re.compile(r"['’]s?$")
_VERB_BEFORE = re.compile(r"(?i)\b(?:to|can|cannot|could|may|might|must|not|shall|should|will|would)\s$")
_BEGINS = re.compile(r"(?:^|[.:!?]\s)\W*$")
"""What stands before a word that has its capital from its place."""

_SAYS = (
    "propos|post|announc|describ|open|wrot|writ|suggest|ask|explain|outlin|publish|present|report|work|start|continu|repl|notic|not|argu|list|"
    "creat|discuss|point|implement|introduc|releas|develop|demonstrat|releas|gave|sent"
)
_PERSON_BEFORE = re.compile(
    r"(?:\b(?:by|from|with|developers?|author|engineer|researcher|contributor|maintainer)\s|[A-Z][\w.-]+,\s|,\sand\s)$"
)
_PERSON_AFTER = re.compile(
    rf"^(?:['’]s\b|,?\s(?:also\s|has\s|first\s|\w+ly\s)?(?:{_SAYS})\w*\b|,\s[A-Z]\w+\s[A-Z]|,?\sand\s[A-Z]\w+\s[A-Z])"
)
_ONE_PERSON_AFTER = re.compile(
    r"^(?:,?\sand\s[A-Z][\w.-]+(?:\s[A-Z][\w.-]+)?)?\s(?:also\s|has\s|have\s|first\s)?"
    r"(?:propos|post|wrot|writ|suggest|ask|explain|argu|repl(?:y|ie)|describ|present)\w*\b"
)
_NAME_BEFORE = re.compile(r"(?<!^)(?<![.!?:(] )\b[A-Z][a-z]+\s(?:(?:van|von|der|den|de|da|la|du|ter)\s)*$")
_NAME_AFTER = re.compile(r"^\s(?:(?:van|von|der|den|de|da|la|du|ter)\s)*[A-Z][\w'’]+")
"""Another name beside one: together they are a person, or something else than the one."""

_TWO_NAMES = re.compile(r"[A-Z][\w.-]*(?:\s[A-Z][\w'’-]*){1,2}")


@dataclass(frozen=True, slots=True)
class InCommon:
    """The words in a row that two texts share, as the past one writes them, and what they say together."""

    words: str
    weight: float
    alone: bool = False

    def names(self, rarest: float, *, barely: bool = False) -> bool:
        """Whether it weighs enough to be named beside the `rarest` word of the week; a single word has to say more, and does not do so `barely`."""
        return self.weight >= (ALONE if self.alone else BARELY if barely else NAMEABLE) * rarest


@dataclass(frozen=True, slots=True)
class _Word:
    raw: str
    start: int
    end: int
    stems: tuple[str, ...]


def in_common(item: Item, sentence: str, language: str, passage: Passage | None = None) -> InCommon | None:
    """Return the words in a row that say most of what an item and a past sentence are both about; None if nothing does.

    Words weigh less that are said everywhere in passing, and those that the item or the `passage` of the sentence names once, and late.

    The name with which the item opens does not count: two releases of a product may have nothing else in common. Nor do
    people: they speak of many things. A single ordinary word counts if the item says it again, or is called by it. English
    words end in one that names a thing: what is done with it, or how it is, is no subject.
    """
    tag = language.casefold().partition("-")[0]
    if is_unspaced(sentence):
        return _signs_in_common(item, sentence, tag)
    own, said = _words(item.text, tag), _words(sentence, tag)
    title = _words(item.title, tag)
    there = _words(passage.text[:MOST_READ], tag) if passage is not None else ()
    headed = _words(f"{passage.heading} {' '.join(passage.labels)}"[:MOST_READ], tag) if passage is not None else ()
    product = _product(own, item.text)
    together = {(one.stems, two.stems) for one, two in _adjacent(own, item.text)}
    best: InCommon | None = None
    for run in _runs(said, sentence, item.terms, together):
        kept = _trimmed(run, item.terms, sentence, tag)
        telling = [word for word in kept if word.stems not in product]
        weight = min(_together(telling, item.terms), _as_subject(telling, item.runs))
        weight *= _stress(kept, own, () if kept and _is_alone(kept, title) else title) * (
            _stress(kept, there, headed) if there else 1.0
        )
        weight *= MODIFIES if tag == "en" and len(kept) > 1 and _modifies(kept[-1], said, sentence) else 1.0
        if not telling or (best is not None and weight <= best.weight) or _is_person(kept, sentence):
            continue
        if len(kept) > 1 or _is_subject(kept[0], own, title, tag):
            best = InCommon(sentence[kept[0].start : kept[-1].end], weight, _is_alone(kept, title))
    return best


def _is_alone(run: Sequence[_Word], title: Sequence[_Word]) -> bool:
    """Whether a single word is neither a name by its form nor, if it is no ordinary word, what the item is called by."""
    if len(run) > 1 or _IDENTIFIER.match(run[0].raw):
        return False
    return ordinary(run[0].raw.casefold()) or run[0].stems not in {word.stems for word in title}


def _is_subject(word: _Word, own: Sequence[_Word], title: Sequence[_Word], language: str) -> bool:
    """Whether a single word may be what both texts are about."""
    if _IDENTIFIER.match(word.raw):
        return True
    plain = word.raw.casefold()
    if language == "en" and plain in GENERAL:
        return False
    if language == "en" and _QUALITY.search(plain) and word.raw == plain:
        return False
    if language == "de" and word.raw == plain:  # a German name of a thing has a capital
        return False
    if language == "en" and not ordinary(plain):
        return True
    if language != "en" and len(plain) >= LONG:
        return True
    return _stress([word], own, title) == 1.0


def _as_subject(run: Sequence[_Word], says: Mapping[tuple[str, ...], float]) -> float:
    """Return what a run says as a subject: each two of its words on average, or one of them that is a name."""
    if not says:
        return math.inf
    alone = [says.get(word.stems[-1:], 0.0) for word in run if len(run) == 1 or _IDENTIFIER.match(word.raw)]
    each = [says.get((one.stems[-1], two.stems[0]), 0.0) for one, two in pairwise(run)]
    together = math.fsum(each) / len(each) if each else 0.0
    plain = len(run) == 1 and ordinary(run[0].raw.casefold())
    return max((together, *alone)) * (PLAIN if plain else 1.0)


def _modifies(last: _Word, said: Sequence[_Word], sentence: str) -> bool:
    """Whether English words name something else together with the next one, which the item has not behind them."""
    behind = next((word for word in said if word.start > last.start), None)
    if behind is None or sentence[last.end : behind.start] != " " or not behind.raw.islower():
        return False
    return names(behind.raw) and ordinary(behind.raw) and behind.raw not in EDGES


def _stress(run: Sequence[_Word], text: Sequence[_Word], called: Sequence[_Word]) -> float:
    """Return how plainly a text is about words: it is `called` by them, or says them in its opening, and again."""
    stems = [word.stems for word in run]
    if set(stems) <= {word.stems for word in called}:
        return 1.0
    places = [
        at for at in range(len(text) - len(run) + 1) if all(text[at + n].stems == one for n, one in enumerate(stems))
    ]
    if not places:
        return IN_PASSING
    early, often = places[0] < OPENING, len(places) > 1
    return 1.0 if early and often else (1 + IN_PASSING) / 2 if early or often else IN_PASSING


def _is_person(run: Sequence[_Word], text: str) -> bool:
    before, name, after = text[: run[0].start], text[run[0].start : run[-1].end], text[run[-1].end :]
    if len(run) < 2:
        if not name[:1].isupper():
            return False
        if _ONE_PERSON_AFTER.match(after):
            return True
        return _IDENTIFIER.match(name) is None and any((_NAME_AFTER.match(after), _NAME_BEFORE.search(before)))
    if not _TWO_NAMES.fullmatch(name):
        return False
    return bool(_PERSON_BEFORE.search(before) or _PERSON_AFTER.match(after))


@lru_cache(maxsize=4096)  # each item is compared with many sentences of the same passages
def _words(text: str, language: str) -> tuple[_Word, ...]:
    left_out = stop_words(language)
    found = []
    for match in _TOKEN.finditer(text):
        parts = [word for word in words(match[0]) if word not in left_out]
        if any(len(part) > 1 and not part.isdigit() for part in parts):
            found.append(_Word(match[0], match.start(), match.end(), tuple(stem(part, language) for part in parts)))
    return tuple(found)


def _adjacent(found: Sequence[_Word], text: str) -> Iterator[tuple[_Word, _Word]]:
    """Yield each two words with nothing but a space or a hyphen between them."""
    for one, two in pairwise(found):
        if text[one.end : two.start] in (" ", "-", "\u00a0"):
            yield one, two


def _runs(
    said: Sequence[_Word],
    text: str,
    weights: Mapping[str, float],
    together: set[tuple[tuple[str, ...], tuple[str, ...]]],
) -> Iterator[list[_Word]]:
    """Yield the longest runs of words that the item has, each two of which follow each other there, too."""
    run: list[_Word] = []
    for word in said:
        if run and not (
            text[run[-1].end : word.start] in (" ", "-", "\u00a0") and (run[-1].stems, word.stems) in together
        ):
            yield run
            run = []
        if _weight(word, weights):
            run = [*run[-LONGEST + 1 :], word]
        elif run:
            yield run
            run = []
    if run:
        yield run


def _weight(word: _Word, weights: Mapping[str, float]) -> float:
    found = [weights.get(one, 0.0) for one in word.stems]
    return max(found) if found and all(found) else 0.0


def _together(run: Sequence[_Word], weights: Mapping[str, float]) -> float:
    """Return what words say together: the rarest one all, the others half, since ordinary words go together everywhere."""
    each = [_weight(word, weights) for word in run]
    return (max(each, default=0.0) + sum(each)) / 2


def _trimmed(run: list[_Word], weights: Mapping[str, float], text: str, language: str) -> list[_Word]:
    """Return a run without the words at its edges that say nothing, or that name nothing: «verifies signatures that» has «signatures»."""
    most = max((_weight(word, weights) for word in run), default=0.0)
    english = language == "en"

    def faint(word: _Word) -> bool:
        return _weight(word, weights) < FAINT * most or (english and word.raw.casefold() in EDGES)

    while run and (faint(run[0]) or (english and _is_done(run[0], text))):
        run = run[1:]
    while run and (faint(run[-1]) or (english and not _names_a_thing(run[-1], text))):
        run = run[:-1]
    return run


def _is_done(word: _Word, text: str) -> bool:
    """Whether an English word at the beginning of a run is the verb that the rest belongs to."""
    if names(word.raw) or not word.raw.islower():
        return False
    return word.raw.endswith("s") or _VERB_BEFORE.search(text[: word.start]) is not None


def _names_a_thing(word: _Word, text: str) -> bool:
    """Whether a run of English words may end in this one, as the name of a thing does."""
    if _POSSESSIVE.search(word.raw):
        return False
    if _IDENTIFIER.match(word.raw) or (word.raw[:1].isupper() and not _BEGINS.search(text[: word.start])):
        return True
    folded = word.raw.casefold()
    quality = _QUALITY.search(folded) is not None and not folded.endswith("ing")
    return names(folded) and (ordinary(folded) or not quality)


def _product(own: Sequence[_Word], text: str) -> frozenset[tuple[str, ...]]:
    """Return the words of the name with which a text opens, such as «Trezor Suite»; an ordinary first word is none."""
    name: list[_Word] = []
    for word in own:
        gap = text[name[-1].end : word.start] if name else text[: word.start]
        if not word.raw[:1].isupper() or gap.strip(" #") or (not name and gap):
            break
        name.append(word)
    if len(name) == 1 and not _IDENTIFIER.match(name[0].raw) and not re.match(r"\s(?:#|v?\d)", text[name[0].end :]):
        return frozenset()
    return frozenset(word.stems for word in name)


def _signs_in_common(item: Item, sentence: str, language: str) -> InCommon | None:
    """Return the run of signs of both that says most, where words are not told apart by spaces."""
    best: InCommon | None = None
    matcher = SequenceMatcher(None, item.text, sentence, autojunk=False)
    for block in matcher.get_matching_blocks():
        for part in _SIGNS.split(sentence[block.b : block.b + block.size]):
            weight = sum(item.terms.get(stem(word, language), 0.0) for word in words(part))
            if len(part) > 1 and weight and (best is None or weight > best.weight):
                best = InCommon(part, weight)
    return best
