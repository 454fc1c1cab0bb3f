"""A publication's language: its phrases, dates and numbers. Every word that Pressroom itself says to readers comes from here.

A phrase is written in English where it is used, `Phrase("Read the archive")` in Python and `_("Read the archive")` in
templates, and is translated when it is shown. The translations are in publisher/catalogues/; publication.toml may have its
own. `tools/phrases.py` collects the phrases.
"""

from __future__ import annotations

import datetime as dt
import gettext
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NewType

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from babel import Locale

    from publisher.publication import Publication

Phrase = NewType("Phrase", str)
"""English that readers see translated. Values are written %(name)s, and a real percent sign %%."""

CATALOGUES: Final = Path(__file__).resolve().parent / "catalogues"
_DATES: Final = {"en": "en-001"}
"""English without a country writes dates as most of the world does: 5 November 2026."""
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# From the CLDR, as a test holds; Babel, which knows it too, is slow to import.
_RTL: Final = frozenset({
    "apc", "ar", "arc", "ary", "bal", "bgn", "bqi", "brh", "ckb", "dv", "fa", "glk", "he", "iw", "ji", "ks", "lrc", "mzn", "nqo", "ps",
    "rhg", "sd", "sdh", "skr", "syr", "trw", "ug", "ur", "yi",
})  # fmt: skip
_RTL_SCRIPTS: Final = frozenset({"Adlm", "Arab", "Hebr", "Nkoo", "Rohg", "Syrc", "Thaa"})
_SQUARE: Final = frozenset({"ja", "ko", "yue", "zh"})
_ISOLATE, _END = "\u2068", "\u2069"
_MAY_BE_RTL: Final = re.compile("[\u0590-\u08ff\u200f\u2067\ufb1d-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]")
_LETTER: Final = re.compile("[A-Za-z]")
_LTR: Final = frozenset({"ltr"})
_RUNS: Final = {"L": "ltr", "R": "rtl", "AL": "rtl"}

OwnPhrases = tuple[tuple[str, tuple[str, ...]], ...]
"""(phrase, the publication's own words for it): one form, or one for each plural form."""


@dataclass(frozen=True)
class Language:
    """What is said in one language; `own` holds a publication's own words, which win."""

    tag: str = "en"
    own: OwnPhrases = ()

    def say(self, phrase: Phrase, **values: object) -> str:
        """Return a phrase in this language, with values in it."""
        return self.fill(self.translate(phrase), values)

    def count(self, one: Phrase, many: Phrase, num: int, **values: object) -> str:
        """Return the form of a phrase that fits a number; %(num)s is the number as this language writes it."""
        return self.fill(self.translate_count(one, many, num), {"num": self.number(num), **values})

    def translate(self, phrase: str) -> str:
        """Return a phrase in this language, or as it is."""
        if not phrase:
            return ""
        forms = self._own.get(phrase, ())
        return forms[0] if len(forms) == 1 else self._catalogue.gettext(phrase)

    def escaped(self, phrase: str) -> Markup:
        """Return a phrase in this language for HTML; a page asks for the same ones again and again."""
        found = self._escaped.get(phrase)
        if found is None:
            found = self._escaped[phrase] = escape(self.translate(phrase))
        return found

    def translate_count(self, one: str, many: str, num: int) -> str:
        """Return the form of a phrase that fits a number, values not filled in."""
        forms = self._own.get(one)
        if forms:
            return forms[min(self._catalogue_form(num), len(forms) - 1)]
        return self._catalogue.ngettext(one, many, num)

    def fill(self, text: str, values: dict[str, object]) -> str:
        """Put values into a translation. One with letters of the other direction is isolated: it cannot reorder the rest."""
        if not values and "%" not in text:
            return text
        return text % {name: isolated(value, self.direction) for name, value in values.items()}

    def quote(self, text: str) -> str:
        """Put text in this language's quotation marks."""
        before, _, after = self.translate(QUOTED).partition("%(words)s")
        return f"{before}{text}{after}"

    def day(self, date: dt.date) -> str:
        """Write a date.

        >>> Language("en").day(dt.date(2026, 11, 5)), Language("de").day(dt.date(2026, 11, 5))
        ('5 November 2026', '5. November 2026')
        >>> Language("fr").day(dt.date(2026, 12, 1))
        '1er décembre 2026'
        """
        if self.tag == "en":  # as Babel does; it is slow to import
            return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"
        from babel.dates import format_date

        written = format_date(date, "long", self._locale)
        # The CLDR leaves out that French counts the first of a month, and only it.
        return (
            f"1er{written[1:]}"
            if date.day == 1 and written.startswith("1 ") and self._locale.language == "fr"
            else written
        )

    def month(self, date: dt.date) -> str:
        """Write a date's month and year.

        >>> Language("en").month(dt.date(2026, 11, 5)), Language("de").month(dt.date(2026, 11, 5))
        ('November 2026', 'November 2026')
        """
        if self.tag == "en":
            return f"{_MONTHS[date.month - 1]} {date.year}"
        from babel.dates import format_skeleton

        return format_skeleton("yMMMM", date, locale=self._locale)

    @property
    def months(self) -> tuple[str, ...]:
        """The names of the months as they stand in a sentence, January first."""
        if self.tag == "en":
            return _MONTHS
        names = self._locale.months["format"]["wide"]
        return tuple(str(names[number]) for number in range(1, 13))

    def weekday(self, number: int) -> str:
        """Return a weekday's name as it stands in a sentence; 0 is Monday.

        >>> Language("en").weekday(3), Language("fr").weekday(3)
        ('Thursday', 'jeudi')
        """
        return _WEEKDAYS[number] if self.tag == "en" else str(self._locale.days["format"]["wide"][number])

    def number(self, number: int) -> str:
        """Write a number.

        >>> Language("en").number(1234), Language("de").number(1234)
        ('1,234', '1.234')
        """
        if self.tag == "en":
            return f"{number:,}"
        from babel.numbers import format_decimal

        return format_decimal(number, locale=self._locale)

    @cached_property
    def direction(self) -> str:
        """`rtl` for a language that is written from right to left, else `ltr`."""
        language, *subtags = self.tag.split("-")
        scripts = [subtag for subtag in subtags if len(subtag) == 4 and subtag.isalpha()]
        return "rtl" if (scripts[0].title() in _RTL_SCRIPTS if scripts else language in _RTL) else "ltr"

    @property
    def tight(self) -> bool:
        """Whether the letters of a headline may move closer: not if they are joined, or each fills a square."""
        return self.direction == "ltr" and self.tag.partition("-")[0] not in _SQUARE

    @property
    def known(self) -> bool:
        """Whether the words are in this language, and not the English ones in their place."""
        return self._catalogue_file is not None or self.tag.partition("-")[0] == "en"

    @property
    def start(self) -> str:
        """The side on which a line begins."""
        return "right" if self.direction == "rtl" else "left"

    @property
    def end(self) -> str:
        """The side on which a line ends."""
        return "left" if self.direction == "rtl" else "right"

    @cached_property
    def _locale(self) -> Locale:
        """The data of the Unicode CLDR for this language or the nearest that it has."""
        from babel import Locale, UnknownLocaleError

        parts = _DATES.get(self.tag, self.tag).split("-")
        for length in range(len(parts), 0, -1):
            try:
                return Locale.parse("_".join(parts[:length]))
            except (UnknownLocaleError, ValueError):
                continue
        return Locale.parse("en_001")

    @cached_property
    def _catalogue_file(self) -> Path | None:
        parts = self.tag.split("-")
        paths = (CATALOGUES / f"{'-'.join(parts[:length])}.mo" for length in range(len(parts), 0, -1))
        return next((path for path in paths if path.is_file()), None)

    @cached_property
    def _catalogue(self) -> gettext.NullTranslations:
        if self._catalogue_file is None:
            return gettext.NullTranslations()
        with self._catalogue_file.open("rb") as file:
            return gettext.GNUTranslations(file)

    @cached_property
    def _escaped(self) -> dict[str, Markup]:
        return {}

    @cached_property
    def _own(self) -> dict[str, tuple[str, ...]]:
        return dict(self.own)

    def _catalogue_form(self, num: int) -> int:
        """Return the index of the plural form for a number, as this language's catalogue counts."""
        plural = getattr(self._catalogue, "plural", None)
        return int(plural(num)) if plural else int(num != 1)


