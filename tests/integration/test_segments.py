"""Segments on a real database: SQL answers as `holds` does, and nothing that a person wrote is ever SQL."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subscribers import (
    Course,
    InvalidTag,
    Keyring,
    Reach,
    Reason,
    Segment,
    State,
    Subscriber,
    Subscribers,
    UnknownReader,
    audience,
    editors,
    matching,
    new_subject_id,
    parse_segment,
)
from subscribers.adapters import tables
from subscribers.adapters.readers import DatabaseReaders
from subscribers.adapters.store import Store
from subscribers.address_state import AddressState
from subscribers.outcome import Outcome
from tests import segment_samples as samples
from tests.long import some
from tests.readers import DAY, NOW, SECRET, WORDING, Mailbox, post
from tests.segment_oracle import holds

pytestmark = pytest.mark.both_databases


def fill(engine: sa.Engine, readers: Sequence[Subscriber]) -> None:
    store = Store(engine)
    with store.writing() as connection:
        connection.execute(sa.delete(tables.subscriber))
    with DatabaseReaders(store).writing() as rows:
        rows.save(Outcome([(AddressState(one.canonical), AddressState(one.canonical, one)) for one in readers]), NOW)


def found(engine: sa.Engine, segment: Segment, now: dt.datetime = NOW) -> list[str]:
    with engine.connect() as connection:
        query = sa.select(tables.subscriber.c.canonical).where(matching(segment, now))
        return sorted(connection.scalars(query))


@settings(deadline=None, max_examples=some(150), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(readers=samples.readers(), segments=st.lists(samples.segments, min_size=8, max_size=8))
def test_the_database_finds_the_readers_of_whom_a_segment_holds(
    engine: sa.Engine, readers: list[Subscriber], segments: list[Segment]
) -> None:
    fill(engine, readers)
    for segment in segments:
        assert found(engine, segment) == sorted(r.canonical for r in readers if holds(segment, r, NOW)), str(segment)


def test_days_and_numbers_compare_at_their_very_edges_as_they_do_in_python(engine: sa.Engine) -> None:
    day, instant = dt.datetime(2026, 11, 20, tzinfo=dt.UTC), dt.timedelta(microseconds=1)
    moments = [None, day - instant, day, day + instant, day + DAY - instant, day + DAY]
    readers = [
        reader(f"reader{number}@example.com", created=day, seen=seen, courses=(Course("backend", NOW, sent=number),))
        for number, seen in enumerate(moments)
    ]
    fill(engine, readers)
    for operator in ("=", "!=", "<", "<=", ">", ">="):
        for test in (f"seen {operator} 2026-11-20", f"seen {operator} 3d ago", f"steps {operator} 3"):
            for text in (test, f"not {test}"):
                segment = parse_segment(text)
                assert found(engine, segment) == [each.canonical for each in readers if holds(segment, each, NOW)], text


def reader(address: str, **more: Any) -> Subscriber:
    values = {"created": NOW, "state": State.ACTIVE} | more
    return Subscriber(new_subject_id(), address, address, **values)


@pytest.fixture
def three(engine: sa.Engine) -> Subscribers:
    """Ada and Bob have the tag beta, Bob has paused; Eve asked to join and has not confirmed."""
    fill(engine, [
        reader("ada@example.com", tags=("beta",), source="form /learn"),
        reader("bob@example.com", tags=("beta", "early bird"), paused_until=NOW + DAY),
        reader("eve@example.com", state=State.PENDING, tags=("beta",), asked=NOW, source="form /learn"),
    ])  # fmt: skip
    return Subscribers(engine, Keyring(SECRET), Mailbox())


def test_a_segment_narrows_the_audience_and_reaches_nobody_else(engine: sa.Engine, three: Subscribers) -> None:
    def recipients(text: str) -> list[str]:
        with engine.connect() as connection:
            return sorted(row.address for row in connection.execute(audience(NOW, parse_segment(text))))

    assert recipients("tag = beta") == ["ada@example.com"], "who paused or has not confirmed gets nothing"
    assert recipients("tag != beta") == []
    assert recipients("tag = beta or state = pending") == ["ada@example.com"]


def test_a_count_says_how_many_there_are_and_how_many_an_issue_would_reach(three: Subscribers) -> None:
    assert three.queries.count(None, NOW) == Reach(1, 3)
    assert three.queries.count(parse_segment("tag = beta"), NOW + 2 * DAY) == Reach(2, 3)
    assert three.queries.count(parse_segment("source ~ learn"), NOW) == Reach(1, 2)
    assert three.queries.count(parse_segment("tag = nobody"), NOW) == Reach(0, 0)


def test_readers_are_found_by_segment_state_and_text_together(three: Subscribers) -> None:
    beta = matching(parse_segment("tag = beta"), NOW)
    found = three.queries.find(where=beta, state=State.ACTIVE, query="B@")
    assert [each.address for each in found] == ["bob@example.com"]
    assert len(three.queries.find(where=beta, limit=2)) == 2


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE subscriber; --", "beta' OR '1'='1", "%", "_eta", "\\", "🙂", "$1", ":x"]
)
def test_what_a_person_writes_reaches_the_database_as_a_value(engine: sa.Engine, three: Subscribers, text: str) -> None:
    for field in ("tag", "source", "path", "section", "zone", "domain"):
        for operator in ("=", "~") if field != "section" else ("=",):
            segment = parse_segment(f"{field} {operator} {json.dumps(text, ensure_ascii=False)}")
            harmless = parse_segment(f"{field} {operator} x")
            sql = [str(matching(each, NOW).compile(dialect=engine.dialect)) for each in (segment, harmless)]
            assert sql[0] == sql[1]
            assert len(found(engine, segment)) == (3 if field == "section" else 0)
    assert three.queries.count(None, NOW).readers == 3


def test_all_readers_of_a_segment_are_tagged_also_when_the_tag_changes_who_is_in_it(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editors, "TAGGED_AT_ONCE", 4)
    fill(engine, [reader(f"reader{number}@example.com", tags=("old",)) for number in range(10)])
    three = Subscribers(engine, Keyring(SECRET), Mailbox())
    told: list[tuple[int, int]] = []
    progress = lambda done, total: told.append((done, total))  # noqa: E731
    without = parse_segment("not tag = new")
    assert three.editors.tag_all(without, add=[" new "], remove=["old"], now=NOW, progress=progress) == 10
    assert told == [(4, 10), (8, 10), (10, 10)]
    assert {each.tags for each in three.queries.find()} == {("new",)}
    assert three.editors.tag_all(without, add=["new"], now=NOW) == 0
    assert three.editors.tag_all(parse_segment("tag = new"), add=["new"], now=NOW) == 0
    assert [each.detail for each in three.editors.show("reader3@example.com").history] == ["+new -old"]


@pytest.mark.parametrize("tag", ["", "  ", "a;b", "a,b", 'a"b', "a\nb", "a" * 101])
def test_a_tag_that_a_list_could_not_hold_is_refused(three: Subscribers, tag: str) -> None:
    with pytest.raises(InvalidTag, match="is not a tag: "):
        three.editors.tag("ada@example.com", add=[tag], now=NOW)
    with pytest.raises(InvalidTag):
        three.editors.tag_all(parse_segment("tag = beta"), add=[tag], now=NOW)


def test_only_a_reader_who_is_there_can_be_forgotten(three: Subscribers, engine: sa.Engine) -> None:
    assert three.editors.forget("ada@example.com", now=NOW) is True
    assert three.editors.forget("ada@example.com", now=NOW) is False
    assert three.queries.count(None, NOW).readers == 2
    with pytest.raises(UnknownReader):
        three.editors.forget("nobody@example.com", now=NOW)


def test_a_reader_who_moved_is_shown_with_what_went_to_the_former_address(engine: sa.Engine) -> None:
    box = Mailbox()
    readers = Subscribers(engine, Keyring(SECRET), box)
    readers.editors.add("Ada@example.com", source="cli", wording=WORDING, now=NOW)
    readers.page.ask_link("ada@example.com", now=NOW)
    post(readers, NOW)
    page = box.emails[-1].token
    readers.page.ask_move(page, "lovelace@example.com", now=NOW)
    post(readers, NOW)
    assert readers.page.confirm_move(box.emails[-1].token, now=NOW + DAY) is not None
    found = readers.editors.show("lovelace@example.com")
    assert found.address_history.canonicals == ("lovelace@example.com", "ada@example.com")
    assert found.reader is not None
    assert found.reader.address == "lovelace@example.com"


def test_the_list_in_numbers(engine: sa.Engine) -> None:
    week = dt.timedelta(weeks=1)
    ended = Course("backend", NOW, sent=3, ended=NOW)
    fill(engine, [
        reader("a@example.com", source="form /", asked=NOW, confirmed=NOW, courses=(Course("backend", NOW, sent=2),)),
        reader("b@example.com", source="form /", asked=NOW - week, confirmed=NOW - week, created=NOW - week,
               courses=(ended, Course("data", NOW))),
        reader("c@example.com", source="form /", asked=NOW, state=State.PENDING),
        reader("d@example.com", source="list.csv", created=NOW - 3 * week),
        reader("e@example.com", source="list.csv", created=NOW - 9 * week, left=NOW - week, state=State.UNSUBSCRIBED),
    ])  # fmt: skip
    readers = Subscribers(engine, Keyring(SECRET), Mailbox())
    readers.editors.suppress("gone@example.com", Reason.BOUNCED, now=NOW)
    token = readers.links.unsubscribe_token(readers.queries.find(query="d@")[0].subject_id)
    readers.leaving.unsubscribe(token, now=NOW, why="too \x1b[2J many")
    found = readers.queries.statistics(NOW, weeks=4)
    assert found.states == {State.PENDING: 1, State.ACTIVE: 2, State.UNSUBSCRIBED: 2}
    assert [(one.source, one.readers, one.active) for one in found.sources] == [("form /", 3, 2), ("list.csv", 2, 0)]
    assert [(one.monday.isoformat(), one.joined, one.left, one.asked, one.confirmed) for one in found.weeks] == [
        ("2026-11-23", 2, 1, 2, 1), ("2026-11-16", 1, 1, 1, 1), ("2026-11-09", 0, 0, 0, 0), ("2026-11-02", 1, 0, 0, 0),
    ]  # fmt: skip
    assert (found.asked, found.confirmed, found.share_confirmed) == (3, 2, 2 / 3)
    assert found.suppressed == {
        Reason.MOVED: 0, Reason.UNSUBSCRIBED: 1, Reason.REMOVED: 0, Reason.REFUSED: 0, Reason.BOUNCED: 1, Reason.COMPLAINED: 0,
    }  # fmt: skip
    assert [word.at for word in found.words] == [NOW]
    assert [(one.path, one.sent, one.following, one.ended) for one in found.courses] == [
        ("backend", 2, 1, 0), ("backend", 3, 0, 1), ("data", 0, 1, 0),
    ]  # fmt: skip


def test_an_empty_list_has_numbers_too(engine: sa.Engine) -> None:
    found = Subscribers(engine, Keyring(SECRET), Mailbox()).queries.statistics(NOW, weeks=1)
    assert (found.asked, found.share_confirmed, found.sources, found.courses) == (0, None, [], [])
