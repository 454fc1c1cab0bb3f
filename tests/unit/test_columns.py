"""Lines of plain text are as wide as they look."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.content.links import Links
from publisher.content.markdown import parse
from publisher.render.columns import columns, fill, left, right
from publisher.render.text import Text
from tests.press import content

LATIN = st.text(st.sampled_from("abcäöé -–“”.,\u202f"), max_size=200)
MIXED = st.text(st.sampled_from("ab 本番、。「」ー한글é\u0301👩🏽‍💻🎉한 "), max_size=120)


@pytest.mark.parametrize(
    ("text", "wide"),
    [
        ("abc", 3),
        ("naïve", 5),
        ("e\u0301", 1),
        ("日本語", 6),
        ("한글", 4),
        ("ｱ", 1),
        ("🎉", 2),
        ("👩🏽‍💻", 2),
        ("“a”", 3),
        ("\u2068a\u2069", 1),
    ],
)
def test_columns_of_a_line(text: str, wide: int) -> None:
    assert columns(text) == wide


@given(LATIN, st.integers(20, 80))
def test_latin_text_is_broken_as_textwrap_breaks_it(text: str, width: int) -> None:
    assert fill(text, width) == textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)


@given(MIXED, st.integers(20, 80))
def test_breaking_lines_loses_nothing_and_keeps_to_the_width(text: str, width: int) -> None:
    filled = fill(text, width)
    assert "".join(filled.split()) == "".join(text.split())
    longest = max(map(columns, text.split()), default=0)
    assert all(columns(line) <= max(width, longest) for line in filled.split("\n"))


@given(st.text(st.sampled_from("本番、。「」（）っー文"), max_size=120), st.integers(20, 80))
def test_no_line_begins_with_a_full_stop_or_ends_with_an_opening_bracket(text: str, width: int) -> None:
    lines = fill(text, width).split("\n")
    assert not any(line[:1] in ("、", "。", "」", "）", "っ", "ー") for line in lines[1:] if line)
    assert not any(line[-1:] in ("「", "（") for line in lines[:-1])


@given(st.sampled_from(["a", "本", "🎉", "e\u0301"]), st.integers(4, 12))
def test_cells_are_padded_to_their_column(text: str, width: int) -> None:
    assert columns(left(text, width)) == columns(right(text, width)) == width


def written(markdown: str) -> str:
    return Text(str, str).write(parse(markdown, path=Path("x.md"), line=1, links=Links.of(content())).root)


def test_the_columns_of_a_table_stand_below_each_other() -> None:
    assert written("| 方法 | Zeit |\n|---|---:|\n| 厳密 | 3 |\n| naïve 🎉 | 12 |\n") == (
        "方法      Zeit\n"
        "--------  ----\n"
        "厳密         3\n"
        "naïve 🎉    12"
    )  # fmt: skip


def test_a_heading_is_underlined_in_its_whole_width() -> None:
    assert written("### 索引の費用") == "索引の費用\n----------"


def test_chinese_prose_is_wrapped_without_spaces() -> None:
    lines = written("这一段文字没有空格。" * 20).split("\n")
    assert len(lines) > 4
    assert all(columns(line) <= 72 for line in lines)
