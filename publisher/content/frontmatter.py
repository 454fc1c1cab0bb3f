"""A Markdown file's front matter and body, with the line on which every key stands.

Scalars stay text (YAML's BaseLoader): pydantic turns them into dates and numbers, so that `no` and `1e3` in a title
remain what the editor wrote. Anchors are refused: nobody needs them here, and they make small files large.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from publisher.content.characters import not_utf8, unusable
from publisher.content.conflicts import conflicts_in_markdown
from publisher.content.headings import without_open_fence
from publisher.content.validation import Location, problems_of
from publisher.content.yaml_slips import QUOTES, misread, refused
from publisher.errors import ContentError, Problem
from publisher.ports import Text

MAX_FILE = 1_000_000
"""Bytes. The longest issue that a person wrote is a tenth of this; a mail above 102 KB is clipped anyway."""

MAX_FRONT_MATTER = 64_000
"""Bytes."""

MAX_DEPTH = 10

Fields = TypeVar("Fields", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Document:
    """A file taken apart. Lines count from 1; `lines` maps a key's place in the front matter to its line.

    When the front matter cannot be used, `problems` says why, and `fields` is empty.
    """

    path: Path
    fields: Mapping[str, object]
    lines: Mapping[Location, int]
    body: str
    body_line: int
    problems: tuple[Problem, ...] = ()

    def line_of(self, location: Location) -> int:
        """Return the line of the key, or of the nearest thing around it."""
        while location and location not in self.lines:
            location = location[:-1]
        return self.lines.get(location, 1)

    def problem(self, key: str, what: str, fix: str) -> Problem:
        return Problem(self.path, self.line_of((key,)), what, fix)


def decode(path: Path, data: bytes) -> str:
    """Return the file's text with LF line ends. Raises ContentError, with the line, for a text that is not UTF-8 or must not be sent."""
    if len(data) > MAX_FILE:
        raise ContentError([
            Problem(path, None, f"the file has {len(data):,} bytes, more than {MAX_FILE:,}", "split it, or move data out of it")
        ])  # fmt: skip
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContentError([not_utf8(path, data, error)]) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if found := unusable(text):
        raise ContentError([Problem(path, text.count("\n", 0, found[0]) + 1, found[1], found[2])])
    if conflicting := list(conflicts_in_markdown(text, path)):
        raise ContentError(conflicting)
    return text


def read(path: Path, data: bytes, *, slips: bool = True) -> Document:
    """Take a file apart. Raises ContentError, with file and line, when it is not front matter plus Markdown.

    Without `slips`, a value is what YAML reads, also where that is not what it looks like: so other systems read it.
    """
    document = take_apart(path, data, slips=slips)
    if document.problems:
        raise ContentError(document.problems)
    return document


def take_apart(path: Path, data: bytes, *, slips: bool = True) -> Document:
    """Return the file's parts, also when its front matter is wrong. Raises ContentError when it has none."""
    lines = decode(path, data).split("\n")
    if lines[0].rstrip() != "---":
        raise ContentError(
            [Problem(path, 1, "no front matter", "begin the file with a line «---», keys, and «---» again")]
        )
    end = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if end is None:
        raise ContentError([Problem(path, 1, "the front matter does not end", "close it with a line «---»")])
    matter = "\n".join(lines[1:end])
    if len(matter.encode()) > MAX_FRONT_MATTER:
        raise ContentError(
            [Problem(path, 1, f"the front matter has more than {MAX_FRONT_MATTER:,} bytes", "move text into the body")]
        )
    body, body_line = "\n".join(lines[end + 1 :]).rstrip() + "\n", end + 2
    try:
        fields, places = _parse(path, matter, slips=slips)
    except ContentError as error:
        return Document(path, {}, {}, body, body_line, error.problems)
    return Document(path, fields, places, body, body_line)


def validate(document: Document, model: type[Fields]) -> tuple[Fields | None, tuple[Problem, ...]]:
    """Return the front matter as `model`, or None and every problem with its line."""
    if document.problems:
        return None, document.problems
    try:
        return model.model_validate(document.fields), ()
    except ValidationError as error:
        return None, problems_of(error, model, document.path, document.line_of)


def legible(path: Path, data: bytes) -> Text | None:
    """Return the Markdown of a file that cannot be used, as far as it can be told from front matter and code."""
    try:
        document = take_apart(path, data)
    except ContentError:
        return None
    return Text(path, document.body_line, without_open_fence(document.body))


_LINES = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)")


def with_line(data: bytes, line: str) -> bytes:
    """Return a file with one more line at the end of its front matter; every other byte stays as it was."""
    lines = list(_LINES.finditer(data))
    end = next(found for found in lines[1:] if found[0].decode(errors="replace").rstrip() == "---")
    mark = lines[0][0]
    return data[: end.start()] + line.encode() + mark[len(mark.rstrip(b"\r\n")) :] + data[end.start() :]