ENGLISH: Final = Language()
NOTHING: Final = Phrase("")
QUOTED: Final = Phrase("“%(words)s”")


def phrases() -> dict[str, bool]:
    """Return every phrase, by its first form, and whether it has several, for a number."""
    from babel.messages.pofile import read_po

    with (CATALOGUES / "phrases.pot").open("rb") as file:
        every = read_po(file)
    texts = [each.id for each in every if each.id]
    return {text if isinstance(text, str) else text[0]: not isinstance(text, str) for text in texts}


def values_in(phrase: str) -> frozenset[str]:
    """Return the names of the values in a phrase. Raises ValueError for a % that stands for none.

    >>> sorted(values_in("step %(number)s of %(count)s"))
    ['count', 'number']
    """
    found = list(re.finditer(r"%(?:\((\w+)\)s|(%))?", phrase))
    if any(each[0] == "%" for each in found):
        raise ValueError("a % must be written %%")
    return frozenset(each[1] for each in found if each[1])


def directions(text: str) -> frozenset[str]:
    """Return the directions in which a text's letters run.

    >>> sorted(directions("API, 1.2")), sorted(directions("API של"))
    (['ltr'], ['ltr', 'rtl'])
    """
    if text.isascii():
        return _LTR if _LETTER.search(text) else frozenset()
    if not _MAY_BE_RTL.search(text):
        return frozenset({"ltr"} if any(unicodedata.bidirectional(character) == "L" for character in text) else ())
    return frozenset(_RUNS[kind] for character in text if (kind := unicodedata.bidirectional(character)) in _RUNS)


def isolated(value: object, direction: str) -> object:
    """Return a value so that it stays together in a sentence of the other direction (by Unicode's FSI and PDI)."""
    if not isinstance(value, str) or hasattr(value, "__html__") or directions(value) <= {direction}:
        return value
    return f"{_ISOLATE}{value}{_END}"


@lru_cache(maxsize=16)
def _language(tag: str, own: OwnPhrases) -> Language:
    return Language(tag, own)


def language_of(publication: Publication) -> Language:
    """Return a publication's language, with its own words."""
    own = tuple((phrase, (said,) if isinstance(said, str) else said) for phrase, said in publication.words.items())
    return _language(publication.language, own)
