"""Word lists: words without meaning in a search, words that open a sentence that leans on the one before, numbers."""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOP_WORDS: Final = _words(
    """a about above after again against all also am an and any are aren as at be because been before being below
    between both but by can cannot could couldn did didn do does doesn doing don down during each either else even ever
    every few for from further get had hadn has hasn have haven having he her here hers him his how however i if in into
    is isn it its itself just ll let may me might more most much must my neither no nor not now of off often on once one
    only or other our ours out over own per quite rather re s same she should shouldn so some such t than that the their
    theirs them then there these they this those through thus to too two under until up upon us use used uses using ve
    very via was wasn we were weren what when where whether which while who whom why will with within without won would
    wouldn yet you your yours"""
)
"""Left out of search queries, and of what counts as a concrete term."""

COMMON: Final = STOP_WORDS | _words(
    """according add adding after although always another ask assume avoid beyond build check choose compare consider
    count derive despite editors engineers expect first give given instead keep last later like make many measure never
    next nothing past people prefer put readers run second send set several since start stop store suppose systems take
    teams test third three today treat try twice unless unlike when whenever write"""
)
"""Words that may open a sentence without being a name."""

LEANING: Final = _words(
    """above accordingly afterwards also and another as because before besides both but consequently conversely either
    elsewhere finally first following for further furthermore hence here he her hers his however indeed instead
    it its itself last lastly later likewise meanwhile moreover most nevertheless next none nonetheless nor or otherwise
    second secondly she similarly so still such that their theirs them then there therefore these they third thirdly
    this those thus too yet"""
)
"""A sentence that opens with one of these says something only after the sentence before it."""

ORDERS: Final = _words(
    """add alert answer apply ask assert assume attack avoid begin build call cap chart check choose collect compare
    compute configure copy count create delete derive detect divide do don't draw exit expect extend feed find fix
    generate give group hash implement invalidate keep label let limit log make map measure move never pass pick plant
    print put raise read record refuse reject remove repeat replace replay report reserve restrict return reuse run save
    score send serve set show sort split start stop store switch take test throttle treat try use vary wrap write"""
)
"""A sentence that opens with one of these tells the reader what to do next; away from its recipe it explains nothing."""

PRONOUNS: Final = _words("he him it ones she that's theirs them these they this those")

_COUNTING: Final = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty"""

NUMBER_WORDS: Final = {
    **{word: str(value) for value, word in enumerate(str.split(_COUNTING)) if word != "one"},
    "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90",
    "hundred": "100", "thousand": "thousand", "million": "million", "billion": "billion", "trillion": "trillion",
    "dozen": "12", "half": "half", "halved": "half", "halves": "half", "quarter": "quarter", "twice": "twice",
    "double": "double", "doubled": "double", "doubles": "double",
    "triple": "triple", "tripled": "triple", "triples": "triple",
}  # fmt: skip
"""What a number word is worth, or a word where digits would not say the same. «One» is more often a pronoun."""
