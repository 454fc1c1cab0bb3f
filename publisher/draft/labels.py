"""What a paragraph or list item is called by its first words, set in bold type or as a link: «**Golden sets:** fifty questions». Pure."""

from __future__ import annotations

import re
from typing import Final

from publisher.content.prose import count_words, plain
from publisher.draft.polarity import limits, negators
from publisher.draft.terms import stems, words
from publisher.issue import Passage

NAME_WORDS: Final = 9
"""Words of what a list item is called: those before its colon, or its first ones."""

_BOUNDS: Final = frozenset(
    """about above according after against among as at before behind below between beyond by despite during except following for from if in inside into near
    of off on once only outside over per since than through throughout till to toward towards under unless until up versus via when where while with within
    without nach vor in im bei für gegen ohne seit bis unter über mit aus von wenn sobald après avant dans sur sous pour contre sans depuis selon si quand
    después antes en sobre bajo para contra sin desde según cuando""".split()  # noqa: SIM905
)
"""Words with which a label begins that says when, where or for whom the sentence holds."""

_TAKES_BACK: Final = frozenset(
    """antipattern antipatterns april bad busted critics debunked disputed false fixed irrtum mistake mistakes misconception never old opponents parody pitfall
    reverted sarcasm sceptics skeptics unconfirmed unverified wrong myth myths rumor rumors rumour rumours hoax joke satire fiction fake withdrawn withdrawal rejected rejection retracted retraction declined correction
    corrected obsolete outdated superseded hypothetical alleged former mythos mythen gerücht gerüchte zurückgezogen abgelehnt veraltet berichtigung mythe
    rumeur retiré rejeté obsolète mito rumor retirado rechazado obsoleto""".split()  # noqa: SIM905
)
"""Words of a label that say that what follows does not hold."""

_NUMBER = re.compile(r"\d+")
_MARKED = re.compile(r"\s*(?:\*\*[^*\n]{2,300}\*\*|\*[^*\n]{2,200}:\*|\[[^\[\]]{2,200}\]\([^()\s]{0,1000}\)(?!:))")
_BOLD = re.compile(r"\s*\*{1,2}([^*]{2,300})\*{1,2}")


def marked(source: str) -> str:
    """Return what a paragraph or list item begins with in bold type, or an item as a link: that is what it is called.

    >>> marked("**Golden sets:** fifty questions."), marked("[Retries #12](x.md) caps calls."), marked("See [No. 2](2.md).")
    ('Golden sets', 'Retries #12', '')
    """
    found = _MARKED.match(source)
    name = plain(found[0]).strip(" :.") if found else ""
    return name if 1 <= count_words(name) <= 2 * NAME_WORDS else ""


def label_of(source: str, text: str) -> str:
    """Return the words in bold type before a colon with which a block begins; `text` is its plain text.

    >>> label_of("**Golden sets:** fifty questions.", "Golden sets: fifty questions.")
    'Golden sets'
    """
    found = _BOLD.match(source)
    name = plain(found[1]).strip(" :") if found else ""
    return name if name and text.startswith(f"{name}:") else ""


def without_label(sentence: str, passage: Passage, language: str) -> str:
    """Return a sentence of a passage without the label before it, if it says the same without; else as it is."""
    label = next((one for one in passage.labels if sentence.startswith(f"{one}: ")), "")
    rest = sentence[len(label) + 1 :].lstrip() if label else sentence
    return rest if label and tells_again(label, rest, language) else sentence


def tells_again(label: str, sentence: str, language: str) -> bool:
    """Whether a label only names what the sentence behind it says: all of its terms are there, and it turns and limits nothing.

    >>> tells_again("Golden sets", "A golden set has fifty questions.", "en"), tells_again("Myth", "A golden set is cheap.", "en")
    (True, False)
    >>> tells_again("Critics of golden sets", "Golden sets catch nothing.", "en"), tells_again("Before 12", "It copies.", "en")
    (False, False)
    """
    own = set(stems(label, language))
    said = [*words(label)]
    if negators(said, language) or limits(said, language) or not _TAKES_BACK.isdisjoint(said):
        return False
    if not said or said[0] in _BOUNDS or not set(_NUMBER.findall(label)) <= set(_NUMBER.findall(sentence)):
        return False
    return bool(own) and own <= set(stems(sentence, language))
