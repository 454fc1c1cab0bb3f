"""Whatever is set in publication.toml or .env by a program, everything else stays as somebody wrote it."""

from __future__ import annotations

import copy
import io
import tomllib
from pathlib import Path

import pytest
from dotenv.parser import parse_stream
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.adapters.environment_file import with_variable
from publisher.adapters.publication_edit import with_values
from publisher.errors import ContentError
from publisher.resources import shipped
from publisher.scaffold import STARTER, starter_text
from tests.long import some

FILE = Path("content/publication.toml")
TEXTS = [starter_text(folder.name) for folder in sorted(STARTER.iterdir())]
TEXTS.append((shipped("content") / "publication.toml").read_text("utf-8"))
LINES = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=30)
PLACES = st.sampled_from([("name",), ("base_url",), ("permanent_url",), ("sender", "address"), ("sender", "reply_to"), ("schedule", "zone"), ("alarm", "ping")])  # fmt: skip
PEOPLE = st.lists(st.fixed_dictionaries({"name": LINES, "address": LINES}), min_size=1, max_size=4)


@settings(max_examples=some(60), deadline=None)
@given(st.sampled_from(TEXTS), st.dictionaries(PLACES, LINES | st.none() | st.booleans()), PEOPLE | st.none())
def test_only_what_is_named_changes_and_every_comment_stays(
    text: str, values: dict[tuple[str, ...], object], people: list[dict[str, str]] | None
) -> None:
    if people:
        values = {**values, ("editor",): people}
    expected = copy.deepcopy(tomllib.loads(text))
    for (*above, key), value in values.items():
        table = expected
        for name in above:
            table = table.setdefault(name, {})
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value
    written = with_values(text, values, FILE)
    assert tomllib.loads(written) == expected
    whole = [line for line in text.splitlines() if line.startswith("#")]
    assert [line for line in written.splitlines() if line.startswith("#")] == whole


def test_what_only_a_person_should_change_is_said() -> None:
    with pytest.raises(ContentError, match=r"sender\.address cannot be changed by a program here; change it by hand"):
        with_values('sender = "somebody"\n', {("sender", "address"): "a@b.test"}, FILE)


VALUES = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=30).map(str.strip).filter(bool)  # fmt: skip
NAMES = st.sampled_from(["PRESSROOM_SMTP_URL", "PRESSROOM_SECRET_KEY", "OTHER"])


@settings(max_examples=some(80), deadline=None)
@given(
    st.lists(st.tuples(NAMES, VALUES)),
    VALUES,
    st.sampled_from(["", "# A comment.\n", "# PRESSROOM_SMTP_URL=smtp://x\n"]),
)
def test_a_variable_is_set_once_and_all_others_stay(before: list[tuple[str, str]], value: str, comment: str) -> None:
    text = comment
    for name, old in before:
        text = with_variable(text, name, old)
    written = with_variable(text, "PRESSROOM_SMTP_URL", value)
    found = [(one.key, one.value) for one in parse_stream(io.StringIO(written)) if one.key]
    assert sorted(found) == sorted({**dict(before), "PRESSROOM_SMTP_URL": value}.items())
    assert ("# A comment." in written) == ("# A comment." in comment)
