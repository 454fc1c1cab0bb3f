"""A title without marks needs no parser, and looks as if it had one."""

from __future__ import annotations

import re
from pathlib import Path
from unittest.mock import patch
from xml.etree.ElementTree import tostring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.content import markdown
from publisher.content.markdown import inline
from publisher.errors import Problem
from publisher.merge_fields import GREETING

WORDS = st.sampled_from([
    "Notable", "code", "and", "changes", " ", "  ", "-", "--", "...", ".", ",", "(c)", "1)", "1.", "+", "?", "/", "//", "www", "WWW.", "example.com",
    "http", GREETING, "PRESSROOMFIELD", "~", "*", "_", "`", ":", "\\", "<b>", "&amp;", "[", "]", "!", "@", "'", '"', "{", "#", "ü", "\t",
])  # fmt: skip


def read(text: str) -> tuple[bytes, tuple[Problem, ...], int]:
    prose = inline(text, path=Path("issues/1.md"), line=3)
    return tostring(prose.root), prose.problems, len(prose.lines)


@given(st.lists(WORDS, max_size=8).map("".join))
def test_a_line_is_read_as_by_the_parser(text: str) -> None:
    made = read(text)
    with patch.object(markdown, "_PLAIN", re.compile("(?!)")):
        assert read(text) == made


@pytest.mark.parametrize("text", ["Action items", "Bitcoin Core 0.17 (LND, Rust-Lightning)", "What is new?", "A"])
def test_most_titles_are_plain(text: str) -> None:
    assert markdown._PLAIN.fullmatch(text)


@pytest.mark.parametrize(
    "text", ["", " a", "a ", "a\n", "www.example.com", f"Dear {GREETING}", "a" * 300, "2 * 3", "x_y"]
)
def test_what_may_have_a_mark_is_not(text: str) -> None:
    assert not markdown._PLAIN.fullmatch(text)
