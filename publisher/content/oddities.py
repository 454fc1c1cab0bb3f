"""What Markdown reads otherwise than its author seems to mean, by token: where, what and how to write it. Pure.

Each is shown on GitHub as it is here, or worse; nothing in this module changes what readers see.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from markdown_it.rules_block.table import escapedSplit
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from publisher.content.converted import Oddity
from publisher.content.emoji import NAME, ONLY_ON_GITHUB
from publisher.errors import Severity

_HOLE: Final = "\ufffc"
"""Stands for code, pictures, links, escaped characters and ends of emphasis where the words of a paragraph are searched."""

_IN_LINE: Final = re.compile(r"[^\n]+")

_NO_SPACES: Final = "\u2e80-\u2fff\u3005-\u3007\u3021-\u3029\u3031-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
"""The letters of scripts that put no space between words."""

_SWALLOWED: Final = re.compile(r"[\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65“”‘’„«»]")
"""Punctuation that a bare address takes in, as any character up to the next space."""


def _between(mark: str) -> re.Pattern[str]:
    """Find words between marks that do nothing, because one stands between such a letter and punctuation."""
    return re.compile(
        rf"(?<=[{_NO_SPACES}])({mark})(?=[^\w\s*~])[^*~\n]+\1"
        rf"|({mark})(?=[^\s*~])[^*~\n]*(?<=[^\w\s*~])\2(?=[{_NO_SPACES}])"
    )


_NO_MARK: Final = (
    "GitHub shows {} as written: a mark between a letter and punctuation begins and ends nothing",
    "put the punctuation outside of the marks, or a space beside them",
)

_WORDS: Final = (
    ("*", _between(r"\*{1,3}"), *_NO_MARK),
    ("~~", _between("~~"), *_NO_MARK),
    ("==", re.compile(r"(?<![\w=])==(?=[^\s=])[^=\n]*(?<=[^\s=])==(?![\w=])"), "Markdown has no mark for highlighting: {} is shown as written",
     "write **bold** instead"),
    ("++", re.compile(r"(?<![\w+])\+\+(?=[^\s+])[^+\n]*(?<=[^\s+])\+\+(?![\w+])"), "Markdown has no mark for insertions: {} is shown as written",
     "write <ins>…</ins> instead"),
    ("[[", re.compile(r"\[\[[^\[\]\n]+\]\]"), "Markdown has no wiki links: {} is shown as written", "write [words](../concepts/file.md) instead"),
    ("{", re.compile(r"\{:[^{}\n]*\}|(?<=[\])*_`\ufffc])\{[.#][A-Za-z][^{}\n]*\}"), "Markdown has no attributes in braces: {} is shown as written",
     "remove it; only a heading may end with a name, {#name}"),
    ("{%", re.compile(r"\{%.*?%\}"), "a tag of a site generator, {}, is shown as written", "write what it stands for"),
    ("][", re.compile(r"(?<![\w\]\ufffc\\])\[(?![\^@\s])[^\[\]\n]+\]\[(?!\^|@)[^\[\]\n]*\](?![\[(\w])"),
     "the link {} has no definition, so it is shown as written", "add a line «[name]: https://…», or write [words](https://…)"),
)  # fmt: skip
"""Characters that each of them has, what to look for, what it is and how to fix it."""

_SPACED: Final = re.compile(
    rf"(?<!\\)(\[[^\[\]\n]+\]\()(?:{_HOLE}|https?:|\.{{0,2}}/|[\w-]+\.)[^()\n\"'<>]*[ \t][^()\n\"'<>]*\)"
)
"""What would be a link without a space in its address; a whole address in it has become a link of its own."""

_BEGINNINGS: Final = (
    (re.compile(r"#{2,6}[^a-z\s#!.,;:)]"), "a heading needs a space behind its signs: {} is shown as text", "write a space behind #"),
    (re.compile(r"\*\[[^\[\]]+\]:"), "GitHub's Markdown has no abbreviations: {} is shown as text", "write the long form where it is needed"),
    (re.compile(r":::"), "GitHub's Markdown has no boxes of colons: {} is shown as text", "write > [!NOTE] instead"),
)  # fmt: skip

_ITEM: Final = re.compile(r"(?:[-+](?=[^\W\d_])|\*(?=[^\W\d_])(?![^*]*\*)|\d{1,3}[.)](?=[^\W\d_])|[•◦▪‣])")
"""Begins a line that was meant as an item of a list."""


def oddities(state: StateCore) -> None:
    """Add to what was converted whatever looks like a slip. Runs before characters that were escaped become text."""
    found = state.env["made"].odd
    found += _headings(state.tokens, state.env["top"])
    found += _fences(state.tokens, state.src)
    found += _twice(state)
    found += _rows(state.tokens, state.src)
    for token, before in zip(state.tokens, [None, *state.tokens], strict=False):
        if token.type == "inline":
            found += _inline(token, is_paragraph=bool(before and before.type == "paragraph_open"))
    found.sort(key=lambda one: one.line)


def _line(token: Token) -> int:
    return token.map[0] if token.map else 0


def _inline(token: Token, *, is_paragraph: bool) -> Iterator[Oddity]:
    children, first, words = token.children or [], _line(token), _words(token.children or [])
    places = _Places(token.content, first)
    for characters, pattern, what, fix in _WORDS:
        for found in pattern.finditer(words) if characters in words else ():
            yield Oddity(places.line(found[0]), what.format(f"«{_short(found[0].replace(_HOLE, ''))}»"), fix)
    for found in _SPACED.finditer(words) if "](" in words else ():
        what = f"the link «{_short(found[1])}…)» has a space in its address, so it is shown as written"
        yield Oddity(places.line(found[1]), what, "write %20 instead of the space")
    for found in NAME.finditer(words) if ":" in words else ():
        if found[1] in ONLY_ON_GITHUB:
            what = f"only GitHub has the picture «{found[0]}»; here it is shown as written"
            yield Oddity(places.line(found[0]), what, "write an emoji, or remove it")
    if is_paragraph:
        yield from _paragraph(words, first)
    for index, child in enumerate(children):
        if (
            child.type == "link_open"
            and child.info == "auto"
            and (inside := _SWALLOWED.search(children[index + 1].content))
        ):
            address = children[index + 1].content
            what = f"the address «{_short(address)}» goes on behind «{inside[0]}», up to the next space"
            yield Oddity(places.line(address), what, f"write <{_short(address[: inside.start()])}>")
        elif child.type == "s_open" and child.markup == "~":
            yield from _struck(children, index, places)


def _words(children: Sequence[Token]) -> str:
    """Return the words of a paragraph outside of code, pictures and links, a line break for each that it has."""
    parts, depth = [], 0
    for child in children:
        depth += child.nesting if child.type in {"link_open", "link_close"} else 0
        if child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif child.type == "text":
            parts.append(_IN_LINE.sub(_HOLE, child.content) if depth else child.content)
        elif child.nesting <= 0:
            parts.append(_HOLE)
    return "".join(parts)


class _Places:
    """Finds the lines of words in a paragraph, one after the other."""

    def __init__(self, source: str, first: int) -> None:
        self._source, self._first, self._known = source, first, dict[str, int]()

    def line(self, words: str) -> int:
        """Return the line of the next place that has the words; the paragraph's first line if they are not found as such."""
        at = self._source.find(words, self._known.get(words, 0))
        self._known[words] = at + len(words)
        return self._first + (self._source.count("\n", 0, at) if at >= 0 else 0)


