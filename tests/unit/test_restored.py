"""What our own list says beside its columns: it comes back as it went out, and anything else is refused in a sentence."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers import Consent, Happened, State, Subscriber, Suppression
from subscribers.adapters import tables
from subscribers.noun_json import LONGEST, from_json, to_json
from subscribers.restored import OWN_COLUMNS, more_cell, read_more
from tests.whole_lists import noun, reader_by_chance

_keys = st.sampled_from([
    "reader", "suppression", "consents", "history", "courses", "path", "started", "sent", "left_why", "asked", "zone",
    "subject_id", "deleted", "at", "what", "detail", "act", "wording", "text", "source", "moving_to", "without",
])  # fmt: skip
_anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.just("2026-01-05T00:00:00+00:00"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=20,
)


@given(st.integers(0, 1_000_000))
def test_a_reader_comes_back_with_every_field(seed: int) -> None:
    by_chance = random.Random(seed)
    reader = reader_by_chance(by_chance, "ada@example.com", State.ACTIVE)
    consents = [noun(by_chance, Consent, subject_id=reader.subject_id) for _ in range(2)]
    history = [noun(by_chance, Happened) for _ in range(2)]
    suppression = noun(by_chance, Suppression, subject_id=None)
    more = read_more(json.dumps(more_cell(reader, suppression, consents, history)), reader.subject_id)
    own = {name: getattr(reader, name) for name in OWN_COLUMNS}
    assert Subscriber(**own, **more.reader) == reader
    assert (more.consents, more.history) == (consents, history)
    assert Suppression(suppression.canonical, suppression.reason, suppression.at, **more.suppression) == suppression


@given(st.dictionaries(_keys, _anything, max_size=4))
def test_any_other_json_is_read_or_refused_in_a_sentence(known: dict[str, Any]) -> None:
    try:
        more = read_more(json.dumps(known), "x" * 22)
    except ValueError as error:
        refused = str(error)
        assert refused.count("\n") == 0 < len(refused)
    else:
        assert known.keys() <= {"reader", "suppression", "consents", "history"}
        assert len(more.consents) == len(known.get("consents", []))


@pytest.mark.parametrize(
    "cell",
    [
        "{", "[]", "1", '{"else": 1}', '{"reader": {"address": "x@example.com"}}', '{"reader": {"courses": [{}]}}',
        '{"reader": {"confirmations": 1e99}}', '{"reader": {"confirmations": 99999999999}}',
        '{"reader": {"left_why": "\\u0000"}}', '{"reader": {"left_why": "\\ud800"}}', '{"consents": 1}',
        '{"history": [{"at": "yesterday", "what": "x"}]}', '{"suppression": {"subject_id": "short"}}',
    ],
)  # fmt: skip
def test_what_no_database_could_hold_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_more(cell)


def test_no_text_is_longer_than_its_column() -> None:
    for table in (tables.subscriber, tables.course, tables.consent, tables.history, tables.suppression):
        for column in table.c:
            length = getattr(column.type, "length", None)
            if length is not None and column.name not in (*OWN_COLUMNS, "canonical", "reason", "wording", "act"):
                assert LONGEST.get(column.name, 200) <= length, column


def test_a_noun_comes_back_without_the_fields_that_have_their_defaults() -> None:
    happened = noun(random.Random(1), Happened, detail="", former=None)
    assert to_json(happened).keys() == {"at", "what"}
    assert from_json(Happened, to_json(happened)) == happened
