"""Where the blocks of foreign Markdown are, as a CommonMark parser sees them: code, headings, definitions. Pure.

All lines count from 0. Inline Markdown is not parsed.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from publisher.content.dispatch import dispatch_blocks


@dataclass(frozen=True, slots=True)
class Span:
    """The lines from `start` up to, and without, `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Definition:
    """`[label]: address`, and where it stands."""

    address: str
    span: Span


@dataclass(frozen=True, slots=True)
class Title:
    """A heading that is in no list or quotation; `text` is its inline Markdown on one line."""

    span: Span
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """A code block: `content` as it is shown, `info` what follows the `marks` of a fence; None for indented code."""

    span: Span
    content: str
    info: str | None
    marks: str


def code_blocks(text: str) -> Iterator[Code]:
    """Yield every code block, in lists, quotations and footnotes too."""
    for token in _parsed(text).tokens:
        if token.type in ("fence", "code_block") and token.map:
            info = token.info if token.type == "fence" else None
            yield Code(Span(*token.map), token.content, info, token.markup)


def code_lines(text: str) -> list[bool]:
    """Say of each line whether it is code."""
    lines = [False] * (text.count("\n") + 1)
    for code in code_blocks(text):
        lines[code.span.start : code.span.end] = [True] * (code.span.end - code.span.start)
    return lines


def paragraphs(text: str) -> Iterator[Span]:
    """Yield the lines of everything that holds inline Markdown."""
    for token in _parsed(text).tokens:
        if token.type == "inline" and token.map:
            yield Span(*token.map)


def html_blocks(text: str) -> Iterator[Span]:
    """Yield the lines of raw HTML that is a block."""
    for token in _parsed(text).tokens:
        if token.type == "html_block" and token.map:
            yield Span(*token.map)


def titles(text: str) -> Iterator[Title]:
    """Yield the headings, marked or underlined, that are in no list or quotation."""
    tokens = _parsed(text).tokens
    for token, inside in itertools.pairwise(tokens):
        if token.type == "heading_open" and token.level == 0 and token.map:
            yield Title(Span(*token.map), int(token.tag[1]), " ".join(inside.content.split()))


def footnotes(text: str) -> Iterator[tuple[str, Span]]:
    """Yield the name and the lines of each footnote's definition that is in no list or quotation."""
    for token in _parsed(text).tokens:
        if token.type == "footnote_reference_open" and token.level == 0 and token.map:
            yield str(token.meta["label"]), Span(*token.map)


def definitions(text: str) -> tuple[Mapping[str, str], tuple[Span, ...]]:
    """Return the addresses of link definitions by `key` of their labels, and the lines of all of them."""
    parsed = _parsed(text)
    spans = [*parsed.definitions.values(), *parsed.repeated]
    return {label: one.address for label, one in parsed.definitions.items()}, tuple(one.span for one in spans)


def key(label: str) -> str:
    """Return what makes two labels of links the same."""
    return normalizeReference(label)


@dataclass(frozen=True, slots=True)
class _Parsed:
    tokens: tuple[Token, ...]
    definitions: Mapping[str, Definition]
    repeated: tuple[Definition, ...]


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": 100}).enable("table").use(footnote_plugin)
    parser.core.ruler.enableOnly(["normalize", "block"])
    dispatch_blocks(parser)
    # Addresses are judged and escaped where they are used.
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005
    return parser


_PARSER = _parser()


@functools.lru_cache(maxsize=4)
def _parsed(text: str) -> _Parsed:
    found: dict[str, object] = {}
    tokens = tuple(_PARSER.parse(text, found))
    first, again = found.get("references", {}), found.get("duplicate_refs", [])
    assert isinstance(first, dict)
    assert isinstance(again, list)
    return _Parsed(
        tokens, {label: _definition(one) for label, one in first.items()}, tuple(_definition(one) for one in again)
    )


def _definition(found: Mapping[str, object]) -> Definition:
    lines = found["map"]
    assert isinstance(lines, list)
    return Definition(str(found["href"]), Span(*lines))
