"""The language of segments: what is valid, and how mistakes are reported."""

from __future__ import annotations

import datetime as dt
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers import Course, InvalidSegment, State, Subscriber, parse_segment
from subscribers.segment_text import DEEPEST, LONGEST_SEGMENT
from subscribers.segments import FIELDS, Comparison, Either, Every, Not, Segment
from tests.readers import DAY, NOW
from tests.segment_oracle import holds
from tests.segment_samples import segments

ADA = Subscriber(
    "s" * 22, "Ada@example.com", "ada@example.com", NOW - 10 * DAY, State.ACTIVE,
    source="form /learn/backend", tags=("beta", "early bird"), confirmed=NOW - 10 * DAY, seen=NOW - 3 * DAY,
    without=("question",), zone="Europe/Berlin",
    courses=(Course("backend", NOW, sent=2), Course("data", NOW, sent=5, ended=NOW)),
)  # fmt: skip


def holds_of_ada(text: str) -> bool:
    return holds(parse_segment(text), ADA, NOW)


@given(segments)
def test_a_segment_that_is_written_and_parsed_again_is_the_same(segment: Segment) -> None:
    assert parse_segment(str(segment)) == segment


@given(st.text(st.characters() | st.sampled_from('=!<>~()" \\' + string.ascii_letters), max_size=60))
def test_whatever_is_typed_is_a_segment_or_an_error_with_its_column(text: str) -> None:
    try:
        segment = parse_segment(text)
    except InvalidSegment as error:
        refused = error
    else:
        assert parse_segment(str(segment)) == segment
        return
    assert 1 <= refused.column <= len(text) + 1
    assert str(refused).startswith(f"column {refused.column}: ")
    assert "\n" not in str(refused)


@given(segments.map(str), st.data())
def test_a_segment_with_a_piece_cut_out_is_a_segment_or_an_error(text: str, data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(begin, len(text)))
    try:
        segment = parse_segment(text[:begin] + text[end:])
    except InvalidSegment:
        return
    assert parse_segment(str(segment)) == segment


def test_and_binds_tighter_than_or_and_not_binds_tightest() -> None:
    a, b, c = (Comparison("tag", "=", name) for name in "abc")
    assert parse_segment("tag = a or tag = b and tag = c") == Either((a, Every((b, c))))
    assert parse_segment("not tag = a and tag = b") == Every((Not(a), b))
    assert parse_segment("NOT (tag=a OR tag=b) And tag=c") == Every((Not(Either((a, b))), c))
    assert parse_segment("tag = a and\n\t(tag = b and tag = c)") == Every((a, Every((b, c))))


@pytest.mark.parametrize(
    "text",
    [
        "tag = beta", 'tag = "early bird"', "tag ~ BIRD", "tag != gamma", 'tag ~ ""',
        "source ~ learn", 'source = "form /learn/backend"', "state = active", "state != pending",
        "path = backend", "path ~ back", "not path = data", "path != data",
        "section = concept", "section != question", "zone = Europe/Berlin", "zone ~ europe",
        "domain = example.com", "domain = EXAMPLE.com", "domain ~ exam", "domain != mail.example.com",
        "joined = 10d ago", "joined <= 2026-11-13", "joined >= 2026-11-13", "not joined > 2026-11-13",
        "not joined < 2026-11-13", "joined != 2026-11-12", "confirmed != never", "left = never", "seen >= 1w ago",
        "seen < 2d ago", "not left < 2026-12-01", "not left > 1d ago", "left != 2026-11-13",
        "paused = no", "paused != yes", "steps = 7", "steps >= 7", "not steps > 7", "steps < 8", "steps <= 7", "steps != 3",
    ],
)  # fmt: skip
def test_a_test_that_is_true_of_ada_holds_and_its_negation_does_not(text: str) -> None:
    assert holds_of_ada(text)
    assert not holds_of_ada(f"not ({text})")


