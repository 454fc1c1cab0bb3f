"""What changed from one text to another, by words, each change with its line. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

CONTEXT: Final = 5
"""Words that are shown before and after what changed."""
MANY: Final = 2_000
"""From so many words or lines on, those that are repeated very often are not what a comparison begins with: it would take seconds."""
FEW: Final = 2
"""So few words that stayed, beside a longer change, are shown as changed: «the» in a new sentence is not that of the old one."""

_SIGN: Final = "\u3040-\u30ff\u3400-\u9fff"
_WORD: Final = re.compile(rf"[{_SIGN}]|[^\s{_SIGN}]+")
"""A word with its punctuation, or a sign of a script that puts no spaces between words."""


class Fate(StrEnum):
    """What became of words."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Run:
    """Words in a row of which the same became; `…` stands for words that stayed and are not shown."""

    kind: Fate
    words: str


@dataclass(frozen=True, slots=True)
class Change:
    """What changed in one place. `line` is where it is now, from 1. Without runs, only spaces and line breaks changed."""

    line: int
    runs: tuple[Run, ...]

    def __str__(self) -> str:
        """Return it as git's word diff writes it.

        >>> print(*changed("Take one pill.", "Take two pills."))
        Take [-one pill.-] {+two pills.+}
        """
        if not self.runs:
            return "only spaces or line breaks"
        return " ".join(_BRACKETS[run.kind].format(run.words) for run in self.runs)

    def shortened(self, most: int) -> Change:
        """Return it with no more than so many words of each run, for where little fits."""
        runs = []
        for run in self.runs:
            words = run.words.split()
            cut = len(words) > most or len(run.words) > most * 20
            runs.append(Run(run.kind, " ".join(words[:most])[: most * 20] + " …") if cut else run)
        return Change(self.line, tuple(runs))


_BRACKETS: Final = {Fate.SAME: "{}", Fate.GONE: "[-{}-]", Fate.NEW: "{{+{}+}}"}


class _Word(NamedTuple):
    text: str
    line: int
    """From 1."""
    glued: bool
    """Whether no space comes before it."""
    begins: bool
    """Whether it is the first of its paragraph."""


_Step = tuple[Fate, _Word, int]
"""What became of a word, and the line where that shows now."""


def changed(before: str, after: str) -> tuple[Change, ...]:
    """Return what changed, in the order of the text as it is now; two different texts have a change at least."""
    old, new = before.replace("\r\n", "\n").split("\n"), after.replace("\r\n", "\n").split("\n")
    found: list[Change] = []
    for i, i_end, j, j_end in _different(old, new):
        last = max(1, len(new) - (not new[-1]))  # what is missing at the end shows on the last line
        steps = list(_steps(_words(old, i, i_end), _words(new, j, j_end), min(j + 1, last)))
        found += _changes(steps) or [Change(min(j + 1, last), ())]
    return tuple(found) or (() if before == after else (Change(1, ()),))


def _different(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """Return which lines differ. Blank lines between lines that differ belong to them: they say nothing of what is what."""
    found: list[tuple[int, int, int, int]] = []
    for tag, i, i_end, j, j_end in _compared(old, new):
        if tag == "equal":
            continue
        before = found[-1] if found else (0, 0, 0, 0)
        if found and not "".join(old[before[1] : i]).strip():
            found[-1] = (before[0], i_end, before[2], j_end)
        else:
            found.append((i, i_end, j, j_end))
    return found


def _compared(before: Sequence[object], after: Sequence[object]) -> Sequence[tuple[str, int, int, int, int]]:
    return difflib.SequenceMatcher(None, before, after, autojunk=max(len(before), len(after)) > MANY).get_opcodes()


def _words(lines: Sequence[str], start: int, end: int) -> list[_Word]:
    found: list[_Word] = []
    begins = start == 0 or not lines[start - 1].strip()
    for number in range(start, end):
        line, at = lines[number], -1
        for word in _WORD.finditer(line):
            found.append(_Word(word[0], number + 1, word.start() == at, begins))
            begins, at = False, word.end()
        begins = begins or not line.strip()
    return found


def _steps(old: list[_Word], new: list[_Word], line: int) -> Iterator[_Step]:
    """Yield what became of each word; one that is gone shows at the word that follows it now."""
    for same, i, i_end, j, j_end in _cleared(_compared([one.text for one in old], [one.text for one in new])):
        if same:
            yield from ((Fate.SAME, word, word.line) for word in new[j:j_end])
            continue
        at = new[min(j, len(new) - 1)].line if new else line
        yield from ((Fate.GONE, word, at) for word in old[i:i_end])
        yield from ((Fate.NEW, word, word.line) for word in new[j:j_end])


def _cleared(compared: Sequence[tuple[str, int, int, int, int]]) -> Iterator[tuple[bool, int, int, int, int]]:
    """Join changes between which only a few words stayed by chance."""
    waiting: tuple[int, int, int, int] | None = None  # a change that may go on
    for at, (tag, i, i_end, j, j_end) in enumerate(compared):
        if tag != "equal":
            waiting = (waiting[0], i_end, waiting[2], j_end) if waiting else (i, i_end, j, j_end)
            continue
        following = compared[at + 1][1:] if at + 1 < len(compared) else None
        if waiting and following and 2 * (j_end - j) <= min(2 * FEW, max(_size(*waiting), _size(*following))):
            waiting = (waiting[0], i_end, waiting[2], j_end)
            continue
        if waiting:
            yield (False, *waiting)
        waiting = None
        yield True, i, i_end, j, j_end
    if waiting:
        yield (False, *waiting)


def _size(i: int, i_end: int, j: int, j_end: int) -> int:
    return max(i_end - i, j_end - j)


def _changes(steps: Sequence[_Step]) -> list[Change]:
    """Cut at paragraphs, and where many words stayed; leave out what did not change."""
    pieces: list[list[_Step]] = [[]]
    stayed, seen = 0, set[Fate]()  # in the last piece: how many words stayed in a row, and what became of its words
    for kind, word, line in steps:
        stayed = stayed + 1 if kind is Fate.SAME else 0
        if word.begins and not (kind is Fate.NEW and seen == {Fate.GONE}):  # then it replaces that paragraph
            pieces.append([])
            seen = set()
        elif stayed > 2 * CONTEXT + 1 and seen != {Fate.SAME}:
            pieces.append(pieces[-1][-CONTEXT:])
            del pieces[-2][-CONTEXT:]
            seen = set()
        pieces[-1].append((kind, word, line))
        seen.add(kind)
    return [_change(piece) for piece in pieces if any(kind is not Fate.SAME for kind, _, _ in piece)]


def _change(piece: Sequence[_Step]) -> Change:
    at = [place for place, (kind, _, _) in enumerate(piece) if kind is not Fate.SAME]
    first, end = max(0, at[0] - CONTEXT), min(len(piece), at[-1] + 1 + CONTEXT)
    runs: list[Run] = []
    for kind, word, _ in piece[first:end]:
        if runs and runs[-1].kind is kind:
            runs[-1] = Run(kind, f"{runs[-1].words}{'' if word.glued else ' '}{word.text}")
        else:
            runs.append(Run(kind, word.text))
    if first and runs[0].kind is Fate.SAME:
        runs[0] = Run(Fate.SAME, f"… {runs[0].words}")
    if end < len(piece) and runs[-1].kind is Fate.SAME:
        runs[-1] = Run(Fate.SAME, f"{runs[-1].words} …")
    return Change(piece[at[0]][2], tuple(runs))
