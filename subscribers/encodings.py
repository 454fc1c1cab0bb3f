"""Finds the encoding of a list of readers that is not UTF-8, or says that it cannot be known. Pure.

A list is names and addresses, too little text for the statistics that tell encodings of prose apart. So each word with
a byte above 127 is read in every encoding in which lists are saved, and judged by the alphabets of that region: «Jörg»
is German, «Jˆrg» is nothing. Encodings that read every word alike are as good as one. If two that differ are about as
likely, nobody guesses.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from subscribers.hidden_words import hidden_words

SURE: Final = 0.9
"""The share of words that must make sense in the encoding that is chosen."""
APART: Final = 0.3
"""By how much it must be more plausible than any other, on a scale from 0 to 2, in the words that they read differently."""
MANY_WORDS: Final = 5
"""From so many different words on, those that two encodings read alike count, too: they tell the list's languages."""
_AGAINST: Final = 3
"""So many words that make no sense in an encoding speak against it, if three times as many as speak for it."""
FEW_SIGNS: Final = 20
"""Fewer different Chinese, Japanese or Korean characters do not tell which encoding they are in."""

_WEST: Final = {
    "de": "äöüß", "fr": "àâæçéèêëîïôœùûü", "es": "áéíñóúü", "pt": "áâãàçéêíóôõú", "it": "àèéìòù", "ca": "àçéèíïóòúü",
    "nl": "éëïóöüè", "sv": "åäöé", "da": "æøåé", "fi": "äöå", "is": "áðéíóúýþæö", "ga": "áéíóú",
}  # fmt: skip
_EAST: Final = {
    "pl": "ąćęłńóśźż", "cs": "áčďéěíňóřšťúůýž", "sk": "áäčďéíĺľňóôŕšťúýž", "hu": "áéíóöőúüű", "hr": "čćđšž",
    "ro": "ăâîşţ", "de": "äöüß",
}  # fmt: skip
_TURKISH: Final = {"tr": "çğıöşüâîû", "de": "äöüß"}
_BALTIC: Final = {"lt": "ąčęėįšųūž", "lv": "āčēģīķļņšūž", "et": "äöõüšž", "de": "äöüß"}
_CYRILLIC: Final = {
    "ru": "абвгдежзийклмнопрстуфхцчшщъыьэюяё", "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "sr": "абвгдђежзијклљмнњопрстћуфхцчџш", "be": "абвгдеёжзійклмнопрстуўфхцчшыьэюя",
}  # fmt: skip
_GREEK: Final = {"el": "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ"}
_HEBREW: Final = {"he": "אבגדהוזחטיךכלםמןנסעףפץצקרשת"}
_ARABIC: Final = {"ar": "ءآأؤإئابةتثجحخدذرزسشصضطظعغـفقكلمنهوىيپچژگ"}

_ENCODINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "cp1252": _WEST, "iso8859-15": _WEST, "mac-roman": _WEST, "cp850": _WEST, "cp437": _WEST,
    "cp1250": _EAST, "iso8859-2": _EAST, "cp852": _EAST, "mac-latin2": _EAST,
    "cp1254": _TURKISH, "cp1257": _BALTIC,
    "cp1251": _CYRILLIC, "koi8-r": _CYRILLIC, "koi8-u": _CYRILLIC, "cp866": _CYRILLIC, "iso8859-5": _CYRILLIC,
    "mac-cyrillic": _CYRILLIC,
    "cp1253": _GREEK, "iso8859-7": _GREEK, "cp1255": _HEBREW, "cp1256": _ARABIC,
}  # fmt: skip
"""Of those that read all words alike, the first is named."""
_EAST_ASIAN: Final = ("cp932", "euc_jp", "gb18030", "big5", "cp949")
_SCRIPTS: Final = (_CYRILLIC, _GREEK, _HEBREW, _ARABIC)

_WORD = re.compile(rb"[A-Za-z'\x80-\xff]+")
_QUOTES: Final = "’‘"
_NO_BREAK: Final = "\u00a0"
_SOFT_HYPHEN: Final = "\u00ad"
_AROUND: Final = frozenset(f"“”„‚«»‹›–—…•·€£©®™°ºª²³½№§¿¡{_NO_BREAK}")
"""What may stand before or after a word, or by itself, but not within one."""
_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


class Found(NamedTuple):
    """The encoding of a list. `words` are some of those that show whether it is the right one."""

    encoding: str
    words: tuple[str, ...] = ()
    signs: int = 0
    """How many different characters of Chinese, Japanese or Korean were read."""


