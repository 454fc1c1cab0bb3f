"""Sentences that lean on the text around them: they point to it, or say something only after the sentence before. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from publisher.draft.terms import stem, words
from publisher.draft.words import LEANING, PRONOUNS, STOP_WORDS

OPENING_WORDS: Final = 5
"""Words at the beginning in which a pronoun stands for something that was said before."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_OPENINGS: Final[Mapping[str, frozenset[str]]] = {
    "en": LEANING,
    "de": _words(
        """aber allerdings also am anschließend auch außerdem beide beides da dabei dadurch dafür dagegen daher damit danach
        dann daran daraus darin darüber darum das dasselbe davon davor dazu denn dennoch deren deshalb dessen deswegen die
        dies diese dieser dieses doch dort drittens ebenfalls ebenso er erst erstens es ferner folglich genauso hier hierfür
        ihr ihre indessen insofern jedoch jene jener letzterer letztlich manche nun oder schließlich sein seine sie so solche
        sonst sondern stattdessen trotzdem und vielmehr weil weiterhin welche wiederum zudem zuerst zuletzt zweitens zwar""",
    )
    - _words("am das die"),
    "fr": _words(
        """ainsi alors après aussi autrement ca car ce ceci cela celle celles celui cependant ces cet cette ceux ci-dessus
        c'est cela d'abord de dès donc elle elles en enfin ensuite et eux finalement ici il ils là lesquels mais néanmoins
        or ou par pourtant premièrement puis quant sa sauf ses sinon son surtout toutefois troisièmement y""",
    )
    - _words("de en par après"),
    "es": _words(
        """además ahí ahora allí ambas ambos así aunque con cuando después el ella ellas ellos entonces esa esas ese eso esos
        esta estas este esto estos finalmente luego mas otra otras otro otros pero por porque primero pues segundo según si
        sin sino sobre su sus también tampoco tercero y ya""",
    )
    - _words("con cuando el por si sin sobre según"),
}
"""Words that open a sentence that leans on the one before. English also stands for languages without a list."""

_STARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "zh": tuple(sorted(_words("这 那 它 他 她 其 该 此 但 但是 因此 所以 而 并且 然而 另外 也 于是 然后 同时 不过 因为 首先 其次 最后 以上 以下"))),
    "ja": tuple(sorted(_words("これ それ あれ この その あの ここ そこ しかし また そして だから つまり なお ただし 一方 次に まず 最後に"))),
    "ko": tuple(sorted(_words("이것 그것 저것 이는 그는 그러나 하지만 또한 그리고 따라서 그래서 즉"))),
}  # fmt: skip
"""The same for languages whose words are not told apart by spaces."""

_POINTS_ELSEWHERE: Final = {
    "en": re.compile(
        r"(?i)\b(?:above|below|as follows|the following|(?:this|last|next|each|previous|past) (?:week|month|year|issue|section|newsletter)(?:['’]s)?|"
        r"today|yesterday|tomorrow|tonight|the (?:former|latter|same|other|others|second|third)|so far|earlier|recently|currently|now|such|"
        r"see (?:also|no\.)|interviewers?|candidates?|described (?:here|there)|newsletter #?\d+)\b|\bNos?\. \d"
    ),
    "de": re.compile(
        r"(?i)\b(?:oben|unten|siehe|folgende[rnms]?|heute|gestern|morgen|(?:diese|letzte|nächste|vorige)[rnms]? (?:Woche|Monat|Jahr|Ausgabe|Abschnitt)|"
        r"Tabelle|Abbildung|Bild|bisher|vorhin|erstere[rnms]?|letztere[rnms]?|Nr\. \d|derzeit|kürzlich|neulich|jetzt)\b"
    ),
    "fr": re.compile(
        r"(?i)\b(?:ci-dess(?:us|ous)|voir|suivante?s?|aujourd['’]hui|hier|demain|(?:cette|la) semaine (?:dernière|prochaine)?|"
        r"ce (?:numéro|mois)|tableau|figure|précédente?s?|dernièrement|actuellement|n° ?\d)\b"
    ),
    "es": re.compile(
        r"(?i)\b(?:arriba|abajo|véase|siguientes?|hoy|ayer|mañana|(?:esta|la) semana(?: pasada| próxima)?|este (?:número|mes)|"
        r"tabla|figura|anterior(?:es)?|recientemente|actualmente|n\.º ?\d)\b"
    ),
    "zh": re.compile("上面|下面|如下|以下|以上|上文|下文|本期|上期|下期|上周|本周|下周|这周|今天|昨天|明天|如图|上图|下图|上表|下表|目前|最近|第.{1,3}期"),
    "ja": re.compile("上記|下記|以下|以上|次の|前述|今回|前回|次回|今週|先週|来週|今日|昨日|明日|図|表|最近|現在"),
}  # fmt: skip

