"""Dates as lists have them: ISO 8601, Go's, numeric with the day or the month first, with the month's name, numbers. Pure.

Nothing is guessed: a date whose day and month may be either way round, such as 03/04/2024, needs an order.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from enum import StrEnum


class DateOrder(StrEnum):
    """Which number comes first in dates such as 03/04/2024."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


class UnreadableDate(ValueError):
    """A cell that should contain a date, but none that can be read."""


class AmbiguousDate(UnreadableDate):
    """A date that is one of two, depending on the order of day and month."""

    def __init__(self, text: str, either: tuple[dt.datetime, dt.datetime]) -> None:
        self.either = either
        super().__init__(f"{text[:40]!r} may be {either[0]:%-d %B %Y} or {either[1]:%-d %B %Y}; say --dates")


_NOTHING = """
null, none, nil, n/a, na, nan, \\n, -, –, —, 0, no, false, never, #n/a, #nv, #n/d, nein, nie, non, jamais, nunca, nee, nooit, nej, nei, aldrig, aldri, ei, não, nem, ne, нет, ні, 否, いいえ, 아니요, لا,
not yet, noch nicht, pas encore, aún no, todavía no, non ancora, ainda não, nog niet, jeszcze nie, ännu inte, endnu ikke, ennå ikke, ещё нет
"""
NOTHING = frozenset(("", *(each.strip() for each in _NOTHING.split(","))))
"""The words by which databases, spreadsheets and people mark that there is no date. None is a month in another language, as
the Italian for never is."""
_ZERO = (
    "0000-00-00",
    "0001-01-01",
    "00/00/0000",
    "00.00.0000",
)
"""How MySQL and Go write that there is no date."""
_NO_END = ("9999-12-31", "2999-12-31", "31.12.9999", "31/12/9999", "12/31/9999")
"""How systems of accounts write that something has no end."""

_MONTHS = {
    # English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Swedish, Danish, Norwegian: their beginnings.
    1: "jan jän gen ene sty",
    2: "feb fév fev lut",
    3: "mar mär mrz mrt maa",
    4: "apr avr abr kwi",
    5: "may mai mag maj mei",
    6: "jun jui giu cze juin",
    7: "jul juil lug lip",
    8: "aug aoû aou ago sie",
    9: "sep set wrz",
    10: "oct okt ott out paź paz",
    11: "nov lis",
    12: "dec dez déc dic gru des",
}
_MONTH = {name: month for month, names in _MONTHS.items() for name in names.split()}
_ZONES = {"ut": 0, "utc": 0, "gmt": 0, "z": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6,
          "pst": -8, "pdt": -7}  # fmt: skip
"""RFC 5322 4.3; any other name of a zone is read as UTC."""

