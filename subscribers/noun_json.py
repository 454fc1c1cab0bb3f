"""Nouns as JSON, in which they travel from one database to another, and back. Pure.

A field that has its default value is left out. The types of the fields say how their values are written, so a new field
travels without a word here.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import types
import typing
from collections.abc import Collection, Hashable, Mapping
from enum import Enum
from typing import Any, TypeVar

Noun = TypeVar("Noun")
LONGEST: Mapping[str, int] = {
    "act": 12, "address": 320, "client": 45, "course": 64, "detail": 500, "former": 320, "left_why": 300, "moving_to": 320, "path": 64,
    "subject_id": 22, "text": 100_000, "what": 20, "words": 500,
}  # fmt: skip
"""Characters of a field's text; of any other field 200. A database may hold no more."""
LARGEST = 2**31 - 1


def to_json(noun: Any, without: Collection[str] = ()) -> dict[str, Any]:
    """Return a dataclass as a JSON object.

    >>> from subscribers.subscriber import Course
    >>> to_json(Course("backend", dt.datetime(2026, 1, 5, tzinfo=dt.UTC), sent=2))
    {'path': 'backend', 'started': '2026-01-05T00:00:00+00:00', 'sent': 2}
    """
    written = {}
    for field in dataclasses.fields(noun):
        value = getattr(noun, field.name)
        if field.name not in without and value != field.default:
            written[field.name] = _written(value)
    return written


def _written(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return to_json(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_written(each) for each in value]
    return value


def from_json(kind: type[Noun], known: object, **given: Any) -> Noun:
    """Return the noun that `to_json` wrote; `given` are the fields that it left out. Raises ValueError."""
    found = fields_from_json(kind, known)
    try:
        return kind(**given, **found)
    except TypeError:
        raise ValueError(f"a {kind.__name__.lower()} lacks a field, or has one that is given elsewhere") from None


def fields_from_json(kind: type[Any], known: object) -> dict[str, Any]:
    """Return the fields of a JSON object as the noun holds them. Raises ValueError."""
    if not isinstance(known, Mapping):
        raise ValueError(f"a {kind.__name__.lower()} is written as a JSON object")  # noqa: TRY004 - a file
    types_of = _types(typing.cast("Hashable", kind))
    unknown = sorted(known.keys() - types_of.keys())
    if unknown:
        raise ValueError(f"a {kind.__name__.lower()} has no {unknown[0][:40]!r}; was a newer release's list changed?")
    return {name: _read(types_of[name], value, name) for name, value in known.items()}


@functools.cache
def _types(kind: Hashable) -> Mapping[str, Any]:
    return typing.get_type_hints(kind)


def _read(kind: Any, value: Any, name: str) -> Any:
    """Return a JSON value as the type of a field asks for."""
    if isinstance(kind, types.UnionType):
        if value is None and type(None) in kind.__args__:
            return None
        (kind,) = (each for each in kind.__args__ if each is not type(None))
    if typing.get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise ValueError(f"{name!r} is not a list")
        return tuple(_read(kind.__args__[0], each, name) for each in value)
    if dataclasses.is_dataclass(kind):
        return from_json(typing.cast("type[Any]", kind), value)
    if kind is dt.datetime:
        return _moment(value, name)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if type(value) is not kind or (kind is int and abs(value) > LARGEST):
        raise ValueError(f"{name!r} is not of the right kind: {str(value)[:40]!r}")
    if kind is str and (
        len(value) > LONGEST.get(name, 200) or "\0" in value or (not value.isprintable() and _unsound(value))
    ):
        raise ValueError(f"{name!r} is too long, or has characters that no text has: {ascii(value)[:40]}")
    return value


def _unsound(text: str) -> bool:
    """Return whether a text has half of a character, which no database takes."""
    return any("\ud800" <= character <= "\udfff" for character in text)


def _moment(value: Any, name: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(value)
        return found.astimezone(dt.UTC) if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name!r} is not a date: {str(value)[:40]!r}") from None
