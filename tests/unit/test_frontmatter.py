"""Front matter is read with the line of every key, and every problem is reported at its line."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.content.fields import IssueFields, PieceFields
from publisher.content.frontmatter import MAX_FILE, MAX_FRONT_MATTER, decode, dump, legible, read, take_apart, validate
from publisher.errors import ContentError, Problem

PATH = Path("content/concepts/a.md")
GOOD = "title: A\nsummary: B\nadded: 2026-11-26\n"


def problems(data: bytes | str) -> tuple[Problem, ...]:
    try:
        fields, found = validate(take_apart(PATH, data.encode() if isinstance(data, str) else data), PieceFields)
    except ContentError as error:
        return error.problems
    assert fields is None
    return found


def matter(lines: str) -> str:
    return f"---\n{lines}---\nText.\n"


def test_keys_lines_and_body_are_where_the_file_has_them() -> None:
    document = read(PATH, b"---\ntitle: A\ntags:\n  - one\n  - two\n---\n\nText.\n\n\n")
    assert document.fields == {"title": "A", "tags": ["one", "two"]}
    assert document.lines == {("title",): 2, ("tags",): 3, ("tags", 0): 4, ("tags", 1): 5}
    assert (document.body, document.body_line) == ("\nText.\n", 7)


def test_a_byte_order_mark_and_other_line_ends_make_no_difference() -> None:
    text = matter(GOOD)
    plain = read(PATH, text.encode())
    for end in ("\r\n", "\r"):
        assert read(PATH, b"\xef\xbb\xbf" + text.replace("\n", end).encode()) == plain


def test_values_stay_the_text_that_the_editor_wrote() -> None:
    fields = read(PATH, matter("title: no\nsummary: 1e3\nother: 012\nlast: ~\n").encode()).fields
    assert fields == {"title": "no", "summary": "1e3", "other": "012", "last": "~"}


def test_a_key_without_a_value_counts_as_not_given() -> None:
    assert read(PATH, matter("title:\nsummary: ''\n").encode()).fields == {"summary": ""}


@pytest.mark.parametrize(
    ("data", "line", "what"),
    [
        (b"Text.\n", 1, "no front matter"),
        (b"", 1, "no front matter"),
        (b"---\ntitle: A\n", 1, "does not end"),
        (b"---\ntitle: a: b\n---\n", 2, "not valid YAML"),
        (b"---\ntitle: A\nsummary: 'x\n---\n", 3, "not valid YAML"),
        (b"---\n- a\n---\n", 2, "no «key: value» lines"),
        (b"---\ntitle: A\ntitle: B\n---\n", 3, "'title' is there twice"),
        (b"---\ntags: &a [x]\nsummary: *a\n---\n", 3, "anchors are not used"),
        (b"---\ntitle: Caf\xe9\n---\n", 2, "byte 0xe9 is not UTF-8"),
        (b"---\ntitle: A\n---\nText\0\n", 4, "a NUL character"),
        (b"---\ntitle: \x07\n---\n", 2, "a control character, U+0007"),
        (b"---\ntitle: A\n---\nText \x08\n", 4, "a control character, U+0008"),
        (b"---\ntitle: A\n---\n\xef\xbf\xbf\n", 4, "an invalid character, U+FFFF"),
        (b'---\ntitle: A\nsummary: "\\uD800"\n---\n', 3, "invalid Unicode character"),
        (b'---\ntags:\n  - "\\uFFFF"\n---\n', 3, "an invalid character, U+FFFF"),
        (b"---\ntitle: A\n---\n\n## PRESSROOMFIELDaddressDLEIF\n", 5, "the reserved word 'PRESSROOMFIELDaddressDLEIF'"),
        (b'---\ntitle: A\nsummary: "PRESSROOM\\x46IELDaddressDLEIF"\n---\n', 3, "the reserved word"),
        (b"---\nx: " + b"[" * 30_000 + b"]" * 30_000 + b"\n---\n", 2, "nested too deep"),
        (b"---\n" + b"x: " + b"y" * MAX_FRONT_MATTER + b"\n---\n", 1, "the front matter has more than 64,000 bytes"),
    ],
)
def test_text_that_is_not_front_matter_is_reported_at_its_line(data: bytes, line: int, what: str) -> None:
    (problem,) = problems(data)
    assert (problem.path, problem.line) == (PATH, line)
    assert what in problem.what
    assert problem.fix


def test_a_huge_file_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(ContentError, match="10,000,000 bytes, more than 1,000,000"):
        decode(PATH, b"\xff" * 10 * MAX_FILE)


def test_all_wrong_keys_are_reported_at_once_each_at_its_line() -> None:
    found = problems(matter("titel: A\nadded: 2026-02-30\nweek: 2025-W53\nstatus: redy\ntags: [Not A Slug]\n"))
    said = {problem.line: str(problem) for problem in found}
    assert "unknown key 'titel'; did you mean 'title'?" in said[2]
    assert "'2026-02-30' is not a date such as 2026-11-26" in said[3]
    assert "week 2025-W53 does not exist: 2025 has weeks W01 to W52" in said[4]
    assert "'status'" in said[5]
    assert "'tags.0'" in said[6]
    assert {p.what for p in found if "missing" in p.what} == {"'title' is missing", "'summary' is missing"}


@pytest.mark.parametrize(
    "date", ["20261126", "2026-W48-4", "2026-11-6", "26.11.2026", "2026-13-01", "2026-11-26T08:00"]
)
def test_a_date_has_only_one_format(date: str) -> None:
    (problem,) = problems(matter(f"title: A\nsummary: B\nadded: '{date}'\n"))
    assert "is not a date such as 2026-11-26" in problem.what


@pytest.mark.parametrize("title", ["'  '", '"a\\nb"', '"a\\u2028b"', '"a\\eb"', '"a\\0b"'])
def test_a_title_is_one_line_of_visible_text(title: str) -> None:
    (problem,) = problems(matter(f"title: {title}\nsummary: B\nadded: 2026-11-26\n"))
    assert problem.line == 2


def test_a_nested_unknown_key_gets_the_nearest_key_of_its_table() -> None:
    text = "number: 1\nweek: 2026-W48\ndate: 2026-11-26\ntitle: A\npreheader: B\ndraft:\n  writer: x\n  tokns: 3\n"
    fields, (problem,) = validate(read(PATH, matter(text).encode()), IssueFields)
    assert fields is None
    assert str(problem).endswith("a.md:9: unknown key 'draft.tokns'; did you mean 'tokens'?")


@pytest.mark.parametrize("broken", ["title: a: b\n", "titel: A\n", GOOD])
def test_the_text_of_a_file_is_legible_whatever_its_front_matter_says(broken: str) -> None:
    text = legible(PATH, matter(broken).encode())
    assert text is not None
    assert (text.path, text.line, text.body) == (PATH, 3 + broken.count("\n"), "Text.\n")


def test_an_unclosed_fence_may_hold_code_up_to_the_next_section() -> None:
    body = "One.\n\n```sql\nSELECT ![](x.png)\n\n## Two {#two}\n\nThree.\n\n~~~\nfour\n"
    text = legible(PATH, f"---\n---\n{body}".encode())
    assert text is not None
    assert text.body.split("\n") == ["One.", "", "", "", "", "## Two {#two}", "", "Three.", "", "", "", ""]


def test_bytes_that_are_not_text_have_no_legible_text() -> None:
    assert legible(PATH, b"---\n---\n\xff") is None
    assert legible(PATH, b"---\ntitle: A\n") is None


SCALARS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029\ufeff\ufffe\uffff")
).filter(bool)


@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), SCALARS | st.lists(SCALARS, min_size=1), min_size=1)
)
def test_read_returns_what_dump_wrote(fields: dict[str, object]) -> None:
    assert read(PATH, f"---\n{dump(fields)}---\n".encode()).fields == fields


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"---\n{text}\n---\n".encode()))
def test_any_bytes_are_read_or_raise_a_content_error(data: bytes) -> None:
    with contextlib.suppress(ContentError):
        validate(take_apart(PATH, data), PieceFields)
    legible(PATH, data)
