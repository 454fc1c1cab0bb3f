"""A value of the front matter arrives as it was written, or its line says what to write."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.content.fields import PageFields
from publisher.content.frontmatter import take_apart, validate
from publisher.errors import ContentError, Problem

PATH = Path("content/pages/a.md")


def read(lines: str) -> tuple[str | None, tuple[Problem, ...]]:
    """Return the title that these lines of front matter give, and what is wrong with them."""
    try:
        fields, problems = validate(take_apart(PATH, f"---\n{lines}\n---\nText.\n".encode()), PageFields)
    except ContentError as error:
        return None, error.problems
    return (fields.title if fields else None), problems


def quoted(value: str) -> bool:
    """Whether a value is one in quotation marks, as YAML means it."""
    return bool(re.fullmatch(r"'(?:[^']|'')*'|\"(?:[^\"\\]|\\[\"\\])*\"", value))


VALUES = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=30),
    st.builds("".join, st.lists(st.sampled_from([
        "a", "b", " ", "#", ": ", "'", '"', "[", "]", "{", "}", "*", "&", "!", "|", ">", "%", "@", "`", "- ", "? ", ",",
        "\\", "“", "”", "~", "no", "007", "2026-01-02", "\\n", "=", "<<",
    ]), min_size=1, max_size=8)),
)  # fmt: skip


@given(VALUES)
def test_a_value_arrives_as_written_or_is_named_with_its_line(value: str) -> None:
    written = value.strip(" \t")
    title, problems = read(f"title: {value}\nsummary: S")
    if not written or quoted(written):
        return
    if title is None:
        assert problems[0].line == 2 or "'title' is missing" in problems[0].what
    else:
        assert " ".join(title.split()) == " ".join(written.split())


@given(VALUES)
def test_what_the_message_says_to_write_arrives_as_it_was_meant(value: str) -> None:
    written = value.strip(" \t")
    _, problems = read(f"title: {value}\nsummary: S")
    if not problems or quoted(written) or written[:1] in "'\"":
        return
    for example in re.findall(r"(?:write|or) (title: (?:\"[^\"]*\"|'(?:[^']|'')*'))", problems[0].fix):
        title, again = read(f"{example}\nsummary: S")
        assert not again
        assert title in (written, written.strip("“”„‘’‚«»「」"))


@pytest.mark.parametrize(
    ("lines", "line", "what", "fix"),
    [
        ("title: T\nsummary: Prefer # to slash", 3, "YAML takes «# to slash» for a comment", 'write summary: "Prefer # to slash"'),
        ("title: #1 of three\nsummary: S", 2, "YAML takes «#1 of three» for a comment", 'write title: "#1 of three"'),
        ("title: Long\n  words # to slash\nsummary: S", 3, "for a comment", "straight quotation marks"),
        ("title: Retries: a budget\nsummary: S", 2, "not valid YAML", 'write title: "Retries: a budget"'),
        ('title: "Retries" and more\nsummary: S', 2, "not valid YAML", "write title: '\"Retries\" and more'"),
        ("title: 'it's late'\nsummary: S", 2, "not valid YAML", 'write title: "it\'s late"'),
        ("title: @here\nsummary: S", 2, "not valid YAML", 'write title: "@here"'),
        ("title: &Fast foods\nsummary: S", 2, "YAML takes the word after «&»", 'write title: "&Fast foods"'),
        ("title: !Important news\nsummary: S", 2, "YAML takes the word after «!»", 'write title: "!Important news"'),
        ("title: *Fast\nsummary: S", 2, "YAML anchors", "quotation marks"),
        ('title: "C:\\new"\nsummary: S', 2, "YAML reads a backslash", "write title: 'C:\\new'"),
        ('title: T\nsummary: "open', 3, "a quotation mark is never closed", "close it"),
        ("title: T\ntags: [a, b\nsummary: S", 3, "not valid YAML", "close the bracket"),
        ("title: “T”\nsummary: S", 2, "the quotation marks “” around the whole value", 'write title: "T", or title: \'“T”\''),
        ("title: „T“\nsummary: S", 2, "the quotation marks „“", 'write title: "T"'),
        ("title: T\n\tsummary: S", 3, "a tab where YAML allows only spaces", "write spaces"),
        ("title: T\nsummary: S\n slug: s", 4, "not valid YAML", "in the first column"),
        ("title: T\nand more\nsummary: S", 3, "«and more» is not «key: value»", "indent it"),
        ("title：T", 2, "no «key: value» lines", "a colon and a space"),
    ],
)  # fmt: skip
def test_each_slip_is_named_with_its_line_and_how_to_write_it(lines: str, line: int, what: str, fix: str) -> None:
    _, problems = read(lines)
    assert [problem.line for problem in problems] == [line]
    assert what in problems[0].what
    assert fix in problems[0].fix


@pytest.mark.parametrize(
    "value",
    ["no", "yes", "on", "~", "007", "2026-01-02", "1e3", "C#", "a:b", "“A” and “B”", "it's", "it”", "50 % off & more"],
)
def test_what_yaml_reads_as_written_is_left_alone(value: str) -> None:
    assert read(f"title: {value}\nsummary: S") == (value, ())


def test_a_comment_behind_a_word_of_ours_is_a_comment() -> None:
    document = take_apart(
        PATH, b"---\ntitle: 'T' # the name\nstatus: ready # or draft\ntags: [a] # one\n# all\n---\nText.\n"
    )
    assert document.problems == ()
    assert document.fields == {"title": "T", "status": "ready", "tags": ["a"]}
