"""Parses segments: text -> tree. People type them, so each error names the column and the nearest known word."""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from plaintext import BREAKING, nearest
from subscribers.errors import InvalidSegment
from subscribers.segments import (
    BARE_WORD,
    FIELDS,
    RESERVED,
    STATES,
    Ago,
    Comparison,
    Either,
    Every,
    Never,
    Not,
    Segment,
    Type,
    Value,
)

LONGEST_SEGMENT = 2_000
"""In characters. This keeps a segment far below SQLite's limit on the depth of an expression."""
LONGEST_VALUE = 200
DEEPEST = 20
"""How deep brackets and `not` may be nested."""
YEARS = range(1900, 3000)

_TOKEN = re.compile(
    rf'(?P<quoted>"(?:[^"\\]|\\["\\])*")|(?P<operator>[=!<>~]+)|(?P<bracket>[()])|(?P<word>{BARE_WORD.pattern})|(?P<odd>\S)'
)
_AGE = re.compile(r"(\d{1,4})([dw])", re.ASCII)
_FAMILIAR = {
    "==": "=", "is": "=", "eq": "=", "has": "=", "<>": "!=", "~=": "~", "=~": "~", "contains": "~", "like": "~",
    "=<": "<=", "=>": ">=", "before": "<", "after": ">", "since": ">=",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Token:
    """A token of the text, and the column where it begins, counted from 1. The last one is empty and marks the end."""

    kind: str
    text: str
    column: int

    def says(self, word: str) -> bool:
        return self.kind == "word" and self.text.lower() == word


def parse_segment(text: str, sections: Collection[str] | None = None) -> Segment:
    """Parse a segment. `sections` are the publication's sections, if they are known; other names are refused then.

    >>> parse_segment("tag = beta and not seen < 30d ago")
    Every(parts=(Comparison(field='tag', operator='=', value='beta'), Not(part=Comparison(field='seen', operator='<', value=Ago(number=30, unit='d')))))
    >>> str(parse_segment('(tag="early bird")  OR source~learn'))
    'tag = "early bird" or source ~ learn'

    Raises InvalidSegment.
    """
    if len(text) > LONGEST_SEGMENT:
        raise InvalidSegment(LONGEST_SEGMENT, f"a segment has at most {LONGEST_SEGMENT:,} characters")
    text = re.sub(r"[\t\r\n]", " ", text)
    if odd := BREAKING.search(text):
        raise InvalidSegment(odd.start() + 1, "there is a control character here; remove it")
    reading = _Reading(list(_tokens(text)), sections)
    segment = reading.either(0)
    if reading.next.kind != "end":
        raise InvalidSegment(reading.next.column, f"expected `and`, `or` or the end here, not {_seen(reading.next)}")
    return segment


def nearest_of(word: str, known: Iterable[str]) -> str:
    """Return advice for a word that is not one of the known ones.

    >>> nearest_of("tagg", ["tag", "source"]), nearest_of("x", ["tag", "source"])
    ('did you mean `tag`?', 'the known ones are: tag, source')
    """
    names = list(known)
    close = nearest(word, names)
    return f"did you mean `{close}`?" if close else f"the known ones are: {', '.join(names) or 'none'}"


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        kind, column = match.lastgroup or "", match.start() + 1
        if match[0] == '"' and kind == "odd":
            raise InvalidSegment(
                column, 'this quotation mark is not closed; inside quotation marks, write \\" and \\\\'
            )
        yield _Token(kind, match[0], column)
    yield _Token("end", "", len(text) + 1)


def _seen(token: _Token) -> str:
    return "the end" if token.kind == "end" else f"`{token.text}`"


class _Reading:
    """Parses the tokens by recursive descent, with a method for each rule of the grammar."""

    def __init__(self, tokens: list[_Token], sections: Collection[str] | None) -> None:
        self._tokens = tokens
        self._sections = sections
        self._at = 0

    @property
    def next(self) -> _Token:
        return self._tokens[self._at]

    def either(self, depth: int) -> Segment:
        parts = [self._every(depth)]
        while self._take("or"):
            parts.append(self._every(depth))
        return Either(tuple(parts)) if len(parts) > 1 else parts[0]

    def _every(self, depth: int) -> Segment:
        parts = [self._part(depth)]
        while self._take("and"):
            parts.append(self._part(depth))
        return Every(tuple(parts)) if len(parts) > 1 else parts[0]

    def _part(self, depth: int) -> Segment:
        opening = self.next
        if depth > DEEPEST:
            raise InvalidSegment(opening.column, f"brackets and `not` are nested more than {DEEPEST} deep; simplify it")
        if self._take("not"):
            return Not(self._part(depth + 1))
        if opening.text == "(":
            self._at += 1
            inner = self.either(depth + 1)
            if self.next.kind == "end":
                raise InvalidSegment(opening.column, "this bracket is not closed")
            if self.next.text != ")":
                raise InvalidSegment(self.next.column, f"expected `and`, `or` or `)` here, not {_seen(self.next)}")
            self._at += 1
            return inner
        return self._test()

    def _test(self) -> Comparison:
        field = self.next
        if field.kind != "word" or field.text.lower() in RESERVED:
            raise InvalidSegment(
                field.column, f"expected a field here, not {_seen(field)}; write a test such as tag = beta"
            )
        if field.text not in FIELDS:
            raise InvalidSegment(
                field.column, f"there is no field `{field.text[:40]}`; {nearest_of(field.text, FIELDS)}"
            )
        self._at += 1
        operator = self._operator(field.text)
        return Comparison(field.text, operator, self._value(field.text, operator))

    def _operator(self, field: str) -> str:
        found, known = self.next, FIELDS[field].operators
        choice = f"`{field}` is compared with {', '.join(known[:-1])} or {known[-1]}"
        if found.text in known:
            self._at += 1
            return found.text
        familiar = _FAMILIAR.get(found.text.lower())
        if familiar in known:
            raise InvalidSegment(found.column, f"there is no operator `{found.text}`; did you mean `{familiar}`?")
        raise InvalidSegment(found.column, f"{choice}, not with {_seen(found)}")

    def _value(self, field: str, operator: str) -> Value:
        token = self.next
        if token.kind == "odd":
            raise InvalidSegment(token.column, f'put text that contains `{token.text}` in quotation marks: "…"')
        if token.kind not in ("word", "quoted"):
            raise InvalidSegment(token.column, f"expected a value here, not {_seen(token)}")
        if token.kind == "word" and token.text.lower() in RESERVED:
            raise InvalidSegment(
                token.column, f'expected a value here; for the word `{token.text}`, write "{token.text}"'
            )
        self._at += 1
        match FIELDS[field]:
            case Type.DAY:
                return self._day(token, operator)
            case Type.NUMBER:
                return _number(token)
            case Type.YES_NO:
                return _yes_no(token)
        text = _text(token, field)
        known = {"state": STATES, "section": self._sections}.get(field)
        if known is not None and text not in known:
            raise InvalidSegment(token.column, f"there is no {field} `{text[:40]}`; {nearest_of(text, known)}")
        return text

    def _day(self, token: _Token, operator: str) -> dt.date | Ago | Never:
        if token.says("never"):
            if operator not in ("=", "!="):
                raise InvalidSegment(
                    token.column, f"`never` is not a day; compare it with = or !=, not with {operator}"
                )
            return Never.NEVER
        if age := _AGE.fullmatch(token.text):
            if not self._take("ago"):
                raise InvalidSegment(
                    token.column, f"`{token.text}` is not a day; write `{token.text} ago` for the day that long ago"
                )
            return Ago(int(age[1]), age[2])
        try:
            day = dt.datetime.strptime(token.text, "%Y-%m-%d").date()  # noqa: DTZ007 - only its date is taken
        except ValueError:
            day = None
        if day is None or len(token.text) != 10 or day.year not in YEARS:
            raise InvalidSegment(
                token.column,
                f"{_seen(token)} is not a day; write a date such as 2026-01-31, or 30d ago, 4w ago or never",
            )
        return day

    def _take(self, word: str) -> bool:
        if not self.next.says(word):
            return False
        self._at += 1
        return True


def _number(token: _Token) -> int:
    if not re.fullmatch(r"\d{1,6}", token.text, re.ASCII):
        raise InvalidSegment(token.column, f"{_seen(token)} is not a number; write one such as 3")
    return int(token.text)


def _yes_no(token: _Token) -> bool:
    if token.text.lower() not in ("yes", "no"):
        raise InvalidSegment(token.column, f"write yes or no here, not {_seen(token)}")
    return token.says("yes")


def _text(token: _Token, field: str) -> str:
    written = json.loads(token.text) if token.kind == "quoted" else token.text
    text = unicodedata.normalize("NFC", written)  # as names and tags are kept
    if len(text) > LONGEST_VALUE:
        raise InvalidSegment(token.column, f"this {field} is longer than {LONGEST_VALUE} characters")
    if field == "domain" and "@" in text:
        raise InvalidSegment(token.column, "a domain is the part of an address after the @")
    return text
