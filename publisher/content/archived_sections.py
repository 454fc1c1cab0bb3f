"""A cleaned foreign body -> title, lead and sections, whatever the level of their headings. Pure."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from publisher.content.archived_blocks import Title, code_lines, footnotes, titles
from publisher.content.archived_text import Text, without_code
from publisher.content.prose import escape, plain
from publisher.issue import ARCHIVE, Section

NOTES: Final = ("notes", "Notes")
"""Id and title of the one section of an issue without headings."""

MOST_ID: Final = 31

_FOOTNOTE = re.compile(r"\[\^([^\[\]\s]{1,100})\]")
_ID = re.compile(r"[ \t]*\{#([A-Za-z0-9_-]+)\}[ \t]*$")
_MORE_THAN_WORDS = re.compile(r"\]\(|\[\^|<[a-z]")


@dataclass(frozen=True, slots=True)
class Cut:
    """A text cut into an issue's parts. The lines of the sections are 0: they are not in a file yet."""

    title: str | None
    lead: str
    sections: tuple[Section, ...]


def take_footnotes(text: Text) -> tuple[Text, Mapping[str, str]]:
    """Take the definitions of footnotes out, by name: each goes into the sections that refer to it."""
    lines = text.numbered()
    notes: dict[str, str] = {}
    gone: set[int] = set()
    for name, span in footnotes(text.real):
        body = "\n".join(line for line, _ in lines[span.start : span.end]).strip("\n")
        notes.setdefault(name, body)
        gone.update(range(span.start, span.end))
    kept = [("", number) if place in gone else (line, number) for place, (line, number) in enumerate(lines)]
    return Text.of_lines(kept), notes


def split(text: Text, notes: Mapping[str, str], *, title: str = "") -> Cut:
    """Return an issue's parts. `title` is what the issue is already called.

    A heading of level 1 on top is the title, if it is the only one and there is no other, or if it says the same as
    `title`.
    """
    lines = text.real.split("\n")
    found = list(titles(text.real))
    own: str | None = None
    if found and found[0].level == 1 and not any(line.strip() for line in lines[: found[0].span.start]):
        words, alone = plain(_without_id(found[0].text)), sum(one.level == 1 for one in found) == 1
        if _same(words, title) if title else alone:
            own = words
            lines[found[0].span.start : found[0].span.end] = [""] * (found[0].span.end - found[0].span.start)
            found = found[1:]
    cuts = _starts(found, alone_on_top=own is None and _is_on_top(found, lines))
    starts = [heading for heading, _ in cuts]
    code = code_lines(text.real)
    ends = [*(one.span.start for one in starts[1:]), len(lines)][: len(starts)]
    for heading, level in _inner(found, cuts):
        lines[heading.span.start] = f"{'#' * level} {heading.text}".rstrip()
        lines[heading.span.start + 1 : heading.span.end] = [""] * (heading.span.end - heading.span.start - 1)

    def body(first: int, end: int, above: str = "") -> str:
        return _tidy([(above, False), ("", False), *zip(lines[first:end], code[first:end], strict=True)], notes)

    lead = body(0, starts[0].span.start if starts else len(lines))
    bodies = [body(heading.span.end, end, _beyond_words(heading)) for heading, end in zip(starts, ends, strict=True)]
    sections = tuple(_sections(starts, bodies))
    if not sections and lead:
        return Cut(own, "", (Section(*NOTES, lead + "\n"),))
    return Cut(own, lead, sections)


def _is_on_top(found: Sequence[Title], lines: Sequence[str]) -> bool:
    """Whether the text begins with its only heading of level 1, as the title of a page does."""
    return (
        bool(found)
        and found[0].level == 1
        and sum(one.level == 1 for one in found) == 1
        and not any(line.strip() for line in lines[: found[0].span.start])
    )


def _starts(found: Sequence[Title], *, alone_on_top: bool) -> list[tuple[Title, int]]:
    """Return the headings that begin a section, each with the level that sections have around it.

    The level of sections is found in each text: that of the first heading, or a higher one that occurs more than once.
    A higher heading begins a section wherever it stands, and so does the first heading above all sections. What looks
    like the title of a page says nothing of the level.
    """
    if alone_on_top and len(found) > 1:
        return [(found[0], found[0].level), *_starts(found[1:], alone_on_top=False)]
    if not found:
        return []
    level = _level_of_sections([one.level for one in found])
    first = next(place for place, one in enumerate(found) if one.level <= level)
    here = [(one, level) for one in found[first:] if one.level <= level]
    return [*_starts(found[:first], alone_on_top=False), *here]


