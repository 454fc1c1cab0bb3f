"""Dates of lists: read however they are written, never guessed, and never a reason to lose a reader."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.dates import (
    _MONTH,
    NOTHING,
    AmbiguousDate,
    DateOrder,
    Orders,
    UnreadableDate,
    looks_like_date,
    moment,
    order_shown,
)
from tests.lists import LISTS
from tests.readers import NOW

DAY = dt.datetime(2024, 11, 23, tzinfo=dt.UTC)
AFTERNOON = DAY.replace(hour=14, minute=5)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2024-11-23", DAY), ("20241123", DAY), ("2024/11/23", DAY), ("2024. 11. 23.", DAY), ("2024年11月23日", DAY),
        ("23.11.2024", DAY), ("23/11/2024", DAY), ("11/23/2024", DAY), ("23-11-2024", DAY), ("11/23/24", DAY),
        ("Nov 23, 2024", DAY), ("23 Nov 2024", DAY), ("23-Nov-24", DAY), ("November 23rd, 2024", DAY),
        ("Saturday, November 23, 2024", DAY), ("23. November 2024", DAY), ("23 novembre 2024", DAY),
        ("23 de noviembre de 2024", DAY), ("23 listopada 2024", DAY), ("45619", DAY), ("45619.5", DAY.replace(hour=12)),
        ("2024-11-23 14:05", AFTERNOON), ("2024-11-23T14:05:00Z", AFTERNOON), ("2024-11-23T16:05:00+02:00", AFTERNOON),
        ("2024-11-23 14:05:00 UTC", AFTERNOON), ("2024-11-23 02:05 PM", AFTERNOON), ("11/23/2024 2:05 pm", AFTERNOON),
        ("23/11/2024 14:05", AFTERNOON), ("23.11.2024, 14:05:00", AFTERNOON), ("Sat, 23 Nov 2024 14:05:00 GMT", AFTERNOON),
        ("Sat, 23 Nov 2024 09:05:00 EST", AFTERNOON), ("Sat Nov 23 2024 16:05:00 GMT+0200 (CEST)", AFTERNOON),
        ("2024-11-23 16:05:00.123456 +0200 EET", AFTERNOON.replace(microsecond=123456)),
        ("1732370700", AFTERNOON), ("1732370700000", AFTERNOON), ("1732370700000000", AFTERNOON), ("20241123140500", AFTERNOON),
    ],
)  # fmt: skip
def test_a_date_is_read_however_it_is_written(text: str, meant: dt.datetime) -> None:
    assert moment(text) == meant


@pytest.mark.parametrize(
    "text", ["", "NULL", "null", "-", "N/A", "0", "0000-00-00 00:00:00", "0001-01-01T00:00:00Z", "no"]
)
def test_a_mark_for_no_date_is_no_date(text: str) -> None:
    assert moment(text) is None


@pytest.mark.parametrize(
    "text", ["last spring", "99/99/2024", "31/02/2024", "2024", "Nov 2024", "9:00", "7", "1" * 400, "2024-13-01"]
)
def test_words_and_impossible_days_are_no_dates(text: str) -> None:
    with pytest.raises(UnreadableDate):
        moment(text)
    assert not looks_like_date(text)


def test_a_date_that_may_be_either_way_round_needs_an_order() -> None:
    with pytest.raises(AmbiguousDate, match="may be 3 April 2024 or 4 March 2024; say --dates"):
        moment("03/04/2024")
    assert moment("03/04/2024", order=DateOrder.DAY_FIRST) == dt.datetime(2024, 4, 3, tzinfo=dt.UTC)
    assert moment("03/04/2024", order=DateOrder.MONTH_FIRST) == dt.datetime(2024, 3, 4, tzinfo=dt.UTC)
    assert moment("03/03/2024") == dt.datetime(2024, 3, 3, tzinfo=dt.UTC)
    assert moment("03.04.2024") == dt.datetime(2024, 4, 3, tzinfo=dt.UTC)


def test_every_date_of_the_case_is_read_or_known_to_be_none() -> None:
    with (LISTS / "dates.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found = moment(row["created"], NOW)
            assert (found is None) == (row["created"].lower() in {"", "null", "-", "n/a", "0000-00-00 00:00:00"}), row


FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d %b %Y", "%b %d, %Y", "%Y/%m/%d", "%d-%m-%y"]


@given(st.dates(dt.date(2001, 1, 1), dt.date(2049, 12, 31)), st.sampled_from(FORMATS))
def test_a_date_is_read_back_or_it_is_said_to_have_no_order(day: dt.date, pattern: str) -> None:
    text = f"{day:{pattern}}"
    order = DateOrder.MONTH_FIRST if pattern.startswith("%m") else DateOrder.DAY_FIRST
    meant = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
    assert moment(text, order=order) == meant
    assert order_shown(text) in (None, order)
    assert meant in readings(text)


def readings(text: str) -> tuple[dt.datetime | None, ...]:
    try:
        return (moment(text),)
    except AmbiguousDate as ambiguous:
        return ambiguous.either


@given(st.text("0123456789/-.:, TZapm+", max_size=30))
def test_anything_is_a_date_or_none(text: str) -> None:
    try:
        found = moment(text, NOW)
    except UnreadableDate:
        return
    assert found is None or found <= NOW


@given(
    st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["03/04/2024", "23/04/2024", "04-23-24", "05/05/2024", "3.4.2024",
                                                           "2024-04-03", "", "13/13/2024", "spring", "03/04/2024 25:00"]))),
    st.dictionaries(st.integers(0, 1), st.sampled_from(DateOrder)),
)  # fmt: skip
def test_an_order_that_is_found_when_a_date_needs_it_gives_the_dates_that_it_gives_from_the_beginning(
    dates: list[tuple[int, str]], known: dict[int, DateOrder]
) -> None:
    asked: list[int] = []

    def find() -> dict[int, DateOrder]:
        asked.append(1)
        return known

    def said(read: Callable[..., dt.datetime | None], *given: object) -> object:
        try:
            return read(*given)
        except UnreadableDate as error:
            return type(error)

    orders = Orders(find)
    for place, text in dates:
        assert said(orders.moment, place, text, NOW) == said(moment, text, NOW, known.get(place))
    assert len(asked) == any(text == "03/04/2024" for _, text in dates)


@pytest.mark.parametrize("word", sorted(NOTHING))
def test_no_word_for_never_is_a_month_in_any_language(word: str) -> None:
    assert not any(word.startswith(month) for month in _MONTH), "somebody left in that month"
