"""Foreign Markdown that is being changed: code is out of sight, and each line knows where it stood in its file. Pure."""

from __future__ import annotations

import functools
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self

from publisher.content.archived_blocks import code_lines, paragraphs

_ESCAPED = re.compile(r"\\[!-/:-@\[-`{-~]")
_TICKS = re.compile(r"`+")


@dataclass(frozen=True, slots=True)
class Found:
    """A match outside of code, read from the real text; `line` is where it begins in the foreign file."""

    text: Text
    match: re.Match[str]
    line: int

    def has(self, group: int) -> bool:
        return self.match.start(group) >= 0

    def __getitem__(self, group: int) -> str:
        return self.text.real[self.match.start(group) : self.match.end(group)] if self.has(group) else ""

    @property
    def is_label(self) -> bool:
        """Whether it stands alone between square brackets."""
        before, after = self.match.start() - 1, self.match.end()
        return before >= 0 and self.text.shadow[before] == "[" and self.text.shadow[after : after + 1] == "]"


@dataclass(frozen=True, slots=True)
class Text:
    """A text and its `shadow`: of the same length, with NULs for code and for characters behind a backslash.

    `lines` holds the line of the foreign file for each line of the text.
    """

    real: str
    shadow: str
    lines: tuple[int, ...]

    @classmethod
    def of(cls, real: str, lines: Iterable[int]) -> Self:
        return cls(real, _shadow(real), tuple(lines))

    @classmethod
    def of_lines(cls, lines: Iterable[tuple[str, int]]) -> Self:
        """Return the text of lines, each with its line in the foreign file."""
        texts, numbers = zip(*lines, strict=True)
        return cls.of("\n".join(texts), numbers)

    def numbered(self) -> list[tuple[str, int]]:
        """Return the lines, each with its line in the foreign file."""
        return list(zip(self.real.split("\n"), self.lines, strict=True))

    def replace(self, pattern: re.Pattern[str], change: Callable[[Found], str]) -> Text:
        """Return the text with each match outside of code replaced by what `change` makes of it."""
        real: list[str] = []
        shadow: list[str] = []
        lines = [self.lines[0]]
        end = line = 0
        for match in pattern.finditer(self.shadow):
            kept = self.real.count("\n", end, match.start())
            lines += self.lines[line + 1 : line + 1 + kept]
            line += kept
            changed = change(Found(self, match, self.lines[line]))
            dropped, made = self.real.count("\n", match.start(), match.end()), changed.count("\n")
            inside = self.lines[line + 1 : line + 1 + dropped]
            lines += [*inside[:made], *[self.lines[line]] * (made - dropped)]
            line += dropped
            real += [self.real[end : match.start()], changed]
            shadow += [self.shadow[end : match.start()], without_code(changed)]
            end = match.end()
        if not real:
            return self
        lines += self.lines[line + 1 :]
        return Text("".join((*real, self.real[end:])), "".join((*shadow, self.shadow[end:])), tuple(lines))

    def again(self) -> Text:
        """Return the text with its code found anew: a change may have made some, or uncovered it."""
        return Text.of(self.real, self.lines)


@functools.lru_cache(maxsize=4)  # most changes change nothing
def _shadow(text: str) -> str:
    lines = text.split("\n")
    shadows = [_hidden(line) if code else None for line, code in zip(lines, code_lines(text), strict=True)]
    for span in paragraphs(text):
        inside = without_code("\n".join(lines[span.start : span.end])).split("\n")
        for place, line in enumerate(inside, span.start):
            shadows[place] = line if shadows[place] is None else shadows[place]
    return "\n".join(
        without_code(line) if shadow is None else shadow for line, shadow in zip(lines, shadows, strict=True)
    )


def without_code(paragraph: str) -> str:
    """Hide code spans, and what is behind a backslash outside of them."""
    runs = [(match.start(), match.end()) for match in _TICKS.finditer(paragraph)]
    places: dict[int, list[int]] = {}
    for start, end in runs:
        places.setdefault(end - start, []).append(start)
    parts: list[str] = []
    at = 0
    for first, end in runs:
        start = first
        if start < at:
            continue
        escapes = start
        while escapes > at and paragraph[escapes - 1] == "\\":
            escapes -= 1
        start += (start - escapes) % 2  # the first backtick is behind a backslash
        closers = places.get(end - start, [])
        place = bisect_left(closers, end)
        if start == end or place == len(closers):
            continue
        close = closers[place] + end - start
        parts += [_ESCAPED.sub("\0\0", paragraph[at:start]), _hidden(paragraph[start:close])]
        at = close
    return "".join((*parts, _ESCAPED.sub("\0\0", paragraph[at:])))


def _hidden(text: str) -> str:
    return re.sub(r"[^\n]", "\0", text)
