"""What changed from one text to another, by words and with the line."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.changed_words import _WORD, Change, Fate, Run, changed
from tests.long import some

TEXT = """---
title: "Token buckets"
---
What this week is about.

A bucket of 60,000 tokens refills at 1,000 tokens a second. So a burst passes.

One process, one queue.
"""


def said(before: str, after: str) -> list[str]:
    return [f"{one.line}: {one}" for one in changed(before, after)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("buckets", "bucket", ['2: title: "Token [-buckets"-] {+bucket"+}']),
        ("refills", "is refilled", ["6: A bucket of 60,000 tokens [-refills-] {+is refilled+} at 1,000 tokens a second. …"]),
        (" So a burst passes.", "", ["6: … at 1,000 tokens a second. [-So a burst passes.-]"]),
        ("One process, one", "One process,\none", ["8: only spaces or line breaks"]),
        ("One process, one queue.", "One.\n\nTwo.", ["8: [-One process, one queue.-] {+One.+}", "10: {+Two.+}"]),
        ("So a", "A", ["6: … at 1,000 tokens a second. [-So a-] {+A+} burst passes."]),
        ("One process, one queue.\n", "", ["7: [-One process, one queue.-]"]),
        ("\n", "\r\n", ["1: only spaces or line breaks"]),
        ("x", "x", []),
    ],
)  # fmt: skip
def test_a_change_has_its_line_and_a_few_words_around_it(old: str, new: str, expected: list[str]) -> None:
    assert said(TEXT, TEXT.replace(old, new)) == expected


def test_a_paragraph_that_moved_lines_is_the_same_one() -> None:
    assert said("Gone.\n\nA thing stays as it was.\n", "A thing stays\nas it was.\n\nNew.\n") == [
        "1: [-Gone.-]",
        "4: {+New.+}",
    ]


def test_changes_far_apart_in_one_paragraph_are_two() -> None:
    stays = " ".join(f"word{number}" for number in range(30))
    assert said(f"One {stays}\nlast one", f"Two {stays}\nlast two") == [
        "1: [-One-] {+Two+} word0 word1 word2 word3 word4 …", "2: … word26 word27 word28 word29 last [-one-] {+two+}",
    ]  # fmt: skip


def test_a_rewritten_sentence_is_not_cut_at_each_small_word() -> None:
    assert said(
        "We built the whole service on top of a queue.", "Nobody needs the extra cost that comes with a broker."
    ) == [
        "1: [-We built the whole service on top of a queue.-] {+Nobody needs the extra cost that comes with a broker.+}"
    ]


def test_signs_of_a_script_without_spaces_are_compared_one_by_one() -> None:
    assert said("トークンのバケット", "トークンとバケット") == ["1: トークン [-の-] {+と+} バケット"]


def test_long_changes_can_be_shortened_and_the_rest_stays() -> None:
    change = Change(3, (Run(Fate.SAME, "a b"), Run(Fate.NEW, "one two three four")))
    assert str(change.shortened(2)) == "a b {+one two …+}"
    assert len(str(Change(1, (Run(Fate.NEW, "x" * 5000),)).shortened(10))) < 300


TEXTS = st.lists(
    st.lists(st.sampled_from(["a", "bb", "the", "queue.", "{#x}", "の"]), max_size=6).map(" ".join), max_size=8
).map("\n".join)


@settings(max_examples=some(200), deadline=None)
@given(before=TEXTS, after=TEXTS)
def test_every_word_that_came_or_went_is_shown_and_different_texts_differ(before: str, after: str) -> None:
    found = changed(before, after)
    assert bool(found) == (before != after)
    count = {kind: Counter[str]() for kind in Fate}
    for change in found:
        assert 1 <= change.line <= max(1, len(after.split("\n")))
        for run in change.runs:
            count[run.kind].update(_WORD.findall(run.words))
    words = [Counter(_WORD.findall(text)) for text in (before, after)]
    gone, new = words[0] - words[1], words[1] - words[0]
    assert count[Fate.GONE] - count[Fate.NEW] == gone
    assert count[Fate.NEW] - count[Fate.GONE] == new


def test_thousands_of_equal_words_are_compared_quickly() -> None:
    before, after = "a " * 9_000 + "b", "b " + "a " * 9_000
    assert changed(before, after)
