"""Source code -> words with one of five colours; the same for mail and pages."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from publisher.errors import Problem
from publisher.isolation import TooCostlyError, isolated

Run = tuple[str, str]
"""A text and its kind: k keyword, s string, c comment, n number or constant, f name; "" for the rest."""


def coloured(source: str, language: str) -> tuple[Run, ...]:
    """Return runs that differ from their neighbours in kind, and together are the source without its last line end.

    An unknown language is plain text, and so is a source that takes too much to colour.
    """
    try:
        return _known(source, language)
    except TooCostlyError:
        return ((source.rstrip("\n"), ""),)


def too_costly(block: Element, path: Path, line: int | None) -> Iterator[Problem]:
    """Report a block of code that takes too much to colour, and leave it without a language: it is shown plain."""
    language = block.get("data-lang", "")
    try:
        _known("".join(block.itertext()), language)
    except TooCostlyError as error:
        block.set("data-lang", "")
        fix = "shorten or split it, or write ```text to leave it without colours"
        yield Problem(path, line, f"to colour this {language} {error}", fix, rule="code")


@functools.lru_cache(maxsize=1024)  # a mail shows the blocks of a page
def _known(source: str, language: str) -> tuple[Run, ...]:
    return colour(source, language) if language else ((source.rstrip("\n"), ""),)


@isolated(keep=True)
def colour(source: str, language: str) -> tuple[Run, ...]:
    """Return what `coloured` does."""
    from publisher.render.lexing import runs  # Pygments takes a while to import, in the worker alone

    return tuple(runs(source, language))
