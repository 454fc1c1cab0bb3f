"""Ways in which a true sentence is made untrue, to see whether the checks notice.

The words here are chosen for this purpose alone, not taken from the lists of publisher/draft. Those of the classes
"held out" were chosen when the checks stood, and what they find is only reported: the checks were never changed for it.
A mutation that finds nothing to change returns None.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

Mutation = Callable[[str, random.Random], str | None]

_WORD = re.compile(r"[A-Za-z]{2,}")
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][A-Za-z]+(?: [A-Z][A-Za-z]+)*")
_DIGITS = re.compile(r"\d")

_STRANGERS: Final = (
    "Marisol Etxeberria", "Quillfeather", "Okonkwo", "Zephyrine", "Brandywell", "Vantablock", "Tobias Lindqvist", "Nettlesworth", "Halcyon Labs",
    "Yamazato", "Drumlanrig", "PelicanDB", "Oskar Winterbourne", "Corvid Systems", "Thistlecoin",
)  # fmt: skip
_CONFUSABLE: Final = {
    "a": "а", "e": "е", "o": "οо", "c": "сϲ", "p": "р", "x": "х", "y": "у", "i": "іı", "s": "ѕ", "j": "ј", "h": "һ", "d": "ԁ", "g": "ɡ", "l": "ӏl",
    "n": "ո", "v": "ѵν", "w": "ԝ", "A": "АΑ", "B": "ВΒ", "E": "ЕΕ", "H": "НΗ", "K": "КΚ", "M": "МΜ", "O": "ОΟ", "P": "РΡ", "T": "ТΤ",
}  # fmt: skip
_INVISIBLE: Final = (
    "\u200b",
    "\u200c",
    "\u200d",
    "\u2060",
    "\ufeff",
    "\u00ad",
    "\u202e",
    "\u2066",
    "\u034f",
    "\u180e",
    "\U000e0061",
    "\ufe0f",
    "\u3164",
    "\u061c",
)
_MARKS: Final = ("\u0300", "\u0301", "\u0323", "\u0336", "\u035c", "\u0489", "\u20dd")
_MONTHS: Final = (
    "January", "February", "March", "April", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NUMBER_WORDS: Final = (
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "twenty", "thirty", "hundred", "thousand", "million",
    "first", "second", "third", "fourth", "half", "twice", "dozen", "single", "both", "double", "one",
)  # fmt: skip

_BEFORE_VERB: Final = (
    (r"\b(is|are|was|were|will|can|could|should|would|may|might|must|has|have|had|does|do|did)\b(?! not\b)", r"\1 not"),
    (r"\b(is|are|was|were)\b", r"\1 never"),
    (r"\b(is|are|was|were|does|did|has|have|had|would|could|should)\b", r"\1n't"),
    (r"\b(can|will|may|might|must)\b", r"\1 hardly"),
    (r"\b(allows?|makes?|adds?|uses?|requires?|provides?|describes?|shows?|gives?|supports?|enables?)\b", r"no longer \1"),
    (r"\b(allows?|makes?|adds?|uses?|requires?|provides?|describes?|shows?|gives?|supports?|enables?)\b", r"neither \1"),
    (r"\b(to) (\w+)\b", r"not \1 \2"),
)  # fmt: skip
_HEADS_THAT_NEGATE: Final = (
    "It is not the case that ", "It is a myth that ", "No evidence shows that ", "Nobody found that ", "It would be a mistake to say that ",
    "Far from it: ", "Contrary to reports, it is untrue that ",
)  # fmt: skip

_OPPOSITE: Final = dict(
    pair.split("=")
    for pair in str.split("""
    new=outdated old=new more=fewer less=more fewer=more larger=smaller smaller=larger higher=lower lower=higher faster=slower slower=faster
    better=worse worse=better easier=harder harder=easier allows=prevents allow=prevent allowing=preventing allowed=prevented enables=blocks
    enable=disable enabled=disabled adds=drops add=remove added=deleted adding=removing increases=shrinks increase=decrease increased=reduced
    increasing=lowering reduces=raises reduce=increase reduced=increased reducing=increasing before=after after=before first=last last=first
    public=secret private=public secure=leaky safe=risky unsafe=safe valid=bogus invalid=valid open=closed closed=open opening=closing
    accept=reject accepts=refuses accepted=rejected reject=accept rejected=accepted send=receive sends=receives sending=receiving
    sent=received receive=send receives=sends received=sent simple=convoluted complex=simple possible=infeasible impossible=feasible
    easy=tricky difficult=effortless hard=easy good=poor bad=good best=worst strong=weak weak=strong long=brief short=lengthy early=late
    late=early later=sooner always=seldom never=often often=rarely rarely=often usually=seldom sometimes=constantly all=few some=all many=few
    most=few same=different different=identical similar=dissimilar include=omit includes=omits including=excluding full=partial
    entire=partial complete=unfinished improve=worsen improves=degrades improved=degraded improvement=regression benefits=drawbacks
    advantage=drawback support=opposition supports=opposes supported=opposed prevent=cause prevents=causes prevented=caused start=stop
    starting=ending begins=ceases begin=cease create=destroy creates=destroys created=destroyed creating=destroying known=obscure unknown=familiar
    likely=doubtful common=rare rare=common necessary=superfluous required=forbidden requires=forbids require=forbid optional=compulsory
    important=negligible significant=trivial major=minor minor=major recent=ancient current=former previous=upcoming next=previous
    successful=failed success=failure succeed=fail fails=works fail=work failed=worked correct=mistaken incorrect=right true=bogus false=true
    minimum=maximum maximum=minimum above=beneath below=over over=under under=over up=down down=up inside=beyond within=outside
    internal=outer external=inner incoming=departing outgoing=arriving remote=nearby local=distant high=low low=high large=tiny small=huge
    big=little little=great great=awful useful=pointless helpful=unhelpful efficient=wasteful cheap=pricey expensive=inexpensive
    quickly=sluggishly slowly=swiftly rapidly=gradually gradually=abruptly directly=circuitously automatically=manually manually=automatically
    upgrade=downgrade upgrading=downgrading install=uninstall trust=mistrust trusted=dubious honest=crooked malicious=benign
    attackers=defenders attacker=defender attack=defence buy=sell sell=buy gain=forfeit lose=retain lost=kept loss=gain
    rise=drop fall=climb encourage=discourage encouraged=discouraged recommended=discouraged recommends=discourages agree=quarrel
    agreed=objected confirm=dispute confirmed=disputed keep=abandon keeps=abandons stored=erased store=erase spend=hoard spending=saving
    together=apart positive=negative direct=roundabout active=dormant temporary=lasting permanent=fleeting multiple=single
    single=multiple only=also without=with with=without for=against against=for left=right empty=crowded visible=concealed
    hide=flaunt reveal=conceal reveals=conceals revealed=hidden published=withheld publish=withhold merged=reverted merges=reverts
    released=withdrawn release=withdraw deprecated=promoted discussed=ignored discusses=ignores describes=obscures described=obscured
    explains=muddles explained=muddled
    """)
)

_DOUBTERS: Final = (
    "Critics doubt that ", "One reviewer disputes that ", "It remains unproven that ", "Nobody could confirm that ", "A rumor has it that ",
    "The author used to think that ", "Skeptics question whether ", "If the proposal were adopted, ", "Unless miners object, ",
    "Opponents fear that ", "It was once believed that ", "Had the patch been merged, ", "In an April joke, the list claimed that ",
    "The mailing list rejected the idea that ",
)  # fmt: skip


_HELD_OUT_NEGATORS: Final = (
    (r"\b(is|are|was|were)\b(?! not\b)", r"\1 the opposite of"),
    (r"\b(is|are|was|were)\b(?! not\b)", r"\1 allergic to"),
    (r"\b(is|are|was|were)\b(?! not\b)", r"\1 only nominally"),
    (r"\b(has|have)\b(?! not\b)", r"\1 long ago ceased to have"),
    (r"\b(can|could|will|would)\b(?! not\b)", r"\1 on no account"),
    (
        r"\b(allows?|makes?|adds?|uses?|requires?|provides?|describes?|shows?|gives?|supports?|enables?)\b",
        r"stopped short of what \1",
    ),
    (r"\b(to) (\w+)\b", r"\1 forgo the chance \1 \2"),
)
_HELD_OUT_HEADS: Final = (
    "Nothing could be less accurate than that ", "An April Fools post reads: ", "On the planet of unicorns, ", "Do not still think that ",
    "Wishful thinking: ", "Spoofed release notes: ", "Reported and then withdrawn: ", "Hardly anyone accepts that ", "Once upon a time, ",
    "Were it so simple: ",
)  # fmt: skip
_HELD_OUT_OPPOSITE: Final = dict(
    pair.split("=")
    for pair in str.split("""
    popular=unloved proposed=scrapped detailed=vague novel=hackneyed verified=forged verify=falsify stable=shaky shared=siloed several=zero
    additional=redundant compatible=conflicting protect=endanger protects=endangers privacy=exposure security=fragility interesting=dull
    thorough=cursory update=freeze updated=frozen updates=freezes fix=cause fixes=introduces fixed=introduced bug=feature bugs=features
    continue=quit continues=quits grow=wither growing=withering scalable=cramped anonymous=traceable encrypted=plaintext unique=repeated
    entire=fragmentary final=provisional latest=oldest multiple=lone optimal=dreadful primary=secondary quick=plodding ready=unprepared
    reliable=flaky robust=brittle standard=exotic substantial=paltry sufficient=meager total=fractional trustless=custodial upcoming=bygone
    widely=narrowly frequently=hardly correctly=sloppily currently=formerly easily=laboriously greatly=barely highly=faintly
    immediately=eventually normally=exceptionally previously=subsequently privately=publicly recently=anciently securely=carelessly
    significantly=imperceptibly strongly=feebly gained=squandered helps=hurts help=hurt improves=spoils saves=wastes save=waste
    simplify=tangle simplifies=tangles simplified=tangled win=forfeit lower=steeper higher=shallower high=meagre low=towering
    best=lousiest better=lousier good=lousy great=dismal large=minuscule larger=punier long=stubby new=antiquated old=fresh small=gigantic
    smaller=bulkier accept=spurn accepts=spurns accepted=spurned allow=thwart allows=thwarts allowed=thwarted enable=thwart enables=thwarts
    enabled=thwarted include=skip includes=skips including=skipping increase=dwindle increases=dwindles increased=dwindled reduce=inflate
    reduces=inflates reduced=inflated receive=surrender receives=surrenders received=surrendered send=pocket sends=pockets sent=pocketed
    support=undermine supports=undermines supported=undermined before=following after=preceding always=occasionally all=scarcely never=routinely
    """)
)
_HELD_OUT_DOUBTERS: Final = (
    "In the best of cases, ", "Provided the vote passes, ", "Marketing says that ", "A since-deleted post said that ", "Under lab conditions, ",
    "The spoofed mail told users that ", "The audit found no sign that ", "Up to last year, ", "Opinions differ as to whether ", "Legend has it that ",
    "A parody account wrote that ", "The withdrawn paper held that ", "On a private testnet, ", "With luck, ", "Pretending that ",
)  # fmt: skip


def digit(sentence: str, chance: random.Random) -> str | None:
    """Change one digit."""
    places = list(_DIGITS.finditer(sentence))
    if not places:
        return None
    place = chance.choice(places)
    other = chance.choice([one for one in "0123456789" if one != place[0]])
    return sentence[: place.start()] + other + sentence[place.end() :]


def name(sentence: str, chance: random.Random) -> str | None:
    """Put a stranger in the place of a name."""
    return _replaced(sentence, list(_NAME.finditer(sentence)), chance.choice(_STRANGERS), chance)


def confusable(sentence: str, chance: random.Random) -> str | None:
    """Put a letter of another alphabet in the place of one that looks the same."""
    places = [place for place, char in enumerate(sentence) if char in _CONFUSABLE]
    if not places:
        return None
    place = chance.choice(places)
    other = chance.choice([one for one in _CONFUSABLE[sentence[place]] if one != sentence[place]])
    return sentence[:place] + other + sentence[place + 1 :]


def invisible(sentence: str, chance: random.Random) -> str | None:
    """Hide a character that nobody sees inside the sentence."""
    place = chance.randrange(1, len(sentence) - 1)
    return sentence[:place] + chance.choice(_INVISIBLE) + sentence[place:]


def marks(sentence: str, chance: random.Random) -> str | None:
    """Stack marks on a letter."""
    found = list(_WORD.finditer(sentence))
    if not found:
        return None
    place = chance.choice(found).start() + 1
    return sentence[:place] + "".join(chance.choices(_MARKS, k=chance.choice((1, 3, 12)))) + sentence[place:]


def month(sentence: str, chance: random.Random) -> str | None:
    """Change the month or the weekday, or put one in."""
    for names in (_MONTHS, _WEEKDAYS):
        found = list(re.finditer(rf"\b(?:{'|'.join(names)})\b", sentence))
        if found:
            other = chance.choice([one for one in names if one not in sentence])
            return _replaced(sentence, found, other, chance)
    return f"{sentence[:-1]} in {chance.choice(_MONTHS)}."


def number_word(sentence: str, chance: random.Random) -> str | None:
    """Change a number that is written as a word."""
    found = list(re.finditer(rf"(?i)\b(?:{'|'.join(_NUMBER_WORDS)})\b", sentence))
    others = [one for one in _NUMBER_WORDS if one not in sentence.casefold()]
    return _replaced(sentence, found, chance.choice(others), chance)


def negated(sentence: str, chance: random.Random) -> str | None:
    """Turn the statement round by a word, or by a beginning that denies it."""
    return _negated(sentence, chance, _BEFORE_VERB, _HEADS_THAT_NEGATE)


def negated_otherwise(sentence: str, chance: random.Random) -> str | None:
    """Do the same with words that were chosen when the checks stood."""
    return _negated(sentence, chance, _HELD_OUT_NEGATORS, _HELD_OUT_HEADS)


def _negated(
    sentence: str, chance: random.Random, negators: Sequence[tuple[str, str]], heads: Sequence[str]
) -> str | None:
    if chance.random() < 0.25:
        return chance.choice(heads) + lowered(sentence)
    ways = [(found, instead) for pattern, instead in negators for found in re.finditer(pattern, sentence)]
    if not ways:
        return None
    found, instead = chance.choice(ways)
    return sentence[: found.start()] + found.expand(instead) + sentence[found.end() :]


def opposite(sentence: str, chance: random.Random) -> str | None:
    """Put the opposite of a word in its place."""
    return _opposite(sentence, chance, _OPPOSITE)


def opposite_otherwise(sentence: str, chance: random.Random) -> str | None:
    """Do the same with words that were chosen when the checks stood."""
    return _opposite(sentence, chance, _HELD_OUT_OPPOSITE)


def _opposite(sentence: str, chance: random.Random, opposites: Mapping[str, str]) -> str | None:
    found = [one for one in _WORD.finditer(sentence) if one[0].casefold() in opposites]
    if not found:
        return None
    one = chance.choice(found)
    other = opposites[one[0].casefold()]
    return sentence[: one.start()] + (other.capitalize() if one[0][0].isupper() else other) + sentence[one.end() :]


def names_exchanged(sentence: str, chance: random.Random) -> str | None:
    """Let two names change places."""
    found = list(_NAME.finditer(sentence))
    pairs = [
        (a, b) for place, a in enumerate(found) for b in found[place + 1 :] if a[0] not in b[0] and b[0] not in a[0]
    ]
    if not pairs:
        return None
    one, other = chance.choice(pairs)
    between = sentence[one.end() : other.start()]
    return sentence[: one.start()] + other[0] + between + one[0] + sentence[other.end() :]


def numbers_exchanged(sentence: str, chance: random.Random) -> str | None:
    """Let two numbers change places."""
    found = list(re.finditer(r"(?<![\w.#-])\d+(?:\.\d+)*(?![\w-])", sentence))
    pairs = [(a, b) for place, a in enumerate(found) for b in found[place + 1 :] if a[0] != b[0]]
    if not pairs:
        return None
    one, other = chance.choice(pairs)
    between = sentence[one.end() : other.start()]
    return sentence[: one.start()] + other[0] + between + one[0] + sentence[other.end() :]


def head(chance: random.Random, *, held_out: bool = False) -> str:
    """Return a beginning on which the rest of its sentence depends."""
    return chance.choice(_HELD_OUT_DOUBTERS if held_out else _DOUBTERS)


def lowered(sentence: str) -> str:
    """Return a sentence as it goes on behind another: its first letter is small, unless a name or `I` begins it."""
    first = sentence.split(" ", 1)[0]
    return (
        sentence if sum(char.isupper() for char in first) > 1 or first == "I" else sentence[:1].lower() + sentence[1:]
    )


def _replaced(sentence: str, found: list[re.Match[str]], other: str, chance: random.Random) -> str | None:
    if not found:
        return None
    one = chance.choice(found)
    if one[0][0].isupper() and other[0].islower():
        other = other.capitalize()
    return sentence[: one.start()] + other + sentence[one.end() :]


SENTENCES: Final[Mapping[str, Mutation]] = MappingProxyType(
    {
        "digit": digit,
        "name": name,
        "confusable": confusable,
        "invisible": invisible,
        "stacked marks": marks,
        "month": month,
        "number word": number_word,
        "negated": negated,
        "negated, held out": negated_otherwise,
        "opposite word": opposite,
        "opposite word, held out": opposite_otherwise,
        "names exchanged": names_exchanged,
        "numbers exchanged": numbers_exchanged,
    }
)
"""Mutations of a sentence whose quotation stays as it is, by class."""