class Unsure(ValueError):
    """An encoding that cannot be known; `readings` has one word as the likeliest encodings read it."""

    def __init__(self, readings: Mapping[str, str]) -> None:
        self.readings = readings
        said = ", ".join(f"{word!r} in {encoding}" for encoding, word in readings.items())
        super().__init__(f"may read {said}" if said else "fits no encoding that is known here")


def utf16_of(head: bytes) -> str | None:
    """Return which UTF-16 the first bytes of a list are in, without a byte order mark: half of ASCII's bytes are zero."""
    pairs = len(head) // 2
    low, high = head[1::2].count(0), head[::2].count(0)
    if pairs and low > pairs * 0.3 and high < pairs * 0.02:
        return "utf-16-le"
    if pairs and high > pairs * 0.3 and low < pairs * 0.02:
        return "utf-16-be"
    return None


def damaged_utf8(sample: bytes) -> bool:
    """Return whether most of what is above 127 is UTF-8, so that the text is UTF-8 with an error in it."""
    right = sum(len(found[0]) for found in _UTF8.finditer(sample))
    return right > sum(byte > 127 for byte in sample) / 2


def find_encoding(sample: bytes) -> Found:
    """Return the encoding of lines with bytes above 127 that are not UTF-8. Raises Unsure.

    >>> find_encoding("Jörg, Käthe, “Ada”".encode("cp1252"))
    Found(encoding='cp1252', words=('Jörg', 'Käthe', '“Ada”'), signs=0)
    """
    words = _words(sample)
    readings = [reading for name in _ENCODINGS if (reading := _reading(name, words)) is not None]
    readings.sort(key=lambda reading: reading.share, reverse=True)  # stable
    east = _east_asian(sample)
    if not readings or readings[0].share < SURE:
        return _one_of(east, sample)
    names = [readings[0].encoding, *(each.encoding for each in east)]
    if east and (len(words) < MANY_WORDS or _likeliest(sample, names) != names[0]):
        raise Unsure({readings[0].encoding: readings[0].words[0], **{each.encoding: each.words[0] for each in east}})
    best = readings[0]
    for other in readings:
        if _lead(other, best) > 0:
            best = other
    for other in readings:
        if other.words != best.words and _lead(best, other) < APART:
            place = next(place for place, word in enumerate(best.words) if word != other.words[place])
            raise Unsure({each.encoding: each.words[place] for each in (best, other)})
    if best.share < SURE:
        raise Unsure({best.encoding: best.words[0]})
    _ask_if_hidden(sample, best.encoding, [*(each.encoding for each in readings), *names[1:]])
    return Found(best.encoding, best.words[:3])


def _ask_if_hidden(sample: bytes, encoding: str, others: Iterable[str]) -> None:
    """Raise Unsure if the bytes say in another encoding, which nothing else speaks against, that somebody left."""
    for other in others:
        if other != encoding:
            hidden = hidden_words(sample, encoding, other)
            if hidden and not _refuted(hidden.rest, encoding, other):
                raise Unsure({encoding: hidden.cell, other: hidden.read})


def _refuted(sample: bytes, encoding: str, other: str) -> bool:
    """Return whether words of the sample make sense in the first encoding, and hardly any in the other."""
    words = _words(sample)
    one, two = _reading(encoding, words), _reading(other, words)
    if one is None or two is None:
        return False  # in Chinese, Japanese or Korean
    differ = [place for place in range(len(words)) if one.words[place] != two.words[place]]
    against = sum(bool(one.languages[place]) and not two.languages[place] for place in differ)
    in_favour = sum(bool(two.languages[place]) and not one.languages[place] for place in differ)
    return against >= _AGAINST and against > _AGAINST * in_favour


class _Reading(NamedTuple):
    """The words in one encoding, and the languages that each may be of."""

    encoding: str
    words: tuple[str, ...]
    languages: tuple[frozenset[str], ...]

    @property
    def share(self) -> float:
        return sum(map(bool, self.languages)) / max(1, len(self.languages))


def _words(sample: bytes) -> list[bytes]:
    """Return the different words that are not all ASCII."""
    return [word for word in dict.fromkeys(_WORD.findall(sample)) if not word.isascii()]


def _reading(encoding: str, words: Sequence[bytes]) -> _Reading | None:
    if (alphabets := _ENCODINGS.get(encoding)) is None:
        return None
    try:
        read = tuple(word.decode(encoding) for word in words)
    except UnicodeDecodeError:
        return None
    return _Reading(encoding, read, tuple(_languages(word, alphabets) for word in read))


