"""Where a sentence that follows its source word for word leaves it: what is cut off, put in, exchanged or moved.

A sentence that follows its source could as well be the source's own. So whatever such a sentence changes changes what is
said, and nobody but a reader can tell whether it still holds: it is to be word for word, or in words of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from publisher.draft.english import TRADE, opposites
from publisher.draft.evidence import Evidence, Token
from publisher.draft.polarity import CONTRASTS, limits, negators
from publisher.draft.quotation import normalise
from publisher.draft.stop_words import stop_words
from publisher.draft.words import PRONOUNS

FOLLOWS: Final = 0.75
"""The share of the words that two texts have in common, in order: above it, one follows the other."""

_OPENING: Final = 4
"""Words with which a sentence may begin before it follows its source."""

_LONG_ENOUGH: Final = 10
"""Words that have to be left for an opening not to count: of fewer, a paraphrase shares most by chance."""

_BORROWED: Final = 0.8
"""The share of a sentence's words from which it has none of its own worth the name."""

_SHORT: Final = 5
"""Words of a source that a sentence may well have by chance; of a longer one, it has not three in four and means something else."""

_REPLACED: Final = 2
"""Words at the beginning of the source's sentence that an opening may stand for: `It`, `The developers`."""

_HARMLESS: Final = {
    "en": frozenset(str.split("a an the this that these those its their his her of and is are was were be been has have had")),
    "de": frozenset(str.split("der die das den dem des ein eine einen einem einer und ist sind war waren wird")),
    "fr": frozenset(str.split("le la les l un une des du de et est sont était")),
    "es": frozenset(str.split("el la los las un una unos unas de y es son era")),
}  # fmt: skip
"""Words that may be put in or exchanged."""

_LIGHT: Final = {
    "en": frozenset(
        str.split("""also and additionally furthermore moreover finally first firstly second secondly third lastly next then thus so hence therefore
        consequently accordingly similarly likewise meanwhile again here now note notably interestingly importantly specifically in addition
        for example instance as well of course to summarize summary short the a an this these that however but still yet indeed""")
    ),
    "de": frozenset(str.split("auch und außerdem zudem ferner schließlich dann also daher deshalb dabei hier nun zum beispiel der die das ein eine aber jedoch")),
    "fr": frozenset(str.split("aussi et en outre enfin puis ensuite donc ainsi ici par exemple le la les l un une mais cependant de plus")),
    "es": frozenset(str.split("también y además finalmente luego entonces así aquí por ejemplo el la los las un una pero sin embargo")),
}  # fmt: skip
"""Words that a sentence may lose at its beginning: they tie it to the one before."""

_PREPOSITIONS: Final = frozenset(str.split("as auf aus bei de del en for in mit of par para por pour to von zu zum"))
"""Of the light words: they tie only together with another, as in «for example»."""

_DENIES: Final = frozenset(
    str.split(
        "bogus contrary debunked dream dreams fable fake far fiction hoax joke jokes legend lie lies mistake mistaken myth myths nonsense parody pretend "
        "rumor rumors rumour rumours satire wrong wrongly"
    )
)
"""Words with which an opening takes back all that follows."""

_INTRODUCES: Final = frozenset(
    str.split(
        """note notes noted explain explains explained report reports reported show shows showed learn learns learned learnt find finds found recall
        recalls recalled remember remembers remembered remind reminds reminded know knows knew say says said see sees saw describe describes
        described observe observes observed mention mentions mentioned point points pointed out write writes wrote tell tells told hear heard
        confirm confirms confirmed discover discovers discovered demonstrate demonstrates demonstrated emphasize emphasizes emphasized stress
        stresses stressed add adds added highlight highlights highlighted summarize summarizes came comes word news good great better best yet put
        simply aside back ago last past days day weeks week months month years year earlier once more today yesterday yes reader readers people
        everyone we it they one history experience archives newcomers issue issues team teams time times that how why what"""
    )
)
"""English words that only say who said it, or when: several of them may stand before a sentence of the source."""

_ALONE: Final = frozenset(
    str.split("""background context fact flashback reminder recap summary tip update afterwards already altogether anyway besides beforehand before elsewhere eventually hence later nearby nowadays nonetheless nevertheless
        overall perhaps since somehow somewhere sometimes soon thereby together tomorrow tonight""")
)
"""Other words that may stand alone before a sentence of the source."""

_TURNS: Final = {
    "en": frozenset(str.split("but unless except if only although though however not rather until  provided without because when where whereas nor")),
    "de": frozenset(str.split("aber außer wenn falls nur obwohl jedoch nicht sondern bis sofern ohne")),
    "fr": frozenset(str.split("mais sauf si seulement bien quoique pas jusqu sans")),
    "es": frozenset(str.split("pero salvo excepto si solo sólo aunque no hasta sin")),
}  # fmt: skip
"""Words after which a statement is limited or taken back: what follows them cannot be left out."""