def _paragraph(words: str, first: int) -> Iterator[Oddity]:
    lines = words.split("\n")
    for pattern, what, fix in _BEGINNINGS:
        if pattern.match(lines[0]):
            yield Oddity(first, what.format(f"«{_short(lines[0])}»"), fix)
    items = [number for number, line in enumerate(lines) if _ITEM.match(line)]
    if any(after == before + 1 for before, after in pairwise(items)):
        mark = lines[items[0]]
        what = f"lines that begin like «{_short(mark)}» are no list, and become one paragraph"
        yield Oddity(first + items[0], what, "begin each with «- », with the space")


def _struck(children: Sequence[Token], start: int, places: _Places) -> Iterator[Oddity]:
    """Report a single tilde within a word, as in H~2~O, where other Markdown has a subscript."""
    end = next((index for index in range(start, len(children)) if children[index].type == "s_close"), len(children) - 1)
    inner = "".join(child.content for child in children[start + 1 : end])
    before = children[start - 1].content if start else ""
    after = children[end + 1].content if end + 1 < len(children) else ""
    if re.search(r"\w$", before) or re.match(r"\w", after):
        what = f"a single tilde strikes out: «~{_short(inner)}~»"
        yield Oddity(
            places.line(f"~{inner}~"),
            what,
            r"write H<sub>2</sub>O for a subscript, ~~x~~ to strike out, \~ for the sign",
        )