def _languages(word: str, alphabets: Mapping[str, str]) -> frozenset[str]:
    """Return the languages that a word may be of: none if it has signs within it, or capitals where there are none.

    A mark that opens a quotation stands before a word; in German it also closes what «‚» opened.
    """
    inner = word.strip("".join(_AROUND) + _QUOTES + "'")
    if _NO_BREAK in inner:
        return frozenset.intersection(*(_languages(part, alphabets) for part in inner.split(_NO_BREAK)))
    if set(inner) & _AROUND or "‘" in inner or (word.endswith("‘") and not word.startswith("‚")):
        return frozenset()
    letters = inner.translate(dict.fromkeys(map(ord, f"{_QUOTES}'{_SOFT_HYPHEN}")))
    foreign = {letter.lower() for letter in letters if not letter.isascii()}
    if not foreign:
        return frozenset(alphabets)
    if len(letters) == 1 and not foreign <= set("àéèóåäöíúяиаковуйה"):
        return frozenset()
    if _oddly_capital(letters) or (alphabets in _SCRIPTS and not foreign.issuperset(letters.lower())):
        return frozenset()
    return frozenset(name for name, alphabet in alphabets.items() if foreign <= set(alphabet))


def _oddly_capital(letters: str) -> bool:
    """Return whether a letter that is not in ASCII is a capital within a word, or stands before a capital in one.

    >>> _oddly_capital("MŸller"), _oddly_capital("ìAda"), _oddly_capital("ÖBERG"), _oddly_capital("Öberg")
    (True, True, False, False)
    """
    if letters.isupper() or letters.islower():
        return False
    return any(
        (not letter.isascii() and (letter.isupper() if place else False))
        or (not letter.isascii() and letter.islower() and letters[place + 1 : place + 2].isupper())
        for place, letter in enumerate(letters)
    )  # fmt: skip


def _lead(one: _Reading, other: _Reading) -> float:
    """Return by how much one reading is more plausible than another, in what they read differently or in everything."""
    everything = range(len(one.words))
    differ = [place for place in everything if one.words[place] != other.words[place]]
    if not differ:
        return 0.0
    lead = _score(one, differ) - _score(other, differ)
    if abs(lead) < APART and len(everything) >= MANY_WORDS:
        lead += 2 * (_score(one, everything) - _score(other, everything))
    return lead


def _score(reading: _Reading, places: Sequence[int]) -> float:
    """Return how plausible a reading of some words is: that each is of some language, and that all are of the same."""
    found = [reading.languages[place] for place in places]
    one = max(sum(name in each for each in found) for name in _ENCODINGS[reading.encoding])
    return (sum(map(bool, found)) + one) / len(found)


def _east_asian(sample: bytes) -> list[Found]:
    """Return the Chinese, Japanese and Korean readings of a sample that make sense."""
    fitting = []
    for encoding in _EAST_ASIAN:
        try:
            text = sample.decode(encoding)
        except UnicodeDecodeError:
            continue
        signs = [char for char in text if not char.isascii()]
        odd = sum(map(_is_no_sign, text)) + len(re.findall(r"[a-z][\u3040-\uffee]|[\u3040-\uffdf][a-z]", text))
        if odd <= len(signs) * 0.02:
            fitting.append(Found(encoding, tuple(re.findall(r"[\u0080-\U0010ffff]+", text)[:3]), len(set(signs))))
    return fitting


def _one_of(readings: Sequence[Found], sample: bytes) -> Found:
    """Return the likeliest of the readings, by the statistics of their scripts. Raises Unsure."""
    if readings and all(each.signs >= FEW_SIGNS for each in readings):
        likeliest = _likeliest(sample, [each.encoding for each in readings])
        for each in readings:
            if each.encoding == likeliest:
                return each
    raise Unsure({each.encoding: each.words[0] for each in readings if each.words})


def _likeliest(sample: bytes, encodings: list[str]) -> str | None:
    """Return the likeliest of some encodings of scripts that differ, by charset-normalizer's statistics."""
    from charset_normalizer import from_bytes

    match = from_bytes(sample, cp_isolation=encodings, enable_fallback=False).best()
    return None if match is None else next((each for each in encodings if each == match.encoding), None)


def _is_no_sign(char: str) -> bool:
    return not char.isascii() and unicodedata.category(char) not in (
        "Lo",
        "Lm",
        "Po",
        "Ps",
        "Pe",
        "Pd",
        "Zs",
        "Lu",
        "Ll",
    )
