"""What people mark in workbooks beside the cells, and what lies there beside the list: the import asks what it means."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from subscribers import Reason
from subscribers.adapters.workbook import _Look
from subscribers.adapters.workbook_marks import MarksFound, Struck
from subscribers.import_list import ImportOptions
from subscribers.row_marks import MOST_ROWS, Mark, RowMarks
from tests.lists import outcome

ADA, BOB, EVE = "ada@example.com", "bob@example.com", "eve@example.com"


def book(path: Path, mark: Callable[[Worksheet], object], status: str = "active") -> Path:
    """Write a list with Ada in row 3, Bob in row 4 and Eve in row 5, marked in some way."""
    made = Workbook()
    sheet = made.worksheets[0]
    sheet.title = "Readers"
    for row in (
        ["Our list"],
        ["email", "name", "status"],
        [ADA, "Ada", "active"],
        [BOB, "Bob", status],
        [EVE, "Eve", "active"],
    ):
        sheet.append(row)
    mark(sheet)
    made.save(path)
    return path


def struck_row(sheet: Worksheet) -> None:
    for cell in sheet[4]:
        cell.font = Font(strike=True)


def struck_cell(sheet: Worksheet) -> None:
    sheet["B4"].font = Font(strike=True)


def struck_word(sheet: Worksheet) -> None:
    sheet["B4"] = CellRichText("Bob ", TextBlock(InlineFont(strike=True), "Builder"))


def hidden(sheet: Worksheet) -> None:
    sheet.row_dimensions[4].hidden = True


def filtered(sheet: Worksheet) -> None:
    sheet.auto_filter.ref = "A2:C5"
    sheet.row_dimensions[4].hidden = True


def commented(sheet: Worksheet) -> None:
    sheet["A4"].comment = Comment("Kim:\nhat sich abgemeldet", "Kim")


MARKS = [
    (struck_row, "row 4 of the sheet 'Readers' is struck through", "struck-through cells"),
    (struck_cell, "row 4 of the sheet 'Readers' is struck through", "struck-through cells"),
    (struck_word, "row 4 of the sheet 'Readers' is struck through", "struck-through cells"),
    (hidden, "row 4 of the sheet 'Readers' is hidden", "hidden rows"),
    (filtered, "row 4 of the sheet 'Readers' is hidden", "hidden rows"),
    (commented, "row 4 of the sheet 'Readers' is commented on", "comments on cells"),
]


@pytest.mark.parametrize(("mark", "said", "waiver"), MARKS)
def test_a_mark_on_a_reader_is_asked_about_and_waived_by_its_kind(
    mark: Callable[[Worksheet], object], said: str, waiver: str, tmp_path: Path
) -> None:
    path = book(tmp_path / "list.xlsx", mark)
    asked = outcome(path)
    assert (asked.active, len(asked.doubts)) == (frozenset(), 1)
    assert asked.doubts[0].startswith(said)
    assert f'--ignore "{waiver}"' in asked.doubts[0]
    assert outcome(path, ImportOptions(ignored=(waiver.upper(),))).active == {ADA, BOB, EVE}
    everyone = outcome(path, ImportOptions(everyone=Reason.UNSUBSCRIBED))
    assert (everyone.doubts, set(everyone.left)) == ((), {ADA, BOB, EVE})
    told = outcome(book(tmp_path / "told.xlsx", mark, status="unsubscribed"))
    assert (told.doubts, told.active, set(told.left)) == ((), {ADA, EVE}, {BOB})


def harmless(sheet: Worksheet) -> None:
    sheet["A4"].comment = Comment("met in Vienna", "Kim")
    sheet["A1"].font = Font(strike=True)
    sheet.row_dimensions[2].hidden = True
    sheet.row_dimensions[9].hidden = True
    sheet["A9"].font = Font(strike=True)
    sheet["B4"].font = Font(bold=True)


def test_marks_that_say_nothing_of_a_reader_are_not_asked_about(tmp_path: Path) -> None:
    assert outcome(book(tmp_path / "list.xlsx", harmless)).active == {ADA, BOB, EVE}


def test_a_rule_that_strikes_through_and_a_comment_on_the_heading_are_asked_about(tmp_path: Path) -> None:
    def rule(sheet: Worksheet) -> None:
        sheet.conditional_formatting.add("A3:C5", FormulaRule(formula=["$B3=1"], font=Font(strike=True)))
        sheet["A2"].comment = Comment("everybody here has unsubscribed", "Kim")

    [first, second] = outcome(book(tmp_path / "list.xlsx", rule)).doubts
    assert first.startswith("the sheet 'Readers' has a rule that strikes cells through")
    assert second.startswith("a comment at the top of the sheet 'Readers'")


def test_a_row_that_cannot_be_used_keeps_its_mark_from_the_file_of_rejects(tmp_path: Path) -> None:
    def wrong(sheet: Worksheet) -> None:
        sheet["A4"] = "bob at example.com"
        hidden(sheet)

    assert "row 4" in outcome(book(tmp_path / "list.xlsx", wrong)).doubts[0]


def test_hidden_columns_are_read_and_said(tmp_path: Path) -> None:
    def mark(sheet: Worksheet) -> None:
        sheet.column_dimensions["B"].hidden = True

    assert outcome(book(tmp_path / "list.xlsx", mark)).remarks == ("hidden in the workbook, and read: name",)


def test_a_hidden_sheet_is_read_only_if_it_is_named(tmp_path: Path) -> None:
    path = book(
        tmp_path / "list.xlsx", lambda sheet: setattr(sheet, "sheet_state", "hidden") or sheet.parent.create_sheet("x")
    )
    [said] = outcome(path).doubts
    assert said.startswith("the sheet 'Readers', the only one that is a list, is hidden")
    assert outcome(path, ImportOptions(sheet="Readers")).active == {ADA, BOB, EVE}


@pytest.mark.parametrize(
    ("title", "rows", "why"),
    [
        ("Unsubscribed", [["Name"], ["Bob"]], "its name suggests that its people left"),
        ("Ausgetreten", [["email"], [BOB]], "its name suggests that its people left"),
        ("Board", [["Who", "Mail"], ["Bob", BOB]], "it has an address in row 2"),
        ("Notes", [["Kim"], ["unsubscribe Bob"]], "'unsubscribe Bob' in row 2 may say who left"),
        ("Sums", [["=1+1"]], "it has formulas without results"),
    ],
)  # fmt: skip
def test_a_sheet_that_is_not_read_and_may_say_who_left_stops_the_import(
    title: str, rows: list[list[str]], why: str, tmp_path: Path
) -> None:
    def more(sheet: Worksheet) -> None:
        other = sheet.parent.create_sheet(title)
        for row in rows:
            other.append(row)

    path = book(tmp_path / "list.xlsx", more)
    [said] = outcome(path, ImportOptions(sheet="Readers")).doubts
    assert said.startswith(f"the sheet '{title}' is not read, but {why}")
    waiver = f"sheet {title}"
    assert f'--ignore "{waiver}"' in said
    assert outcome(path, ImportOptions(sheet="Readers", ignored=(waiver,))).active == {ADA, BOB, EVE}
    assert outcome(path, ImportOptions(sheet="Readers", everyone=Reason.UNSUBSCRIBED)).doubts == ()


def test_a_waived_sheet_waives_no_column_of_the_same_name(tmp_path: Path) -> None:
    def more(sheet: Worksheet) -> None:
        sheet["C2"] = "Unsubscribed"
        sheet.parent.create_sheet("Unsubscribed").append(["Bob"])

    path = book(tmp_path / "list.xlsx", more)
    [said] = outcome(path, ImportOptions(ignored=("sheet Unsubscribed",))).doubts
    assert "the column 'Unsubscribed'" in said


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_marks_are_found_wherever_the_xml_is_cut_and_however_it_is_written(prefix: str) -> None:
    ways = ("", ' ht="0" customHeight="1"', ' hidden="1"', " hidden='true'", ' hidden="0" ht="15"')
    text = "<worksheet><cols><col hidden='1' min='2' max='3'/></cols><sheetData>" + "".join(
        f'<row r="{row}"{ways[row % 5]}><c r="A{row}" t="s" s="{row % 7}"><v>{row % 11}</v></c><c r="B{row}" s="1"/>{"<is/>" * (row % 13)}</row>'
        for row in range(1, 12_001)
    )
    marks = MarksFound(Struck(frozenset({1}), frozenset(), frozenset({4})))
    look = _Look(Path("list.xlsx"), marks)
    look.through(io.BytesIO(re.sub("<(?=[a-z])", f"<{prefix}", text).encode()))
    assert look.rows == 12_000
    assert marks.hidden_columns == [range(1, 3)]
    for row in range(1, 12_001):
        marks.rows.note(row)
    hidden, struck = (each.partition(" of the sheet")[0] for each in marks.rows.doubts("L", 0))
    assert hidden == "rows 1, 2, 3, 6, 7 and 7,195 more"
    count = sum(row % 7 == 1 or row % 11 == 4 for row in range(1, 12_001))
    assert struck == f"rows 1, 4, 8, 15, 22 and {count - 5:,} more"


def test_a_conversation_counts_as_it_was_written_and_not_with_the_notice_of_the_program(tmp_path: Path) -> None:
    folder, links = "xl/worksheets/sheet1.xml", "xl/worksheets/_rels/sheet1.xml.rels"
    notice = "[Threaded comment] Your version of Excel … edits to it will get removed … Comment: "
    with zipfile.ZipFile(tmp_path / "list.xlsx", "w") as archive:
        archive.writestr(
            links,
            '<Relationships><Relationship Id="a" Type="http://x/comments" Target="../comments1.xml"/>'
            '<Relationship Id="b" Type="http://x/threadedComment" Target="/xl/threads/1.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/comments1.xml",
            "".join(
                f'<comment ref="A{row}" authorId="0"><text><t>{notice}{text}</t></text></comment>'
                for row, text in ((3, "hello"), (4, "cancelled &amp; gone"))
            ),
        )
        archive.writestr(
            "xl/threads/1.xml",
            '<threadedComment ref="A3" id="x"><text>hello</text></threadedComment>'
            '<threadedComment ref="A4" id="y"><text>cancelled &amp; gone</text></threadedComment>',
        )
    found = MarksFound(Struck(frozenset(), frozenset(), frozenset()))
    with zipfile.ZipFile(tmp_path / "list.xlsx") as archive:
        found.comments(archive, folder)
    for row in (3, 4):
        found.rows.note(row)
    [said] = found.rows.doubts("Readers", 2)
    assert said.startswith("row 4 of the sheet 'Readers' is commented on")


def test_many_marks_are_counted_and_the_first_are_named() -> None:
    marks = RowMarks()
    for row in range(2, 20_000, 2):
        marks.add(row, Mark.HIDDEN | Mark.STRUCK)
    marks.add(MOST_ROWS * 10_000, Mark.COMMENT)
    for row in range(2, 20_001):
        marks.note(row)
    said = list(marks.doubts("L", 1))
    assert [each.partition(";")[0] for each in said] == [
        "rows 2, 4, 6, 8, 10 and 9,994 more of the sheet 'L' are hidden, perhaps by a filter",
        "rows 2, 4, 6, 8, 10 and 9,994 more of the sheet 'L' are struck through, wholly or in part",
    ]
    assert list(marks.doubts("L", 1, {"hidden rows", "struck-through cells"})) == []