_REFERENCE_START: Final = re.compile(
    r"(?i)(?:(?:in|on|with|without|of|at|under|after|before|by|from|to) )?(?:this|that|these|those|both|such|each of|one of|"
    r"the (?:project|result|answer|difference|gap|rest|point|reason|trick|first|last|table|query|figure|diagram|picture|snippet|code|"
    r"new|author|authors|change|changes|PR|commit|patch|proposal|discussion|thread|idea|problem|feature|option|release|field|method|call))\b"
)


_TOLD_BEFORE: Final = re.compile(
    r"(?i)\b(?:this|these)\b|\w['’]s (?:e-?mail|post|message|proposal|idea|suggestion|comment|reply|paper|patch|PR|talk)\b|"
    r"^(?:\w+\W+){0,5}?the (?:discussion|thread|post|proposal|authors?|PR|patch|paper|article|meeting|text|team|attack|bug|fix|"
    r"change|idea|scheme|technique|description|previous|original|initial|newly|related|proposed|resulting|remaining)\b|"
    r"^(?:(?:an?|several|some|many|most|all|both|other|two|three)\W+)?(?:related|similar|initial|further|recent|final|previously|originally|initially|additional|"
    r"additionally|alternative|alternatively|unfortunately|fortunately|parts?|other|others|mitigations|optionally|overall|ideally)\b|"
    r"\bthe (?:change|changes|PR|patch|fix|proposal|feature|functionality|enhancement|rollout|update|rule|attacker|adversary|latter|former)\b|"
    r"\b(?:Alice|Bob|Carol|Charlie|Dave|Mallory|Eve|Zed)\b|^(?:Note|Although|Though)\b|^One (?:that|which|who|of|is|way|day|morning|evening|weekend)\b|\bthe new(?:er|ly)?\b|"
    r"^(?:In the meantime|Briefly|Of course|(?:By )?[Dd]oing (?:so|that)|In (?:summary|short|particular|response|practice|other words|that case)|Either way|On-list|"
    r"As a result|With one|Users who still|After (?:further|some|more|that)|By contrast|In contrast|On the other hand)\b|"
    r"^An? (?:\w+ )?(?:downside|drawback|benefit|advantage|disadvantage|consequence|result|concern|exception|alternative|side effect) (?:is|was|of)\b|"
    r"^(?:Major|Notable|Key|Main|New|Several) (?:new )?(?:features|changes|improvements|updates)\b|\b(?:days?|weeks?|months?|years?) ago\b|"
    r"\bthe (?:thread|discussion|idea)\b(?! (?:of|that|to|about)\b)|\b(?:like|as|than) before\b|^An? (?:second|third|fourth|next|replacement|further|separate|different|later|proposed|better|simpler|possible)\b|"
    r"\bthe (?:issue|problem|vulnerability|inefficiency|disclosure|researchers|affected|mitigation|workaround|limitation|concern|approach|old|protections)\b|"
    r"\bthose (?!who\b|that\b|which\b|of\b|with\b|in\b|for\b|whose\b|using\b|from\b|\w+ing\b)\w+|\b(?:a|his|her|their) previous\b|"
    r"\b(?:can|could|will|would|may|must) then\b|\(see\b|\b(?:so|too|either)\.$|"
    r"^The\b.{0,200}\bwould\b|\b(?:(?:short|near) term|for now|at present|at the time|as of (?:this|writing)|apparently)\b"
)
"""English for things that were said before: «this», «her post», «several mitigations»."""

