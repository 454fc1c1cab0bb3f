"""The fonts that diagrams are drawn with: which letters they have, and how wide each is.

The shipped fonts cover Latin, Greek, Cyrillic, Arabic, Hebrew, symbols and emoji. Letters of other scripts are looked for in the fonts of
the machine. Only what is needed of a font is read: its names, its letters and their widths. Source: OpenType 1.9.1.
"""

from __future__ import annotations

import functools
import mmap
import os
import struct
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

FAMILY = "Inter"
_FOLDER = Path(__file__).with_name("fonts")
_REGULAR, _BOLD = _FOLDER / "Inter-Regular.otf", _FOLDER / "Inter-SemiBold.otf"
_OTHERS = tuple(_FOLDER / f"{name}.ttf" for name in (
    "NotoSansMath", "NotoSansSymbols2", "NotoSansSymbols", "NotoSansMono", "NotoEmoji", "NotoSansArabic", "NotoSansHebrew",
))  # fmt: skip
SHIPPED = (_REGULAR, _BOLD, *_OTHERS)

_BOLD_FROM = 600
_WINDOWS = 3
_JOINER = "\u200d"
_UPRIGHT_SANS = ("sans", "regular", "gothic")
_OF_ANOTHER_KIND = ("bold", "black", "light", "thin", "italic", "oblique", "serif", "mono", "condensed")


@dataclass(frozen=True, slots=True)
class Font:
    """A font file; `advances` says for each character that it has how wide it is, in ems."""

    path: Path
    family: str
    advances: Mapping[str, float] = field(repr=False)


class Letters:
    """The fonts for the letters of one drawing: the shipped ones, and the machine's for what those lack."""

    def __init__(self, text: Iterable[str]) -> None:
        wanted = {letter for letter in text if not _is_invisible(letter)}
        lacking = wanted - _shipped_letters()
        self._found: list[Font] = []
        self._widths: dict[tuple[str, bool], float] = {}
        for font in _system_fonts() if lacking else ():
            if lacking.isdisjoint(font.advances):
                continue
            self._found.append(font)
            lacking -= font.advances.keys()
            if not lacking:
                break
        self.others = bool(wanted - _read(_REGULAR).advances.keys())
        """Whether the main font lacks letters."""
        self.lacking = frozenset(lacking)
        """The letters that no font has."""

    @property
    def files(self) -> list[str]:
        """Return the paths of the fonts, in the order in which a letter is looked for."""
        return [str(path) for path in (*SHIPPED, *(font.path for font in self._found))]

    def runs(self, text: str) -> Iterator[tuple[str, str]]:
        """Yield a text in parts that are of one font each, with the font's family; a space stays with what is before it."""
        family, run = FAMILY, ""
        for cluster in _clusters(text):
            chosen = self._family(cluster) if cluster != " " or family in self._without_space() else family
            if chosen != family and run:
                yield family, run
                run = ""
            family, run = chosen, run + cluster
        if run:
            yield family, run

    def _family(self, cluster: str) -> str:
        """Return the font that has a letter with its marks; if none has all of it, the one that has the letter."""
        visible = [letter for letter in cluster if not _is_invisible(letter)]
        for wanted in (visible, visible[:1]):
            for font in self._fonts():
                if all(letter in font.advances for letter in wanted):
                    return font.family
        return FAMILY

    def _without_space(self) -> set[str]:
        return {font.family for font in self._fonts() if " " not in font.advances}

    def _fonts(self) -> list[Font]:
        return [*map(_read, (_REGULAR, *_OTHERS)), *self._found]

    def width(self, text: str, weight: str | None = None) -> float:
        """Return how wide a text is, in ems; kerning, which mostly narrows, is left out."""
        key = text, _is_bold(weight)
        if key not in self._widths:  # both schemes ask for the same ones
            self._widths[key] = self._measured(*key)
        return self._widths[key]

    def _measured(self, text: str, bold: bool) -> float:  # noqa: FBT001
        fonts = [*((_read(_BOLD),) if bold else ()), *self._fonts()]
        joined = {place for place, letter in enumerate(text) if _is_joined(letter, text[place - 1 : place])}
        return sum(
            _width(letter, fonts)
            for place, letter in enumerate(text)
            if place not in joined and not _is_invisible(letter)
        )


def _clusters(text: str) -> Iterator[str]:
    """Yield each letter with the marks and joiners that follow it."""
    cluster = ""
    for letter in text:
        if cluster and not (
            _is_invisible(letter) or unicodedata.category(letter).startswith("M") or cluster[-1] == _JOINER
        ):
            yield cluster
            cluster = ""
        cluster += letter
    if cluster:
        yield cluster


def _is_joined(letter: str, before: str) -> bool:
    """Whether a letter becomes part of the emoji before it: after a joiner, or as a colour of skin."""
    return (before == _JOINER and unicodedata.category(letter) == "So") or "\U0001f3fb" <= letter <= "\U0001f3ff"


def _width(letter: str, fonts: list[Font]) -> float:
    if unicodedata.combining(letter):
        return 0
    return next((font.advances[letter] for font in fonts if letter in font.advances), 1)


def _is_bold(weight: str | None) -> bool:
    return weight in ("bold", "bolder") or bool(weight and weight.isdecimal() and int(weight) >= _BOLD_FROM)


