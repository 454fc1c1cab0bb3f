"""Finds what a sheet shows beside the values of its cells: hidden rows and columns, struck-through cells, comments.

The XML is looked through piece by piece, because openpyxl tells none of it of a sheet that it reads row by row.
"""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from subscribers.import_columns import MOST_COLUMNS
from subscribers.leaving_words import value_in_doubt
from subscribers.row_marks import Mark, RowMarks

_HIDDEN_ROW = re.compile(rb"""\s(?:hidden=["'](?:1|true)["']|ht=["']0(?:\.0*)?["'])""")
_COLUMN = re.compile(rb"<(?:\w+:)?col\s[^<>]*>")
_HIDDEN = re.compile(rb"""\shidden=["'](?:1|true)["']""")
_REACH = re.compile(rb"""\s(min|max)=["'](\d+)["']""")
_CELL = re.compile(rb"<(?:\w+:)?c(\s[^<>]*)>(?:\s*<(?:\w+:)?v>\s*(\d+)\s*<)?")
"""A cell's attributes and its number, which is that of a text if its type is s."""
_STYLE = re.compile(rb"""\ss=["'](\d+)["']""")
_OF_TEXT = re.compile(rb"""\st=["']s["']""")
_RULE = re.compile(rb"<(?:\w+:)?cfRule\s[^<>]*>")
_RULE_STYLE = re.compile(rb"""\sdxfId=["'](\d+)["']""")
_STRIKE = rb"""<(?:\w+:)?strike(?:\s+val=["'](?:1|true)["'])?\s*/?>"""
_STRUCK = re.compile(_STRIKE)
_STRUCK_TEXT = re.compile(rb"<(?:\w+:)?si(?=[\s/>])|(" + _STRIKE + rb")")
_LINK = re.compile(rb"<(?:\w+:)?Relationship\s[^<>]*>")
_TYPE = re.compile(rb"""\sType=["'][^"']*/(comments|threadedComment)["']""")
_TARGET = re.compile(rb"""\sTarget=["']([^"']*)["']""")
_COMMENT = re.compile(rb"<(?:\w+:)?(?:c|threadedC)omment(?=\s)")
_CELL_NAME = re.compile(rb"""\sref=["']\$?[A-Z]+\$?(\d+)["']""")
_TAG = re.compile(rb"<[^<>]*>")


class Struck(NamedTuple):
    """What of a workbook is struck through: styles of cells, rules' styles and texts, by their numbers (from 0)."""

    styles: frozenset[int]
    rules: frozenset[int]
    texts: frozenset[int]


def find_struck(book: Any, archive: zipfile.ZipFile) -> Struck:
    """Look through the styles and the texts of a workbook."""
    fonts = [bool(font.strike) for font in book._fonts]  # noqa: SLF001 - they have no public name
    rules = book._differential_styles.styles  # noqa: SLF001
    return Struck(
        frozenset(number for number, style in enumerate(book._cell_styles) if fonts[style.fontId]),  # noqa: SLF001
        frozenset(number for number, rule in enumerate(rules) if rule.font is not None and rule.font.strike),
        frozenset(_struck_texts(archive)),
    )


def _struck_texts(archive: zipfile.ZipFile) -> Iterator[int]:
    for name in archive.namelist():
        if name.lower().endswith("sharedstrings.xml"):
            number = -1
            for found in _STRUCK_TEXT.finditer(archive.read(name)):
                if found[1]:
                    yield number
                else:
                    number += 1


class MarksFound:
    """Collects the marks of one sheet from its XML, which comes in pieces."""

    def __init__(self, struck: Struck) -> None:
        self._struck = struck
        self.rows = RowMarks()
        self.hidden_columns: list[range] = []
        """Positions of columns, from 0."""

    def row(self, tag: bytes, number: int) -> None:
        """Look at the tag by which a row begins."""
        if _HIDDEN_ROW.search(tag):
            self.rows.add(number, Mark.HIDDEN)

    def cells(self, text: bytes, cut: int, begun: Sequence[tuple[int, int]]) -> None:
        """Look at a piece of the XML, up to `cut`; `begun` says where in it which row begins, in order."""
        starts = [start for start, _ in begun]
        goes_on = begun[0][1] > 0
        for start in self._struck_in(text):
            if start < cut and (place := bisect_right(starts, start)):
                self.rows.add(begun[place - 1][1], Mark.STRUCK)
        if self._struck.rules and not self.rows.rule:
            styles = filter(None, map(_RULE_STYLE.search, _RULE.findall(text)))
            self.rows.rule = any(int(style[1]) in self._struck.rules for style in styles)
        if not goes_on:  # columns are described above the first row
            self.hidden_columns += filter(None, map(_hidden_columns, _COLUMN.findall(text)[:MOST_COLUMNS]))

    def _struck_in(self, text: bytes) -> Iterator[int]:
        yield from (found.start() for found in _STRUCK.finditer(text))
        if not (self._struck.styles or self._struck.texts):
            return
        for cell in _CELL.finditer(text):
            if cell[1].endswith(b"/"):
                continue  # it is empty
            style = _STYLE.search(cell[1])
            if (style and int(style[1]) in self._struck.styles) or (
                cell[2] and int(cell[2]) in self._struck.texts and _OF_TEXT.search(cell[1])
            ):
                yield cell.start()

    def comments(self, archive: zipfile.ZipFile, member: str) -> None:
        """Look at the comments on the cells of a sheet, which are in files of their own."""
        folder, name = posixpath.split(member)
        links = f"{folder}/_rels/{name}.rels"
        there = set(archive.namelist())
        found: dict[bytes, list[tuple[int, str]]] = {}
        for link in _LINK.findall(archive.read(links)) if links in there else ():
            kind, target = _TYPE.search(link), _TARGET.search(link)
            path = posixpath.normpath(posixpath.join("/", folder, target[1].decode())).lstrip("/") if target else ""
            if kind and path in there:
                found.setdefault(kind[1], []).extend(_comments(archive.read(path)))
        # A conversation is repeated as a comment, with a notice of Excel's about removing.
        talked = {row for row, _ in found.get(b"threadedComment", ())}
        for kind_of, said in found.items():
            for row, text in said:
                if not (kind_of == b"comments" and row in talked) and _in_doubt(text):
                    self.rows.add(row, Mark.COMMENT)


def _hidden_columns(tag: bytes) -> range | None:
    reach = {name: int(value) for name, value in _REACH.findall(tag)}
    return range(reach[b"min"] - 1, reach[b"max"]) if _HIDDEN.search(tag) and len(reach) == 2 else None


def _comments(data: bytes) -> Iterator[tuple[int, str]]:
    for each in _COMMENT.split(data)[1:]:
        head, _, text = each.partition(b">")
        if row := _CELL_NAME.search(head):
            yield int(row[1]), html.unescape(_TAG.sub(b"", text).decode("utf-8", "replace"))


def _in_doubt(text: str) -> bool:
    return any(map(value_in_doubt, (text, *text.splitlines())))  # the first line may name who wrote it
