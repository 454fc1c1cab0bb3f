"""What a claim must pass: small pure checks in one table, each with a name. All of them see the same `Evidence`.

A check returns why the sentence fails it, or None. It decides by letters and words alone, so where it cannot decide it
fails: a sentence that was dropped costs less than one that is wrong. What no check can tell is in docs/drafting.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from publisher.draft.addresses import has_address
from publisher.draft.evidence import Evidence, is_whole_sentence
from publisher.draft.facts import (
    coined_words,
    foreign_names,
    foreign_numbers,
    misplaced_number,
    numbers_out_of_order,
    out_of_order,
)
from publisher.draft.following import departs
from publisher.draft.form import malformed
from publisher.draft.letters import foreign_letters, foreign_script, hidden
from publisher.draft.orders import asks_reader, tells_model
from publisher.draft.polarity import CONTRASTS, KNOWN, exchanged, limits, negators
from publisher.draft.quotation import normalise
from publisher.draft.repetition import babbles
from publisher.draft.terms import stems
from publisher.draft.words import LEANING, PRONOUNS

QUOTATION_WORDS: Final = 5
SHARED: Final = 0.5
"""The share of a sentence's stems that its quotation's sentence must have."""

Check = Callable[[Evidence], str | None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one check says of a claim: `fault` is None when it passes."""

    check: str
    fault: str | None = None


def check(evidence: Evidence) -> tuple[Verdict, ...]:
    """Return what each check says, in the order of the table."""
    return tuple(Verdict(name, judge(evidence)) for name, judge in CHECKS.items())


def first_fault(evidence: Evidence) -> Verdict | None:
    """Return the first check that fails, or None."""
    for name, judge in CHECKS.items():
        if (fault := judge(evidence)) is not None:
            return Verdict(name, fault)
    return None


def _form(evidence: Evidence) -> str | None:
    return (
        malformed(evidence.text, code=evidence.passage.codes) if evidence.verbatim else None
    )  # else it was judged before


def _letters(evidence: Evidence) -> str | None:
    if word := foreign_script(evidence.text, evidence.language):
        return f"has letters of another script: {word!r}"
    source = f"{evidence.passage.heading}\n{evidence.passage.text}"
    if not evidence.verbatim and (word := foreign_letters(evidence.text, source, evidence.language)):
        return f"has a character that {evidence.passage.id} lacks: {word!r}"
    return None


def _orders(evidence: Evidence) -> str | None:
    if asks_reader(evidence.text) or asks_reader(evidence.source):
        return "asks the reader for a secret, for money, or to follow a link"
    if tells_model(evidence.text) or tells_model(evidence.source):
        return "is an instruction to a program"
    return None


def _repetition(evidence: Evidence) -> str | None:
    repeated = babbles(evidence.text, evidence.language)
    return f"repeats {repeated!r}" if repeated else None


def _quotation(evidence: Evidence) -> str | None:
    if evidence.verbatim:
        return None
    if not evidence.quote:
        return f"its quotation is not in {evidence.passage.id}"
    words = len(evidence.quote.split()) if evidence.quote.isascii() else len(evidence.known)
    if words < QUOTATION_WORDS:
        return f"its quotation has fewer than {QUOTATION_WORDS} words"
    if hidden(evidence.quote):
        return "its quotation has invisible characters"
    if len(evidence.sentences) > 1:
        return "its quotation runs over more than one sentence"
    if has_address(evidence.source, code=evidence.passage.codes):
        return "quotes a sentence with an address"
    return None


def _whole(evidence: Evidence) -> str | None:
    if evidence.verbatim and not is_whole_sentence(evidence.text, evidence.passage, evidence.language):
        return f"is only a part of a sentence of {evidence.passage.id}"
    return None


def _code(evidence: Evidence) -> str | None:
    source = normalise(f"{evidence.passage.heading}\n{evidence.passage.text}")
    foreign = [code for code in evidence.codes if normalise(code) not in source]
    return _states(evidence, foreign)


def _numbers(evidence: Evidence) -> str | None:
    if evidence.verbatim:
        return None
    if foreign := foreign_numbers(evidence.text, evidence.source, evidence.language):
        return _states(evidence, foreign)
    number = misplaced_number(evidence.text, evidence.source, evidence.language)
    if number:
        return f"has {number!r} beside other words than {evidence.passage.id}"
    number = numbers_out_of_order(evidence.text, evidence.source)
    return f"has {number!r} in another order than {evidence.passage.id}" if number else None


def _names(evidence: Evidence) -> str | None:
    if evidence.verbatim:
        return None
    source = f"{evidence.passage.heading}\n{evidence.source}"
    first = evidence.known[0].word if evidence.known else ""
    if first in LEANING or first in PRONOUNS:  # what it means was said before it
        source = f"{evidence.passage.heading}\n{evidence.passage.text}"
    foreign = foreign_names(evidence.text, source, evidence.language, plain=evidence.plain)
    return _states(evidence, foreign or coined_words(evidence.text, source))


def _order(evidence: Evidence) -> str | None:
    if evidence.verbatim:
        return None
    name = out_of_order(evidence.text, evidence.source)
    return f"names {name!r} in another order than {evidence.passage.id}" if name else None


def _negation(evidence: Evidence) -> str | None:
    if evidence.verbatim:
        return None
    if evidence.language not in KNOWN:
        return "is not word for word, and nobody knows how this language negates"
    said = negators([token.word for token in evidence.said], evidence.language)
    known = negators([token.word for token in evidence.scope], evidence.language)
    return f"negates {said} times, its source {known} times" if said != known else None


def _opposites(evidence: Evidence) -> str | None:
    if evidence.verbatim:
        return None
    said, known = ([token.word for token in found] for found in (evidence.said, evidence.known))
    pair = exchanged(said, known, evidence.language)
    return f"says {pair[0]!r} where {evidence.passage.id} says {pair[1]!r}" if pair else None


def _limits(evidence: Evidence) -> str | None:
    if evidence.verbatim:
        return None
    said = limits([token.word for token in evidence.said], evidence.language)
    known = limits([token.word for token in evidence.scope], evidence.language)
    if lost := sorted(known - said):
        return f"leaves out {lost[0]!r}, which limits what {evidence.passage.id} says"
    more = said - limits([token.word for token in evidence.known], evidence.language)
    if added := [word for word in sorted(more) if word not in CONTRASTS]:
        return f"adds {added[0]!r}, which {evidence.passage.id} does not say there"
    return None


def _follows(evidence: Evidence) -> str | None:
    return None if evidence.verbatim else departs(evidence)


def _content(evidence: Evidence) -> str | None:
    if evidence.verbatim:
        return None
    said = set(stems(evidence.text, evidence.language))
    shared = said & set(stems(evidence.source, evidence.language))
    if len(shared) < SHARED * len(said):
        return f"shares {len(shared)} of its {len(said)} terms with the sentence it quotes"
    return None


def _states(evidence: Evidence, foreign: list[str]) -> str | None:
    return f"states what is not in {evidence.passage.id}: {foreign[0]!r}" if foreign else None


CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        "form": _form,
        "letters": _letters,
        "orders": _orders,
        "repetition": _repetition,
        "quotation": _quotation,
        "whole sentence": _whole,
        "code": _code,
        "numbers": _numbers,
        "names": _names,
        "order of names": _order,
        "negation": _negation,
        "opposites": _opposites,
        "limits": _limits,
        "word for word": _follows,
        "terms": _content,
    }
)
"""Every check of one claim against its passage, by name. `ground` adds those that look at the whole section."""
