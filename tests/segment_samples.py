"""Random segments and random readers that they often hit: few words, near each other, with what is odd in text."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hypothesis import strategies as st

from subscribers import Course, State, Subscriber, canonical, new_subject_id
from subscribers.segments import FIELDS, Ago, Comparison, Either, Every, Never, Not, Segment, Type
from tests.readers import DAY, NOW

WORDS = st.sampled_from([
    "beta", "Beta", "alpha beta", "learn", "form /learn", "form /Learn/backend", "import list.csv", "and", "never", "",
    'say "hi"', "back\\slash", "100%", "under_score", "a;b", "größe", "GRÖSSE", "Über", "über", "ÉLAN", "Élan", "𝔘nicode", "it's", "(x)", "' OR 1=1 --",
])  # fmt: skip
SLUGS = st.sampled_from(["backend", "data", "ml-ops"])
SECTIONS = st.sampled_from(["concept", "architecture", "question"])
ZONES = st.sampled_from(["Europe/Berlin", "Asia/Kolkata", "UTC"])
DOMAINS = st.sampled_from(["example.com", "mail.example.com", "bücher.test", "xn--bcher-kva.test", "EXAMPLE.com"])
DATES = st.dates(dt.date(2026, 11, 20), dt.date(2026, 11, 25))
SPAN = dt.timedelta(days=4)
MOMENTS = st.one_of(
    st.datetimes((NOW - SPAN).replace(tzinfo=None), (NOW + DAY).replace(tzinfo=None), timezones=st.just(dt.UTC)),
    DATES.map(lambda day: dt.datetime.combine(day, dt.time(), dt.UTC)),
    DATES.map(lambda day: dt.datetime.combine(day, dt.time(23, 59, 59, 999_999), dt.UTC)),
)
_VALUES = {
    "tag": WORDS, "source": WORDS, "state": st.sampled_from([*State]).map(str), "path": SLUGS | st.just("b"),
    "section": SECTIONS, "zone": ZONES | st.just("") | st.just("europe"),
    "domain": DOMAINS | st.sampled_from(["", "%", "_", "example", "Mail", "test"]),
}  # fmt: skip
_DAYS = DATES | st.builds(Ago, st.integers(0, 4), st.just("d")) | st.builds(Ago, st.integers(0, 1), st.just("w"))


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    field = draw(st.sampled_from([*FIELDS]))
    operator = draw(st.sampled_from(FIELDS[field].operators))
    match FIELDS[field]:
        case Type.DAY:
            days = _DAYS | st.just(Never.NEVER) if operator in ("=", "!=") else _DAYS
            return Comparison(field, operator, draw(days))
        case Type.NUMBER:
            return Comparison(field, operator, draw(st.integers(0, 4)))
        case Type.YES_NO:
            return Comparison(field, operator, draw(st.booleans()))
    return Comparison(field, operator, draw(_VALUES[field]))


def _joined(parts: st.SearchStrategy[Segment]) -> st.SearchStrategy[Segment]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.builds(Not, parts) | st.builds(Every, several) | st.builds(Either, several)


segments: st.SearchStrategy[Segment] = st.recursive(comparisons(), _joined, max_leaves=6)


@st.composite
def courses(draw: st.DrawFn) -> tuple[Course, ...]:
    ended = draw(st.none() | MOMENTS)
    paths = draw(st.lists(SLUGS, unique=True, max_size=2))
    return tuple(Course(path, NOW, sent=draw(st.integers(0, 2)), ended=ended) for path in paths)


@st.composite
def readers(draw: st.DrawFn) -> list[Subscriber]:
    found = []
    for number, domain in enumerate(draw(st.lists(DOMAINS, min_size=1, max_size=6))):
        address = f"reader{number}@{domain}"
        chosen = Subscriber(
            new_subject_id(), address, canonical(address), draw(MOMENTS), draw(st.sampled_from([*State])),
            source=draw(WORDS), tags=tuple(draw(st.lists(WORDS, unique=True, max_size=3))),
            confirmed=draw(st.none() | MOMENTS), left=draw(st.none() | MOMENTS), seen=draw(st.none() | MOMENTS),
            without=tuple(draw(st.lists(SECTIONS, unique=True, max_size=2))), zone=draw(st.none() | ZONES),
            paused_until=draw(st.none() | MOMENTS | st.just(NOW)),
        )  # fmt: skip
        found.append(replace(chosen, courses=draw(courses())))
    return found