def test_a_day_is_a_day_of_utc_from_its_first_moment_to_its_last() -> None:
    one = parse_segment("joined = 2026-11-13")
    times = {dt.time(): True, dt.time(23, 59, 59, 999_999): True}
    for time in times:
        born = dt.datetime(2026, 11, 13, time.hour, time.minute, time.second, time.microsecond, tzinfo=dt.UTC)
        assert holds(one, Subscriber("s" * 22, "a@b.test", "a@b.test", born, State.ACTIVE), NOW)
    for born in (dt.datetime(2026, 11, 14, tzinfo=dt.UTC), dt.datetime(2026, 11, 12, 23, 59, 59, 999_999, dt.UTC)):
        assert not holds(one, Subscriber("s" * 22, "a@b.test", "a@b.test", born, State.ACTIVE), NOW)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "column 1: expected a field here, not the end; write a test such as tag = beta"),
        ("tagg = beta", "column 1: there is no field `tagg`; did you mean `tag`?"),
        ("(Tag = beta)", "column 2: there is no field `Tag`; did you mean `tag`?"),
        ("tag = a and jioned < 3d ago", "column 13: there is no field `jioned`; did you mean `joined`?"),
        ("tag == beta", "column 5: there is no operator `==`; did you mean `=`?"),
        ("source contains learn", "column 8: there is no operator `contains`; did you mean `~`?"),
        ("tag < 3", "column 5: `tag` is compared with =, != or ~, not with `<`"),
        ("state ~ act", "column 7: `state` is compared with = or !=, not with `~`"),
        ("tag", "column 4: `tag` is compared with =, != or ~, not with the end"),
        ("tag = ", "column 7: expected a value here, not the end"),
        ("tag = or", 'column 7: expected a value here; for the word `or`, write "or"'),
        ("tag = 'beta'", "column 7: put text that contains `'` in quotation marks: \"…\""),
        ('tag = "beta', 'column 7: this quotation mark is not closed; inside quotation marks, write \\" and \\\\'),
        ("tag = beta tag = b", "column 12: expected `and`, `or` or the end here, not `tag`"),
        ("tag = early bird", "column 13: expected `and`, `or` or the end here, not `bird`"),
        ("(tag = a", "column 1: this bracket is not closed"),
        ("(tag = a b)", "column 10: expected `and`, `or` or `)` here, not `b`"),
        ("state = activ", "column 9: there is no state `activ`; did you mean `active`?"),
        ("seen < 30d", "column 8: `30d` is not a day; write `30d ago` for the day that long ago"),
        ("seen < never", "column 8: `never` is not a day; compare it with = or !=, not with <"),
        ("joined > 2026-02-30", "column 10: `2026-02-30` is not a day; write a date such as 2026-01-31, or 30d ago, "
         "4w ago or never"),
        ("steps > many", "column 9: `many` is not a number; write one such as 3"),
        ("paused = maybe", "column 10: write yes or no here, not `maybe`"),
        ("domain = ada@example.com", "column 10: a domain is the part of an address after the @"),
        ("tag = \x00", "column 7: there is a control character here; remove it"),
        ("tag = \ud800", "column 7: there is a control character here; remove it"),
    ],
)  # fmt: skip
def test_an_error_is_one_sentence_with_its_column_and_the_nearest_word(text: str, said: str) -> None:
    with pytest.raises(InvalidSegment) as raised:
        parse_segment(text)
    assert str(raised.value) == said


@pytest.mark.parametrize("text", ["joined > 9999-12-31", "joined > 0001-01-01", "joined > 2026-1-1", "steps > 9999999"])
def test_a_value_that_no_database_could_compare_is_refused(text: str) -> None:
    with pytest.raises(InvalidSegment, match="column "):
        parse_segment(text)


def test_a_segment_is_neither_too_long_nor_too_deep() -> None:
    inside = "(" * DEEPEST + "tag = a" + ")" * DEEPEST
    assert parse_segment(inside) == Comparison("tag", "=", "a")
    for text in (f"({inside})", "not " * 400 + "tag = a", "(" * 1_000):
        with pytest.raises(InvalidSegment, match="nested more than 20 deep"):
            parse_segment(text)
    with pytest.raises(InvalidSegment, match="at most 2,000 characters"):
        parse_segment("tag = a or " * 300)
    with pytest.raises(InvalidSegment, match="longer than 200"):
        parse_segment(f"tag = {'a' * 201}")
    assert len("tag = a or " * 180) < LONGEST_SEGMENT


def test_every_field_has_its_operators() -> None:
    for name, type_ in FIELDS.items():
        value = {"day": "2026-01-31", "number": "3", "yes or no": "yes", "state": "active"}.get(type_, "x")
        for operator in type_.operators:
            assert str(parse_segment(f"{name} {operator} {value}")) == f"{name} {operator} {value}"
