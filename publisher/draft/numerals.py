"""Words that state a number or a date, by language. A claim may use only those of the sentence that it quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from publisher.draft.quotation import normalise

_WORDS: Final = {
    "en": """one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
        nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million millions billion billions
        trillion dozen dozens half halves halved third thirds quarter quarters fifth tenth twice thrice single double doubled
        doubles doubling triple tripled triples quadruple tenfold twofold threefold first second fourth sixth seventh eighth ninth
        both couple pair zero none
        january february march april june july august september october november december jan feb mar apr jun jul aug sep sept oct
        nov dec monday tuesday wednesday thursday friday saturday sunday""",
    "de": """null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn
        neunzehn zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig hundert tausend million millionen milliarde milliarden
        dutzend halb halbe halbiert halbieren hälfte drittel viertel zehntel einmal zweimal dreimal doppelt doppelte verdoppelt verdoppeln
        dreifach verdreifacht erste ersten erster erstes zweite zweiten zweiter zweites dritte dritten dritter vierte vierten beide beiden
        januar jänner februar märz april mai juni juli august september oktober november dezember
        montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag""",
    "fr": """zéro deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize vingt trente quarante
        cinquante soixante cent cents mille million millions milliard milliards douzaine demi demie moitié tiers quart dixième
        double doublé doubler triple triplé premier première premiers deuxième second seconde troisième quatrième
        janvier février mars avril mai juin juillet août septembre octobre novembre décembre
        lundi mardi mercredi jeudi vendredi samedi dimanche""",
    "es": """cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete dieciocho
        diecinueve veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa cien ciento cientos mil miles millón millones
        docena medio media mitad tercio cuarto doble duplica duplicado triple primero primera primer segundo segunda tercero tercera ambos ambas
        enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
        lunes martes miércoles jueves viernes sábado domingo""",
}  # fmt: skip

_SIGNS: Final = re.compile(r"[零〇一二三四五六七八九十百千万萬亿億两兩半倍]+")
"""Chinese and Japanese numbers, months and weekdays are written with these and digits."""

_LISTS: Final = {language: frozenset(words.split()) for language, words in _WORDS.items()}
_CAPITAL_MONTHS = re.compile(r"(?<![.!?] )(?<!^)\bMay\b")
_ENUMERATES = re.compile(r"(?i)^\W*(?:first|second|third|erstens|zweitens|premièrement|primero|segundo)(?: of all)?,")
"""A word that only says which of several sentences this is."""

KNOWN: Final = frozenset({*_WORDS, "zh", "ja"})
"""The languages whose number words and months are known here."""


def numerals(text: str, language: str) -> Iterator[str]:
    """Yield the number words, months and weekdays of a text, case folded.

    >>> list(numerals("Two of them met on Friday, in May.", "en")), list(numerals("第三个版本", "zh"))
    (['two', 'friday', 'may'], ['三'])
    """
    known = _LISTS.get(language, frozenset())
    plain = _ENUMERATES.sub("", normalise(text))
    for word in re.findall(r"[^\W\d_]+", plain.casefold()):
        if word in known:
            yield word
    if language == "en" and _CAPITAL_MONTHS.search(plain):
        yield "may"
    if language in ("zh", "ja"):
        yield from _SIGNS.findall(plain)