_GOES_ON: Final = re.compile(
    r"^The\b|^[A-Z][a-z]+ (?:describe|ask|explain|note|say|suggest|point|argue|write|answer|outline|analyze|propose|believe|claim|"
    r"present|mention|add|recommend|conclude)(?:s|d|ed)\b|(?i:\b(?:also|too|instead|would)\b)"
)
"""English in a sentence that has another before it: it speaks of a known thing or person, or adds to what was said."""

_SOMEBODY: Final = re.compile(r"^\W*\w+(?:(?!\s[A-Z][a-z]).)*\s(?:he|she|his|her)\b")
"""English for a person before whom nobody is named."""

_LATER_REFERENCE: Final = re.compile(
    r",\s(?:this|that|these|those|they|it)\s(?:\w+s|is|are|was|were|will|would|can|could|may|might|must|should|allow|make)\b"
)
_KNOWN: Final = re.compile(r"(?i)\bthe ((?:[a-z]+[ -])?[a-z]+)\b(?! of\b)")
_SHORTLY: Final = 8
"""Sentences in which a thing was told of that is «the» thing now."""
_COURTESY: Final = re.compile(
    r"(?i)\b(?:thanks?|please|feedback|subscribe|we encourage|we recommend|we welcome|feel free|for more (?:details|information)|"
    r"(?-i:I|[Mm]y)|danke[n]?|bitte|merci|gracias|por favor)\b|请|感谢|谢谢|ください"
)
"""What an editor says to readers, or somebody of themselves: it has no place in another issue."""


_RELEASE: Final = re.compile(
    r"(?i)\b(?:is an?|is the|ist ein|ist eine|ist die|est une|est la|es una|es la)\b(?: [\w-]+){0,3} "
    r"(?:releases?|release candidate|version|veröffentlichung|versión)\b(?: (?:of|for|with|containing|fixing|addressing|from|der|des|von|mit|de|avec|con)\b| that "
    r"\w+|[,.])|发布了新版本|リリースです"
)
"""What says no more than that there is a release, whatever it is of."""


def known_thing(sentence: str, before: Sequence[str], language: str) -> bool:
    """Whether an English sentence speaks of «the advertisement», and one `before` it says what was advertised.

    >>> known_thing("A node that sees the advertisement can pay.", ["Nodes advertise what they have."], "en")
    True
    >>> known_thing("Anyone who watches the network can tell.", ["It slows the network down."], "en")
    False
    """
    if not before or language.casefold().partition("-")[0] != "en":
        return False
    told = set[str]()
    for one in before[-_SHORTLY:]:
        last = ""
        for word in words(one):
            told.update([stem(word, language)] if last != "the" else [])
            last = word
    known = (word for found in _KNOWN.finditer(sentence) for word in words(found[1]))
    return any(word not in STOP_WORDS and stem(word, language) in told for word in known)


def leans(sentence: str, language: str, *, later: bool = False) -> bool:
    """Whether a sentence refers to what is not in it; a `later` one has another of its passage before it."""
    tag = language.casefold().partition("-")[0]
    if _COURTESY.search(sentence) or _RELEASE.search(sentence):
        return True
    if tag in _STARTS:
        return sentence.startswith(_STARTS[tag]) or bool(
            tag in _POINTS_ELSEWHERE and _POINTS_ELSEWHERE[tag].search(sentence)
        )
    openings = _OPENINGS.get(tag, LEANING)
    first = [word.casefold() for word in re.findall(r"[^\W\d_][\w'’-]*|\d+", sentence)[:OPENING_WORDS]]
    if not first or first[0] in openings:
        return True
    english = tag == "en" or tag not in _OPENINGS
    if english and (
        _REFERENCE_START.match(sentence)
        or _LATER_REFERENCE.search(sentence)
        or _TOLD_BEFORE.search(sentence)
        or (later and _GOES_ON.search(sentence))
        or not PRONOUNS.isdisjoint(first)
        or _SOMEBODY.search(sentence)
    ):
        return True
    return _POINTS_ELSEWHERE.get(tag, _POINTS_ELSEWHERE["en"]).search(sentence) is not None