def follows(evidence: Evidence) -> bool:
    """Whether most of the sentence's words are the source's own in order, or most of the source's words are in it.

    An opening does not count against a sentence that is long enough without it.
    """
    said, known, blocks = evidence.said, evidence.known, evidence.blocks
    if not blocks:
        return False
    shared, opening = sum(size for _, _, size in blocks), blocks[0][0]
    without = len(said) - opening if opening <= _OPENING else len(said)
    if len(known) > _SHORT and shared >= FOLLOWS * len(known):
        return True
    return shared > FOLLOWS * (without if without >= _LONG_ENOUGH else len(said))


def departs(evidence: Evidence) -> str | None:
    """Say what a sentence changes that follows its source, or None."""
    if not follows(evidence):
        return "sets the words of its source in another order" if _turned_round(evidence) else None
    said, known, blocks, language = evidence.said, evidence.known, evidence.blocks, evidence.language
    opening, head = said[: blocks[0][0]], known[: blocks[0][1]]
    if fault := _cut_head(opening, head, language):
        return fault
    place, source_place = blocks[0][0] + blocks[0][2], blocks[0][1] + blocks[0][2]
    for start, source_start, size in blocks[1:]:
        if fault := _changed(said[place:start], known[source_place:source_start], language):
            return fault
        place, source_place = start + size, source_start + size
    if fault := _changed(said[place:], (), language):
        return fault
    return _cut_tail(evidence, source_place)


def _turned_round(evidence: Evidence) -> bool:
    """Whether a sentence has hardly any words of its own, and those of its source in another order: A before B, B before A."""
    known = Counter(token.key for token in evidence.known)
    shared = (Counter(token.key for token in evidence.said) & known).total()
    return shared > _SHORT and shared >= _BORROWED * len(evidence.said)


def _adds_alone(opening: Sequence[Token], head: Sequence[Token], language: str) -> bool:
    """Whether one word stands before a whole English sentence that does more than introduce it: «Few developers …»."""
    if language != "en" or head or len(opening) != 1:
        return False
    word = opening[0].word
    known = word in _LIGHT["en"] or word in _INTRODUCES or word in CONTRASTS or word in _ALONE
    return not known and not word.endswith("ly")


def _cut_head(opening: Sequence[Token], head: Sequence[Token], language: str) -> str | None:
    """Judge the words before those that are shared: the sentence's own, and those of its source that it lacks."""
    if not _may_open(opening, language) or _adds_alone(opening, head, language):
        return f"adds {' '.join(token.raw for token in opening)!r} before the words of its source"
    ties = all(token.word in _LIGHT.get(language, frozenset()) for token in head)
    if ties and not (len(head) == 1 and head[0].word in _PREPOSITIONS):
        return None
    if opening and len(head) <= _REPLACED and not any(_binds(token, language) for token in head):
        return None
    return f"cuts off how its source's sentence begins: {head[0].raw!r}"


def _may_open(opening: Sequence[Token], language: str) -> bool:
    """Whether words may stand before those of the source: one, or a few of those that only introduce."""
    words = [token.word for token in opening]
    heavy = [token for token in opening if token.word not in CONTRASTS]
    if len(opening) > _OPENING or _weighs(heavy, language) or not _DENIES.isdisjoint(words):
        return False
    introduces = _LIGHT.get(language, frozenset()) | (_INTRODUCES if language == "en" else frozenset())
    if len(opening) > 1 and language == "en":
        return all(word in introduces or word in TRADE or word.endswith("ly") for word in words)
    return len(opening) <= 1 or all(word in introduces for word in words)


def _binds(token: Token, language: str) -> bool:
    """Whether a word at a sentence's beginning says how the rest is meant: a preposition, a limit, a word with an opposite."""
    if token.word not in _PREPOSITIONS and token.word in _LIGHT.get(language, frozenset()) | PRONOUNS:
        return False
    turns = token.word in stop_words(language) or (language == "en" and bool(opposites(token.word)))
    return turns or _weighs((token,), language)


def _changed(put_in: Sequence[Token], left_out: Sequence[Token], language: str) -> str | None:
    """Judge what stands between two runs of shared words."""
    harmless = _HARMLESS.get(language, frozenset())
    for token in put_in:
        if token.word not in harmless:
            return f"puts {token.raw!r} into a sentence that follows its source"
    if left_out and _weighs(left_out, language):
        return f"leaves out {' '.join(token.raw for token in left_out[:6])!r}"
    return None


def _cut_tail(evidence: Evidence, place: int) -> str | None:
    rest = evidence.known[place:]
    if not rest:
        return None
    whole = normalise(evidence.source)
    between = whole[evidence.known[place - 1].end : rest[0].start]
    if not re.search(r"[,;:(—–-]|[，；：（、]", between):
        return f"cuts off how its source's sentence ends: {rest[0].raw!r}"
    turns = _TURNS.get(evidence.language, frozenset())
    if any(token.word in turns for token in rest[:3]) or _weighs(rest[:3], evidence.language):
        return f"cuts off what limits its source's sentence: {rest[0].raw!r}"
    return None


def _weighs(found: Sequence[Token], language: str) -> bool:
    words = [token.word for token in found]
    return bool(negators(words, language) or limits(words, language))