def _fences(tokens: Sequence[Token], source: str) -> Iterator[Oddity]:
    lines = source.split("\n")
    for token in tokens:
        if token.type == "fence" and token.map:
            last = lines[token.map[1] - 1].lstrip("> \t").rstrip() if token.map[1] - 1 > token.map[0] else ""
            if not (last.startswith(token.markup) and set(last) == {token.markup[0]}):
                yield Oddity(
                    token.map[0], "a code fence that is never closed", "close it with the same marks", Severity.ERROR
                )


def _rows(tokens: Sequence[Token], source: str) -> Iterator[Oddity]:
    """Report rows with more cells than their table's head has: what is too many is not shown."""
    lines, columns = source.split("\n"), 0
    for token in tokens:
        if token.type == "table_open":
            columns = 0
        elif token.type == "th_open":
            columns += 1
        elif token.type == "tr_open" and token.map:
            row = lines[token.map[0]].lstrip(" \t>").rstrip()
            cells = escapedSplit(row.removeprefix("|"))
            dropped = " | ".join(cell.strip() for cell in cells[columns:] if cell.strip())
            if columns and dropped:
                what = f"a row has more cells than its table's head, and «{_short(dropped)}» is not shown"
                yield Oddity(token.map[0], what, r"give the head as many cells, or write \| for the sign «|» in a cell")


def _twice(state: StateCore) -> Iterator[Oddity]:
    """Report notes and link definitions whose name another one has: only one of them counts."""
    seen: set[str] = set()
    for token in state.tokens:
        if token.type == "footnote_reference_open":
            label = token.meta["label"]
            if label in seen:
                yield Oddity(_line(token), f"a second footnote [^{label}]", "give it another name", Severity.ERROR)
            seen.add(label)
    for again in state.env.get("duplicate_refs", ()):
        if again["href"] != state.env["references"].get(again["label"], again)["href"]:
            what = f"a second definition of the link [{_short(again['label'].lower())}], which does not count"
            yield Oddity(again["map"][0], what, "give it another name, or remove it")


def _headings(tokens: Sequence[Token], top: int) -> Iterator[Oddity]:
    """Report headings as high as the one above the text, whose level is `top`, and those that leave a level out."""
    level = top
    for token in tokens:
        if token.type != "heading_open":
            continue
        here, sign = int(token.tag[1]), "#" * (level + 1)
        if here <= top and (token.markup in "=-" or token.level):  # those that begin a line with # are reported as such
            yield Oddity(
                _line(token),
                f"a heading of level {here} inside a text that is below one",
                f"use {'#' * (top + 1)} or deeper",
            )
        elif here > level + 1 and not token.level:
            yield Oddity(
                _line(token),
                f"a heading of level {here} below one of level {level}",
                f"use {sign}: screen readers go by levels",
            )
        level = max(here, top) if not token.level else level


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