_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""libyaml where PyYAML was built with it: three times as fast, and front matter is most of what reading content costs."""


def _parse(path: Path, matter: str, *, slips: bool) -> tuple[dict[str, object], dict[Location, int]]:
    try:
        return _Builder(path, matter, slips=slips).document()
    except yaml.MarkedYAMLError as error:
        index, what, fix = refused(error, matter.split("\n"))
        raise ContentError([Problem(path, index + 2, what, fix)]) from None
    except yaml.YAMLError as error:
        what = f"the front matter is not valid YAML: {str(error).splitlines()[0]}"
        raise ContentError([Problem(path, 1, what, "fix the YAML")]) from None


class _Builder:
    """Builds the front matter from YAML's events, in the one scan that finds its lines, anchors and depth."""

    def __init__(self, path: Path, matter: str, *, slips: bool) -> None:
        self._path = path
        self._slips = slips
        self._events: Iterator[yaml.Event] = yaml.parse(matter, Loader=_LOADER)
        self._source = matter.split("\n")
        self._lines: dict[Location, int] = {}
        self._problems: list[Problem] = []

    def document(self) -> tuple[dict[str, object], dict[Location, int]]:
        """Return the keys and their lines. Raises ContentError, yaml.YAMLError."""
        fields: object = None
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise ContentError([self._problem(event, "the front matter holds two documents", "keep one")])
            elif isinstance(event, yaml.NodeEvent):
                fields = self._value(event, ())
                if not isinstance(fields, dict):
                    what = "the front matter has no «key: value» lines"
                    raise ContentError(
                        [Problem(self._path, 2, what, "write one key on each line, with a colon and a space behind it")]
                    )
        if self._problems:
            raise ContentError(self._problems)
        return (fields if isinstance(fields, dict) else {}), self._lines

    def _value(self, event: yaml.Event, place: Location) -> object:
        if isinstance(event, yaml.AliasEvent):
            raise ContentError([
                self._problem(event, "YAML anchors are not used here: the word after «*» would name one", "put the value into quotation marks")
            ])  # fmt: skip
        if isinstance(event, yaml.ScalarEvent):
            if self._slips and (found := misread(event, str(place[-1]) if place else "", self._source)):
                self._problems.append(Problem(self._path, found[0] + 2, found[1], found[2]))
            return self._text(event)
        if len(place) >= MAX_DEPTH:  # deeper nesting would end in a RecursionError
            raise ContentError([self._problem(event, "the front matter is nested too deep", "fix the YAML")])
        return self._mapping(place) if isinstance(event, yaml.MappingStartEvent) else self._sequence(place)

    def _mapping(self, place: Location) -> dict[str, object]:
        mapping: dict[str, object] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise ContentError([self._problem(event, "a key is a list or a mapping", "write a word as the key")])
            key = self._text(event)
            if key in mapping:
                self._problems.append(self._problem(event, f"the key {key!r} is there twice", "keep one of them"))
            self._lines[*place, key] = _line(event)
            following = next(self._events)
            value = self._value(following, (*place, key))
            if value != "" or getattr(following, "style", None):
                mapping[key] = value  # a key without a value counts as missing
        return mapping

    def _sequence(self, place: Location) -> list[object]:
        items: list[object] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            self._lines[*place, len(items)] = _line(event)
            items.append(self._value(event, (*place, len(items))))
        return items

    def _text(self, event: yaml.ScalarEvent) -> str:
        if found := unusable(event.value):  # an escape such as \x08 becomes a character only when YAML reads it
            self._problems.append(self._problem(event, found[1], found[2]))
        return str(event.value)

    def _problem(self, event: yaml.Event, what: str, fix: str) -> Problem:
        return Problem(self._path, _line(event), what, fix)


def _line(event: yaml.Event) -> int:
    """Return the file's line that an event begins on: the front matter starts on the second."""
    return (event.start_mark.line if event.start_mark else 0) + 2


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  # the name is PyYAML's
        """Write a date twice that two keys share: `read` refuses anchors."""
        return True


def _quoted(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    """Quote what begins with a quotation mark of another kind, which `read` would take for a slip."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="'" if text[:1] in QUOTES else None)


_Dumper.add_representer(str, _quoted)


def dump(fields: Mapping[str, object]) -> str:
    """Return YAML that `read` takes back, in the order given; None and empty collections are left out."""
    kept = {key: _plain(value) for key, value in fields.items() if value not in (None, "", (), [], {})}
    return str(
        yaml.dump(kept, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110, default_flow_style=False)
    )


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bool | int | float | dt.date):
        return value
    return str(value)
