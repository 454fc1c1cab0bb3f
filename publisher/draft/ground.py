"""Proposed sentences -> claims: only those that a passage supports survive.

This enforces what can be enforced: an exact quotation from a passage that was given, and what `checks` can tell from letters
and words. Whether a paraphrase is true cannot be enforced; so the quotation is shown beside the sentence, for the editor and
for the reader.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from publisher.content.prose import one_line
from publisher.draft.addresses import has_address
from publisher.draft.checks import Verdict, check, first_fault
from publisher.draft.evidence import Evidence, around
from publisher.draft.form import malformed, without_code_marks
from publisher.draft.passages import always_code
from publisher.draft.quotation import find_quotation
from publisher.draft.repetition import shingles, word_list
from publisher.draft.terms import stems
from publisher.issue import Claim, Passage
from publisher.ports import Hit, Proposal

MOST_CLAIMS: Final = 6
FEWEST_CLAIMS: Final = 3

_TELLING: Final = 100
"""Terms of an issue from which it can tell what is off its topics."""

_FEWEST_SHARED: Final = 3
_SHARE: Final = 0.3

_CITES = re.compile(r"\[\s*[@^]")
_PLAIN_WORD = re.compile(r"(?<![\w.])[^\W\d_]{2,}")

__all__ = ["FEWEST_CLAIMS", "MOST_CLAIMS", "Weighed", "ground", "malformed", "verdicts", "weigh"]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A proposed sentence, and either the claim that it became or the check that it failed, with the reason."""

    sentence: str
    passage: str
    quotation: str
    claim: Claim | None = None
    check: str = ""
    reason: str = ""


def ground(
    proposal: Proposal, hits: Sequence[Hit], *, own_text: str = "", language: str = "en"
) -> tuple[tuple[Claim, ...], tuple[str, ...]]:
    """Return the claims that hold, and for every dropped sentence why."""
    weighed = weigh(proposal, hits, own_text=own_text, language=language)
    claims = tuple(one.claim for one in weighed if one.claim is not None)
    dropped = tuple(f"sentence {number}: {one.reason}" for number, one in enumerate(weighed, 1) if one.reason)
    return claims, dropped


def weigh(proposal: Proposal, hits: Sequence[Hit], *, own_text: str = "", language: str = "en") -> tuple[Weighed, ...]:
    """Judge each proposed sentence, in order; those beyond MOST_CLAIMS have neither claim nor reason.

    `hits` are the passages that the writer was given; `own_text` is this week's issue, which must not be repeated.
    Claims are in plain text, and their quotations as the passage writes them.
    """
    passages = {hit.passage.id: hit.passage for hit in hits}
    plain = frozenset(word for one in passages.values() for word in _PLAIN_WORD.findall(one.text) if word.islower())
    own = shingles(own_text)
    topics = frozenset(stems(own_text, language))
    claims: list[Claim] = []
    weighed: list[Weighed] = []
    for proposed in proposal.sentences:
        found = _claim(*proposed, passages, plain, language)
        verdict = found if isinstance(found, Verdict) else _repeats(found, claims, passages, own)
        if verdict is None and isinstance(found, Claim) and _is_off_topic(found, topics, language):
            verdict = Verdict("topic", "has too little to do with this week's issue")
        claim = found if isinstance(found, Claim) and verdict is None and len(claims) < MOST_CLAIMS else None
        claims.extend([claim] if claim else [])
        weighed.append(
            Weighed(*proposed, claim, verdict.check if verdict else "", (verdict.fault or "") if verdict else "")
        )
    return tuple(weighed)


def verdicts(claim: Claim, passage: Passage, language: str = "en") -> tuple[Verdict, ...]:
    """Return what each check says of a claim that stands in a section, for an editor to see."""
    return check(_evidence(claim.text, (), claim.quote, passage, frozenset(), language))


def _claim(
    text: str, passage_id: str, quote: str, passages: Mapping[str, Passage], plain: frozenset[str], language: str
) -> Claim | Verdict:
    """Return the claim, or the check that fails."""
    passage = passages.get(passage_id)
    if passage is None:
        return Verdict("passage", "cites a passage that was not given")
    if fault := malformed(text, code=passage.codes):
        return Verdict("form", fault)
    bare, codes = without_code_marks(text)
    sentence = one_line(bare)
    if has_address(sentence, code=passage.codes):  # between backticks of its own, not of its source
        return Verdict("form", "contains an address")
    if _CITES.search(sentence):  # one that was between backticks, and would be taken for ours
        return Verdict("form", "contains a citation")
    evidence = _evidence(sentence, codes, quote, passage, plain, language)
    return first_fault(evidence) or Claim(evidence.text, passage.id, evidence.quote, codes=always_code(passage))


def _evidence(
    sentence: str, codes: tuple[str, ...], quote: str, passage: Passage, plain: frozenset[str], language: str
) -> Evidence:
    base = language.casefold().partition("-")[0]
    if own := find_quotation(sentence, passage.text):
        return Evidence(own, codes, own, around(own, passage.text), passage, base, plain)
    found = find_quotation(quote, passage.text) or ""
    return Evidence(sentence, codes, found, around(found, passage.text), passage, base, plain)


def _is_off_topic(claim: Claim, topics: frozenset[str], language: str) -> bool:
    """Whether a claim shares too few terms with an issue that is long enough to tell.

    Of sentences that a past issue has for a topic, one in a hundred is off by this; of planted ones that speak to a reader or a
    model, six in seven are.
    """
    terms = set(stems(claim.text, language))
    shared = len(terms & topics)
    return len(topics) >= _TELLING and shared < max(min(_FEWEST_SHARED, len(terms)), _SHARE * len(terms))


def _repeats(
    claim: Claim, claims: Sequence[Claim], passages: Mapping[str, Passage], own: frozenset[tuple[str, ...]]
) -> Verdict | None:
    """Say what `claim` repeats: an earlier claim, this week's issue, or a passage that it does not cite."""
    if any(other.passage == claim.passage for other in claims):
        return Verdict("once", f"{claim.passage} is already cited")
    words = frozenset(word_list(claim.text))
    for other in claims:
        others = frozenset(word_list(other.text))
        if len(words & others) > 0.7 * len(words | others) or shingles(claim.text) & shingles(other.text):
            return Verdict("once", "repeats an earlier sentence")
    if shingles(claim.text) & own:
        return Verdict("new", "repeats this week's issue")
    elsewhere = shingles(claim.text) - shingles(passages[claim.passage].text)
    for passage in passages.values():
        if elsewhere & shingles(passage.text):
            return Verdict("new", f"repeats {passage.id} without citing it")
    return None