def _level_of_sections(levels: Sequence[int]) -> int:
    """Return the level at which a text is cut. The only heading of level 1 says nothing, wherever it stands.

    >>> _level_of_sections([2, 3, 3, 2, 1]), _level_of_sections([1, 2, 2, 1]), _level_of_sections([3, 2, 3, 3, 2])
    (2, 1, 2)
    >>> _level_of_sections([1, 2, 2]), _level_of_sections([1, 2, 3, 2])
    (2, 2)
    """
    if levels[0] == 1 and levels.count(1) == 1 and len(levels) > 1:
        return _level_of_sections(levels[1:])
    level = min(one for one in levels if one == levels[0] or levels.count(one) > 1)
    before = list(itertools.takewhile(lambda one: one > level, levels))
    if before and before.count(inner := _level_of_sections(before)) > 1:
        return inner
    return level


def _inner(found: Sequence[Title], cuts: Sequence[tuple[Title, int]]) -> Iterator[tuple[Title, int]]:
    """Yield the headings inside of sections, each with its level in an issue, where sections are of level 2."""
    levels = {heading.span.start: level for heading, level in cuts}
    around = 2
    for heading in found:
        if heading.span.start in levels:
            around = levels[heading.span.start]
        else:
            yield heading, min(6, max(3, heading.level - around + 2))


def _sections(starts: Sequence[Title], bodies: Sequence[str]) -> Iterator[Section]:
    taken = {ARCHIVE: 1}
    for place, (heading, body) in enumerate(zip(starts, bodies, strict=True), 1):
        named = _ID.search(heading.text)
        text = _without_id(heading.text)
        title = (escape(plain(text)) if _beyond_words(heading) else text) or f"Part {place}"
        section_id = _unique(_slug(named[1] if named else plain(text)) or f"part-{place}", taken)
        if body or text:
            yield Section(section_id, title, body + "\n")


def _beyond_words(heading: Title) -> str:
    """Return a heading that has links or footnotes. A section's title is words alone, so it stands below it once more."""
    text = _without_id(heading.text)
    return text if _MORE_THAN_WORDS.search(text) else ""


def _without_id(text: str) -> str:
    return _ID.sub("", text)


def _same(one: str, other: str) -> bool:
    return re.sub(r"\W+", "", one.casefold()) == re.sub(r"\W+", "", other.casefold())


def _slug(text: str) -> str:
    """Return lower-case ASCII words with hyphens, beginning with a letter; empty when nothing is left.

    >>> _slug("Événements & 3 PRs"), _slug("2026 in review"), _slug("日本")
    ('evenements-3-prs', 'part-2026-in-review', '')
    """
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")
    slug = f"part-{slug}" if slug[:1].isdigit() else slug
    return slug if len(slug) <= MOST_ID else slug[: MOST_ID + 1].rpartition("-")[0] or slug[:MOST_ID]


def _unique(section_id: str, taken: dict[str, int]) -> str:
    """Return an id that is not taken; `taken` says how often each was asked for."""
    wanted = section_id
    while section_id in taken:
        taken[wanted] += 1
        section_id = f"{wanted[: MOST_ID - 6]}-{taken[wanted]}"
    taken[section_id] = 1
    return section_id


def _tidy(lines: Sequence[tuple[str, bool]], notes: Mapping[str, str]) -> str:
    """Return a section's text without the gaps that removed things left, with its footnotes below."""
    kept: list[str] = []
    for line, code in lines:
        if code or line.strip() or (kept and kept[-1].strip()):
            kept.append(line if code else line.rstrip() + "  " * line.endswith("  "))
    text, words = "\n".join(kept).strip("\n"), "\n".join(line for line, code in lines if not code)
    return "\n\n".join([text, *_used(words, notes)]).rstrip() if text.strip() else ""


def _used(text: str, notes: Mapping[str, str]) -> list[str]:
    """Return the footnotes that a text refers to, and those that they refer to."""
    used: dict[str, str] = {}
    texts = [text]
    while texts:
        for name in _FOOTNOTE.findall(without_code(texts.pop())):
            if name in notes and name not in used:
                used[name] = notes[name]
                texts.append(notes[name])
    return list(used.values())
