"""Where YAML reads something else than an editor wrote, and how to write it. Pure.

A value arrives as it was written, or one of these says why not, on which line, and what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import yaml

PROSE: Final = frozenset({"title", "summary", "preheader", "from", "to", "know", "build", "about"})
"""Keys whose values are words for readers. Behind any other value a comment is a comment."""

_PAIRS: Final = ("“”", "„“", "””", "‘’", "‚‘", "«»", "»«", "「」")
QUOTES: Final = frozenset(pair[0] for pair in _PAIRS)
_LINE = re.compile(r"([\s-]*)([\w.-]+)[ \t]*:[ \t]+(?=\S)(.*?)[ \t]*$")
_BREAK = re.compile(r"[\t\n\r\x85\u2028\u2029]")
_LONGEST_EXAMPLE = 90
_INSIDE = ("while scanning a quoted scalar", "while scanning a simple key", "while parsing a flow ")
"""What libyaml was in the middle of when the place where that began is the one to look at, not the one where it gave up."""


def misread(event: yaml.ScalarEvent, key: str, lines: Sequence[str]) -> tuple[int, str, str] | None:
    """Return the line (from 0), what YAML leaves out of the value of `key`, or adds to it, and how to write it; None if nothing.

    `lines` are those of the front matter, in which the event's marks count.
    """
    if event.start_mark is None or event.end_mark is None:
        return None
    index, last = event.start_mark.line, event.end_mark.line
    line = lines[index] if index == last < len(lines) else ""
    mark = "&" if event.anchor else "!" if event.tag else ""
    if mark:
        return index, f"YAML takes the word after «{mark}» for a sign of its own and leaves it out", _example(line, key)
    if key not in PROSE:
        return None
    if event.style:
        what = 'YAML reads a backslash between " and " as the beginning of a sign such as a line break'
        return (index, what, _example(line, key)) if event.style == '"' and _BREAK.search(event.value) else None
    left = lines[last][event.end_mark.column :].strip() if last < len(lines) else ""
    if left.startswith("#"):
        fix = f"{_example(line, key)}, or put the comment on a line of its own"
        return last, f"YAML takes «{_short(left)}» for a comment, so readers would not see it", fix
    value = event.value.strip()
    for begin, end in (
        pair for pair in _PAIRS if len(value) > 2 and value[0] == pair[0] and value[1:].find(pair[1]) == len(value) - 2
    ):
        fix = f"write {key}: {_in_quotes(value[1:-1])}, or {key}: '{value}' if they belong to it"
        return index, f"the quotation marks {begin}{end} around the whole value would be shown to readers", fix
    return None


def refused(error: yaml.MarkedYAMLError, lines: Sequence[str]) -> tuple[int, str, str]:
    """Return the line (from 0) of what is not valid YAML, what it is and how to write it."""
    inside = (error.context or "").startswith(_INSIDE)
    mark = (error.context_mark if inside else error.problem_mark) or error.problem_mark or error.context_mark
    index = min(mark.line, len(lines) - 1) if mark else 0
    line = lines[index] if lines else ""
    what = f"the front matter is not valid YAML: {error.problem or error.context}"
    if mark and "\t" in line[: mark.column + 1] and not line[: mark.column].strip():
        return index, "the front matter has a tab where YAML allows only spaces", "write spaces instead of it"
    written = _LINE.match(line)
    if error.problem == "found unexpected end of stream":
        return (
            index,
            "the front matter is not valid YAML: a quotation mark is never closed",
            "close it at the end of the value",
        )
    if error.context == "while scanning a simple key":
        fix = "write it so, or indent it to go on with the value above"
        return index, f"«{_short(line.strip())}» is not «key: value»", fix
    if mark and written and mark.column < written.start(3):
        return index, what, "begin each key in the first column, and put the value above it into quotation marks"
    fix = _example(line, written[2] if written else "key")
    return (
        index,
        what,
        f"close the bracket, or {fix}" if (error.context or "").startswith("while parsing a flow ") else fix,
    )


def _example(line: str, key: str) -> str:
    """Say how to write a line so that its value is text."""
    written = _LINE.match(line)
    if not written or len(written[3]) > _LONGEST_EXAMPLE:
        return "put the whole value into straight quotation marks"
    value = written[3]
    if len(value) > 1 and value[0] in "'\"" and value.endswith(value[0]):
        value = value[1:-1]
    return f"write {key}: {_in_quotes(value.strip(chr(9) + ' '))}"


def _in_quotes(value: str) -> str:
    """Return a value as YAML reads it as it is."""
    if "'" in value and not set('"\\') & set(value):
        return f'"{value}"'
    return "'" + value.replace("'", "''") + "'" if set('"\\') & set(value) else f'"{value}"'


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