_GO = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?)\d* ?([+-]\d{4}|UTC|Z)(?: \S+)?")
_TIME = (
    r"(?:[ ,Tt]+(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d))?(?:[.,]\d+)?"
    r"(?: ?(?P<half>[ap])\.?m\.?)?)?(?: ?(?P<zone>(?:gmt|utc)?[+-]\d\d:?\d\d|[a-z]{1,5}))?(?: \([^)]*\))?"
)
_NUMBERS = re.compile(r"(?P<first>\d{1,2})(?P<mark>[./-]) ?(?P<second_>\d{1,2})(?P=mark) ?(?P<year>\d{4}|\d\d)" + _TIME)
_MARKS = frozenset("./-")
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})[./年-] ?(?P<month>\d{1,2})[./月-] ?(?P<day>\d{1,2})[.日]?" + _TIME)
_NAMED = re.compile(
    r"(?:[^\W\d]+\.?,? )?(?:(?P<day>\d{1,2})(?:st|nd|rd|th|er|\.|º)?(?:[ -]de)?[ -](?P<name>[^\W\d]{3,})\.?"
    r"|(?P<name2>[^\W\d]{3,})\.? (?P<day2>\d{1,2})(?:st|nd|rd|th)?)(?:,|[ -]de)?[ -]+(?P<year>\d{4}|\d\d)" + _TIME
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_SERIALS = (20_000, 80_000)
"""The days of a spreadsheet that are taken for dates: from 1954 to 2119."""
_LONGEST = 80
_EXCEL = dt.datetime(1899, 12, 30, tzinfo=dt.UTC)


def is_nothing(text: str) -> bool:
    """Return whether a cell of dates says that there is none."""
    return text.lower() in NOTHING or text.startswith(_ZERO)


def has_no_end(text: str) -> bool:
    """Return whether a cell of dates of leaving says that nobody leaves."""
    return is_nothing(text) or text.startswith(_NO_END)


def moment(text: str, latest: dt.datetime | None = None, order: DateOrder | None = None) -> dt.datetime | None:
    """Read a date; without a zone it is in UTC. Return None for an empty one.

    >>> moment("2023-01-25 13:07:21.435821 +0530 IST")
    datetime.datetime(2023, 1, 25, 7, 37, 21, 435821, tzinfo=datetime.timezone.utc)
    >>> moment("3/4/2024 2:05 PM", order=DateOrder.MONTH_FIRST)
    datetime.datetime(2024, 3, 4, 14, 5, tzinfo=datetime.timezone.utc)

    A date after `latest` comes from a wrong clock and counts as `latest`. Raises UnreadableDate, and AmbiguousDate if
    it needs an order.
    """
    if is_nothing(text):
        return None
    try:
        found = None if len(text) > _LONGEST else _numeric(text) or _iso(text) or _other(text, order)
    except AmbiguousDate:
        raise
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise UnreadableDate(f"{text[:40]!r} is not a date; write 2026-11-23 or 2026-11-23T09:00:00Z")
    return found if latest is None or found < latest else latest


class Orders:
    """The orders of day and month of a list's columns, by position: asked of `find` when the first date needs one.

    So a list is read twice only if one of its dates does not show the order by itself, which is rare.
    """

    def __init__(self, find: Callable[[], Mapping[int, DateOrder]]) -> None:
        self._find = find
        self._known: Mapping[int, DateOrder] | None = None

    def moment(self, place: int, text: str, latest: dt.datetime | None = None) -> dt.datetime | None:
        """Read a date of the column at `place`, as the function `moment` does."""
        if self._known is None:
            try:
                return moment(text, latest)
            except AmbiguousDate:
                self._known = self._find()
        return moment(text, latest, self._known.get(place))


def order_shown(text: str) -> DateOrder | None:
    """Return the order of day and month that a date shows by itself: one of the two numbers is no month.

    >>> order_shown("23/11/2024"), order_shown("11/23/2024"), order_shown("03/04/2024")
    (<DateOrder.DAY_FIRST: 'day-first'>, <DateOrder.MONTH_FIRST: 'month-first'>, None)
    """
    if text[1:2] not in _MARKS and text[2:3] not in _MARKS:
        return None  # quickly, of nearly every date that shows none
    parts = _NUMBERS.fullmatch(text.lower())
    if parts is None or parts["mark"] == ".":
        return None
    first, second = int(parts["first"]), int(parts["second_"])
    if first > 12 >= second:
        return DateOrder.DAY_FIRST
    return DateOrder.MONTH_FIRST if second > 12 >= first else None


def looks_like_date(text: str, *, number: bool = True) -> bool:
    """Return whether a cell is a date; with `number` false, one that is written as a date and not as a mere number."""
    if not number and _NUMBER.fullmatch(text):
        return False
    if not any(each.isdigit() for each in text[:_LONGEST]):
        return False  # quickly, of nearly every cell that is none
    try:
        return moment(text) is not None
    except AmbiguousDate:
        return True
    except UnreadableDate:
        return False


def _numeric(text: str) -> dt.datetime | None:
    """Read a number: a year with month and day, Unix time in seconds, milliseconds or more, or a day of a spreadsheet."""
    if text[4:5] == "-" or not _NUMBER.fullmatch(text):  # the first shows it quickly, of nearly every date
        return None
    whole, _, rest = text.partition(".")
    if not rest and len(whole) in (8, 14) and whole[:2] in ("19", "20"):
        return dt.datetime.strptime(whole.ljust(14, "0"), "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)
    if len(whole) in (9, 10):
        return dt.datetime.fromtimestamp(float(text), dt.UTC)
    if not rest and len(whole) in (12, 13, 15, 16, 18, 19):  # of seconds, the thousandth, millionth or billionth part
        return dt.datetime.fromtimestamp(int(whole) / 1000 ** ((len(whole) - 9) // 3), dt.UTC)
    if len(whole) == 5 and _SERIALS[0] <= int(whole) <= _SERIALS[1]:
        return _EXCEL + dt.timedelta(days=float(text))
    raise ValueError(text)


def _iso(text: str) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        go = _GO.fullmatch(text)
        if go is None:
            return None
        found = dt.datetime.fromisoformat(go[1] + ("+0000" if go[2] in ("UTC", "Z") else go[2]))
    if found.tzinfo is dt.UTC:
        return found
    return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)


def _other(text: str, order: DateOrder | None) -> dt.datetime | None:
    text = " ".join(unicodedata.normalize("NFC", text).lower().split())
    if parts := _YEAR_FIRST.fullmatch(text):
        return _at(int(parts["year"]), int(parts["month"]), int(parts["day"]), parts)
    if parts := _NUMBERS.fullmatch(text):
        return _either_way(text, parts, order)
    if (parts := _NAMED.fullmatch(text)) and (month := _month(parts["name"] or parts["name2"])):
        return _at(int(parts["year"]), month, int(parts["day"] or parts["day2"]), parts)
    return None


def _either_way(text: str, parts: re.Match[str], order: DateOrder | None) -> dt.datetime:
    first, second, year = int(parts["first"]), int(parts["second_"]), int(parts["year"])
    if parts["mark"] == ".":  # only the day stands before a full stop first
        order = DateOrder.DAY_FIRST
    order = order_shown(text) or order
    if order is DateOrder.DAY_FIRST or first == second:
        return _at(year, second, first, parts)
    if order is DateOrder.MONTH_FIRST:
        return _at(year, first, second, parts)
    raise AmbiguousDate(text, (_at(year, second, first, parts), _at(year, first, second, parts)))


def _month(name: str) -> int | None:
    return _MONTH.get(name[:4]) or _MONTH.get(name[:3])


def _at(year: int, month: int, day: int, parts: re.Match[str]) -> dt.datetime:
    year += 2000 if year < 100 else 0
    hour, half = int(parts["hour"] or 0), parts["half"]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    found = dt.datetime(year, month, day, hour, int(parts["minute"] or 0), int(parts["second"] or 0), tzinfo=dt.UTC)
    return found - _offset(parts["zone"] or "")


def _offset(zone: str) -> dt.timedelta:
    zone = zone[3:] if zone[:3] in ("gmt", "utc") and len(zone) > 3 else zone
    if zone[:1] in ("+", "-"):
        digits = zone[1:].replace(":", "")
        return (-1 if zone[0] == "-" else 1) * dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return dt.timedelta(hours=_ZONES.get(zone, 0))
