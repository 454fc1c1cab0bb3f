"""Segments: parts of the readers, as trees. Pure.

They are written in a small typed language, which segment_text.py parses:

    segment   = both { "or" both }                          tag = beta and (source ~ learn or path = backend)
    both      = part { "and" part }                         and joined >= 2026-01-01 and not seen < 30d ago
    part      = "not" part | "(" segment ")" | test
    test      = FIELD operator value

`matching` in adapters/segment_sql.py turns a tree into SQL. Every test is true or false, never unknown: a value that a
reader does not have is not equal to anything, nor before or after it.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from subscribers.subscriber import State

STATES = tuple(state.value for state in State)
RESERVED = ("and", "or", "not")
BARE_WORD = re.compile(r"[\w./@:+&-]+")
"""Text that does not need quotation marks, unless it is one of RESERVED."""


class Type(StrEnum):
    """The type of a field, which decides how it is compared."""

    TEXT = "text"
    TEXTS = "any number of texts"
    STATE = "state"
    SECTION = "section"
    DAY = "day"
    NUMBER = "number"
    YES_NO = "yes or no"

    @property
    def operators(self) -> tuple[str, ...]:
        if self in (Type.TEXT, Type.TEXTS):
            return ("=", "!=", "~")
        return ("=", "!=", "<", "<=", ">", ">=") if self in (Type.DAY, Type.NUMBER) else ("=", "!=")


FIELDS: Mapping[str, Type] = {
    "tag": Type.TEXTS,
    "source": Type.TEXT,
    "state": Type.STATE,
    "path": Type.TEXTS,
    "section": Type.SECTION,
    "zone": Type.TEXT,
    "domain": Type.TEXT,
    "joined": Type.DAY,
    "confirmed": Type.DAY,
    "left": Type.DAY,
    "seen": Type.DAY,
    "paused": Type.YES_NO,
    "steps": Type.NUMBER,
}


@dataclass(frozen=True, slots=True)
class Ago:
    """The day that was `number` days (unit d) or weeks (unit w) before today."""

    number: int
    unit: str = "d"

    def __str__(self) -> str:
        return f"{self.number}{self.unit} ago"


class Never(StrEnum):
    """The value that stands for the day of something that has not happened."""

    NEVER = "never"


Value = str | int | bool | dt.date | Ago | Never


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison; the field's type decides the type of `value`."""

    field: str
    operator: str
    value: Value

    def __str__(self) -> str:
        return f"{self.field} {self.operator} {_written(self.value)}"


@dataclass(frozen=True, slots=True)
class Not:
    """The readers who are not in `part`."""

    part: Segment

    def __str__(self) -> str:
        return f"not {_bracketed(self.part)}"


@dataclass(frozen=True, slots=True)
class Every:
    """The readers who are in all of at least two parts."""

    parts: tuple[Segment, ...]

    def __str__(self) -> str:
        return " and ".join(map(_bracketed, self.parts))


@dataclass(frozen=True, slots=True)
class Either:
    """The readers who are in one or more of at least two parts."""

    parts: tuple[Segment, ...]

    def __str__(self) -> str:
        return " or ".join(map(_bracketed, self.parts))


Segment = Comparison | Not | Every | Either


def _bracketed(segment: Segment) -> str:
    return f"({segment})" if isinstance(segment, Every | Either) else str(segment)


def _written(value: Value) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case Never() | Ago() | int():
            return str(value)
        case dt.date():
            return value.isoformat()
        case str():
            bare = BARE_WORD.fullmatch(value) and value.lower() not in RESERVED
            return value if bare else json.dumps(value, ensure_ascii=False)


def days(value: dt.date | Ago, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """Return the moments at which a day (in UTC) begins and ends."""
    day = value
    if isinstance(day, Ago):
        day = now.astimezone(dt.UTC).date() - dt.timedelta(days=day.number * (7 if day.unit == "w" else 1))
    begin = dt.datetime.combine(day, dt.time(), dt.UTC)
    return begin, begin + dt.timedelta(days=1)


def fold(text: str) -> str:
    """Return text as `~` compares it: with A to Z in lower case. Databases differ in how they fold other letters.

    >>> fold("Learn ÄÖ")
    'learn ÄÖ'
    """
    return text.translate(_FOLDED)


_FOLDED = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
