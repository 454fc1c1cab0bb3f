"""An issue's file is its only copy: a written issue is read back unchanged, and an edit changes nothing else."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.content.issue_file import compose, read_issue, with_drafts, with_field, without_sections
from publisher.errors import ContentError
from publisher.issue import DraftNote, IsoWeek, Section

PATH = Path("content/issues/0011.md")
FIELDS: dict[str, object] = {
    "number": 11, "week": "2026-W48", "date": dt.date(2026, 11, 26), "title": "Golden sets", "preheader": "How many?",
    "pieces": {"concept": "concepts/golden.md"}, "drafted": ("archive",),
}  # fmt: skip
TEXT = """\
---
number: 11
week: 2026-W48
date: 2026-11-26
# the editors' own remark
title: "Golden: sets"
preheader: How many?
draft:
  writer: old

# what stands above belongs to title
drafted: [archive]
---

The lead.

## One {#concept}

Text.

```
## no heading {#code}
```

## Archive {#archive}

Old words.

## Last {#question}

Why?
"""


def problems(text: str, path: Path = PATH) -> list[str]:
    with pytest.raises(ContentError) as raised:
        read_issue(path, text.encode())
    return [str(problem) for problem in raised.value.problems]


def test_an_issue_has_everything_that_its_file_says() -> None:
    issue = read_issue(PATH, TEXT.encode())
    assert (issue.number, issue.week, issue.date) == (11, IsoWeek(2026, 48), dt.date(2026, 11, 26))
    assert (issue.title, issue.lead, issue.published) == ("Golden: sets", "The lead.", None)
    assert [(s.id, s.title, s.line) for s in issue.sections] == [
        ("concept", "One", 17), ("archive", "Archive", 25), ("question", "Last", 29),
    ]  # fmt: skip
    assert issue.draft == DraftNote("old")
    assert issue.source == TEXT.encode()


LINES = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1).map(str.strip).filter(bool)
PROSE = st.lists(
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1).filter(lambda t: t.strip() and t[0] not in "#`~ \t"),
    min_size=1, max_size=4,
).map(lambda lines: "\n\n".join(line.rstrip() for line in lines if line.rstrip()) + "\n")  # fmt: skip


@given(LINES, LINES, PROSE, PROSE)
def test_what_is_composed_is_read_back(title: str, heading: str, lead: str, body: str) -> None:
    fields = FIELDS | {"title": title[:300]}
    sections = [Section("concept", heading, body), Section("archive", "From the archive", "")]
    issue = read_issue(PATH, compose(fields, lead, sections).encode())
    assert issue.title == title[:300].strip()
    assert (issue.pieces, issue.drafted) == (FIELDS["pieces"], FIELDS["drafted"])
    assert issue.lead == lead.strip("\n")
    assert [(s.id, s.body.strip("\n")) for s in issue.sections] == [("concept", body.strip("\n")), ("archive", "")]


def test_a_field_is_replaced_and_every_other_line_stays() -> None:
    changed = with_field(PATH, TEXT.encode(), "draft", {"writer": "new", "tokens": 3})
    assert changed == TEXT.replace("  writer: old\n", "  writer: new\n  tokens: 3\n")


def test_a_new_field_becomes_the_last_one() -> None:
    changed = with_field(PATH, TEXT.encode(), "published", dt.date(2026, 11, 26))
    assert changed == TEXT.replace("drafted: [archive]\n", "drafted: [archive]\npublished: 2026-11-26\n")


@pytest.mark.parametrize(
    "old",
    [
        "draft: {writer: old,\n  tokens: 1\n  }\n",
        "'draft':\n  writer: old\n",
        "draft:\n  passages:\n  - a\n  writer: b\n",
    ],
)
def test_a_field_is_replaced_however_it_was_written(old: str) -> None:
    text = TEXT.replace("draft:\n  writer: old\n", old)
    assert text != TEXT
    assert read_issue(PATH, text.encode()).draft
    assert with_field(PATH, text.encode(), "draft", {"writer": "old"}) == TEXT


@given(st.sampled_from(["archive", "concept", "question"]), PROSE)
def test_drafting_changes_its_section_and_its_note_and_nothing_else(section: str, body: str) -> None:
    before = read_issue(PATH, TEXT.encode())
    text = with_drafts(PATH, TEXT.encode(), {section: body}, [DraftNote("extractive", passages=("0001-a-1",))])
    after = read_issue(PATH, text.encode())
    assert after.draft == DraftNote("extractive", passages=("0001-a-1",))
    assert after.lead == before.lead
    for old, new in zip(before.sections, after.sections, strict=True):
        assert (new.id, new.title) == (old.id, old.title)
        assert new.body.strip("\n") == (body if new.id == section else old.body).strip("\n")
    assert "# the editors' own remark" in text


def test_drafting_twice_gives_the_same_file() -> None:
    once = with_drafts(PATH, TEXT.encode(), {"archive": "New."}, [DraftNote("x")])
    assert with_drafts(PATH, once.encode(), {"archive": "New."}, [DraftNote("x")]) == once


def test_a_file_with_other_line_ends_keeps_them() -> None:
    windows = TEXT.replace("\n", "\r\n").encode()
    drafted = with_drafts(PATH, windows, {"archive": "New.\nWords."}, [DraftNote("x")])
    assert drafted.count("\n") == drafted.count("\r\n")
    stamped = with_field(PATH, drafted.encode(), "published", dt.date(2026, 11, 26))
    assert stamped.count("\n") == stamped.count("\r\n")
    assert stamped.replace("\r\n", "\n") == with_field(
        PATH, drafted.replace("\r\n", "\n").encode(), "published", dt.date(2026, 11, 26)
    )


def test_a_section_that_is_gone_cannot_be_drafted() -> None:
    with pytest.raises(ContentError, match="no section 'nothing'"):
        with_drafts(PATH, TEXT.encode(), {"nothing": "New."}, [DraftNote("x")])


def test_file_name_number_week_and_date_must_agree() -> None:
    found = problems(TEXT.replace("2026-11-26", "2026-11-30"), Path("content/issues/0012.md"))
    assert found[0].startswith("content/issues/0012.md:2: number is 11, but the file is named 0012.md")
    assert "0012.md:4: 2026-11-30 is not in 2026-W48 (2026-11-23 to 2026-11-29)" in found[1]


def test_headings_that_are_not_sections_are_reported() -> None:
    found = problems(TEXT + "\n# Title\n\n## No id\n\n## Again {#concept}\n\n```\nopen\n")
    assert [problem.partition("; ")[0].partition(": ")[2] for problem in found] == [
        "a code fence that is never closed", "a heading of level 1", "the section «No id» has no id", "a second section 'concept'",
    ]  # fmt: skip


def test_a_week_at_the_end_of_the_calendar_is_a_problem_and_not_a_crash() -> None:
    assert "is not between" in problems(TEXT.replace("2026-W48", "9999-W52"))[0]


def test_an_issue_without_sections_is_read_as_a_lead() -> None:
    head = "---\nnumber: 3\nweek: 2024-W22\ndate: 2024-05-29\ntitle: A\npreheader: B\n---\n\nOnly a lead.\n"
    found = read_issue(Path("content/issues/0003.md"), head.encode())
    assert (found.lead, found.sections) == ("Only a lead.", ())


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_section_that_is_left_out_takes_nothing_else_with_it(newline: str) -> None:
    text = compose(FIELDS, "The lead.", [Section(id_, id_.title(), body) for id_, body in (("concept", "Text.\n"), ("archive", ""), ("question", "Why?\n"))])  # fmt: skip
    before = text.replace("\n", newline).encode()
    after = without_sections(PATH, before, {"archive": "too little"})
    issue = read_issue(PATH, after.encode())
    assert [(one.id, one.body) for one in issue.sections] == [("concept", "Text.\n"), ("question", "Why?\n")]
    assert (issue.lead, issue.drafted, issue.left_out) == ("The lead.", (), {"archive": "too little"})
    assert after.count("\r\n") == (after.count("\n") if newline == "\r\n" else 0)
