"""GitHub's Markdown -> sanitised HTML, in a process that may take only so much: see publisher.isolation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from publisher.errors import Severity
from publisher.isolation import isolated


@dataclass(frozen=True, slots=True)
class Oddity:
    """What Markdown reads otherwise than its author seems to mean; `line` counts from 0."""

    line: int
    what: str
    fix: str
    severity: Severity = Severity.WARNING


@dataclass(slots=True)
class Converted:
    """A text as HTML. Lines count from 0; in the HTML, `data-line` is the line of a link, picture or code block.

    `marks` are the references to footnotes and the citations that are shown as they were written, `unread` the
    footnotes to which nothing refers, `tags` the tags of raw HTML, `b` or `/b`, with the names of their attributes, `boxes` the uses of `!!!`, `odd` what looks
    like a slip.
    """

    html: str = ""
    marks: list[tuple[int, str]] = field(default_factory=list)
    unread: list[tuple[int, str]] = field(default_factory=list)
    tags: list[tuple[int, str, tuple[str, ...]]] = field(default_factory=list)
    boxes: list[int] = field(default_factory=list)
    odd: list[Oddity] = field(default_factory=list)


Excess = tuple[int, str, str]
"""A line, from 0, what there is too much of, and how to fix it."""


@dataclass(frozen=True, slots=True)
class Unconverted:
    """A text below a heading of level `top`, or one line in which nothing is a block."""

    text: str
    inline: bool = False
    top: int = 2


@isolated(keep=True)
def converted(text: Unconverted) -> Converted | Excess:
    """Convert a text; say what is too much in one that should not be parsed."""
    return _converted(text)


@isolated(seconds=0.4, keep=True)
def all_converted(texts: Sequence[Unconverted]) -> list[Converted | Excess]:
    """Convert the texts of a file, which takes far less than one after the other. What takes long is to be converted alone."""
    return [_converted(text) for text in texts]


def _converted(text: Unconverted) -> Converted | Excess:
    from publisher.content import bounds, dialect  # they take a tenth of a second to import, in the worker alone
    from publisher.content.tree import clean

    if found := bounds.excess(text.text):
        return found
    made = dialect.convert_inline(text.text) if text.inline else dialect.convert(text.text, top=text.top)
    made.html = clean(made.html)
    return made