def _is_invisible(letter: str) -> bool:
    """Whether a letter has no form of its own: a line's end, a joiner, a choice of variant or direction."""
    return letter in "\n\r\t" or unicodedata.category(letter) == "Cf" or 0xFE00 <= ord(letter) <= 0xFE0F


@functools.cache
def _shipped_letters() -> frozenset[str]:
    return frozenset().union(*(_read(path).advances for path in SHIPPED))


def _system_fonts() -> Iterator[Font]:
    """Yield the machine's fonts, upright sans serif ones first; a file that is no font, or a broken one, is none."""
    for path in sorted({path for folder in _folders() for path in _files(folder)}, key=_rank):
        try:
            yield _read(path)
        except (OSError, ValueError, LookupError, struct.error):
            continue


def _folders() -> Iterator[Path]:
    """Yield where the machine keeps fonts. Source: the XDG base directories, as fontconfig reads them."""
    home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local/share")
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    yield from (Path(folder) / "fonts" for folder in (home, *shared.split(":")))


def _files(folder: Path) -> Iterator[Path]:
    return (path for kind in ("ttf", "otf", "ttc") for path in folder.rglob(f"*.{kind}"))


def _rank(path: Path) -> tuple[int, int, str]:
    name = path.stem.lower()
    other = any(word in name.replace("sans-serif", "") for word in _OF_ANOTHER_KIND)
    return other, not any(word in name for word in _UPRIGHT_SANS), str(path)


@functools.cache
def _read(path: Path) -> Font:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        start = struct.unpack_from(">I", data, 12)[0] if data[:4] == b"ttcf" else 0
        tables = _tables(data, start)
        (em,) = struct.unpack_from(">H", data, tables[b"head"] + 18)
        (measured,) = struct.unpack_from(">H", data, tables[b"hhea"] + 34)
        widths = struct.unpack_from(">" + "Hh" * measured, data, tables[b"hmtx"])[::2]
        advances = {
            chr(code): widths[min(glyph, measured - 1)] / em for code, glyph in _glyphs(data, tables[b"cmap"]) if glyph
        }
        family = _family(data, tables[b"name"])
    return Font(path, family, advances)


def _family(data: mmap.mmap, table: int) -> str:
    """Return a font's family in the Windows encoding: the typographic one (16) where a style has a family of its own (1)."""
    count, strings = struct.unpack_from(">HH", data, table + 2)
    names: dict[int, str] = {}
    for index in range(count):
        platform, _, _, name, length, offset = struct.unpack_from(">6H", data, table + 6 + 12 * index)
        if platform == _WINDOWS and name in (1, 16):
            start = table + strings + offset
            names.setdefault(name, str(data[start : start + length], "utf-16-be"))
    return names.get(16) or names[1]


def _tables(data: mmap.mmap, start: int) -> dict[bytes, int]:
    (count,) = struct.unpack_from(">H", data, start + 4)
    records = (struct.unpack_from(">4s4xI4x", data, start + 12 + 16 * index) for index in range(count))
    return dict(records)


def _glyphs(data: mmap.mmap, cmap: int) -> Iterator[tuple[int, int]]:
    """Yield each character's code with its glyph, from the subtable with the most characters."""
    (count,) = struct.unpack_from(">H", data, cmap + 2)
    tables = {struct.unpack_from(">HHI", data, cmap + 4 + 8 * index) for index in range(count)}
    for platform, encoding in ((3, 10), (0, 6), (0, 4), (3, 1), (0, 3)):
        for offset in (offset for *kind, offset in tables if kind == [platform, encoding]):
            (form,) = struct.unpack_from(">H", data, cmap + offset)
            if form in (4, 12):
                yield from (_segments if form == 4 else _groups)(data, cmap + offset)
                return


def _groups(data: mmap.mmap, at: int) -> Iterator[tuple[int, int]]:
    """Format 12: ranges of characters with glyphs in a row."""
    (count,) = struct.unpack_from(">I", data, at + 12)
    for index in range(count):
        first, last, glyph = struct.unpack_from(">III", data, at + 16 + 12 * index)
        yield from ((code, glyph + code - first) for code in range(first, min(last, sys.maxunicode) + 1))


def _segments(data: mmap.mmap, at: int) -> Iterator[tuple[int, int]]:
    """Format 4: ranges of characters whose glyphs are a difference away, or in a list."""
    count = struct.unpack_from(">H", data, at + 6)[0] // 2
    row = f">{count}H"
    ends = struct.unpack_from(row, data, at + 14)
    starts = struct.unpack_from(row, data, at + 16 + 2 * count)
    deltas = struct.unpack_from(row, data, at + 16 + 4 * count)
    ranges = at + 16 + 6 * count
    for index, (first, last, delta) in enumerate(zip(starts, ends, deltas, strict=True)):
        (offset,) = struct.unpack_from(">H", data, ranges + 2 * index)
        for code in range(first, min(last, 0xFFFE) + 1):
            glyph = code
            if offset:
                (glyph,) = struct.unpack_from(">H", data, ranges + 2 * index + offset + 2 * (code - first))
            yield code, (glyph + delta) % 0x10000 if glyph else 0
