"""Lists in workbooks and in files of other kinds."""

from __future__ import annotations

import datetime as dt
import re
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from openpyxl import Workbook

from subscribers import (
    UNCONFIRMED,
    Reason,
    Subscribers,
    UndecidedList,
    UnreadableList,
)
from tests.list_files import bring_in, names, readers, refused, suppressed, workbook

__all__ = ["readers"]


def test_a_workbook_is_read(readers: Subscribers, tmp_path: Path) -> None:
    rows = [
        ["Our readers", None], [], ["email", "name", "created", "status"],
        ["ada@example.com", "Ada", dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.UTC).replace(tzinfo=None), "active"],
        ["bob@example.com", 7, dt.date(2024, 1, 2), "unsubscribed"], [], ["nobody", True, 1.5, "active"],
        ["eve@example.com", 2.0, None, "active"], ["kim@example.com"],
    ]  # fmt: skip
    path = workbook(tmp_path / "list.xlsx", Readers=rows)
    with pytest.raises(UndecidedList, match=r"the status is empty \(1 line\)"):
        bring_in(readers, path)
    report = bring_in(readers, path, words={"": UNCONFIRMED})
    assert (report.new, report.left, [each.line for each in report.invalid]) == (2, 1, [7, 9])
    assert names(readers) == {"ada@example.com": "Ada", "eve@example.com": "2"}
    assert report.lists[0].titles == ("Our readers",)


def test_of_several_sheets_the_one_that_is_a_list_is_read_or_asked_for(readers: Subscribers, tmp_path: Path) -> None:
    readme, one, two = [["Made by hand"]], [["email"], ["ada@example.com"]], [["email"], ["bob@example.com"]]
    report = bring_in(readers, workbook(tmp_path / "one.xlsx", Read=readme, List=one))
    assert (report.new, report.lists[0].file, report.lists[0].other_sheets) == (1, "List", ("Read",))
    path = workbook(tmp_path / "two.xlsx", Readers=one, Unsubscribed=two)
    with pytest.raises(UnreadableList, match="'Readers' and 'Unsubscribed'; say which with --sheet NAME"):
        bring_in(readers, path)
    with pytest.raises(UnreadableList, match="has no sheet 'Left'; its sheets are: 'Readers', 'Unsubscribed'"):
        bring_in(readers, path, sheet="Left")
    with pytest.raises(UndecidedList, match="'sheet Unsubscribed' suggests that its people left"):
        bring_in(readers, path, sheet="unsubscribed")
    bring_in(readers, path, sheet="Unsubscribed", all_left=Reason.UNSUBSCRIBED)
    assert suppressed(readers) == {"bob@example.com"}


def test_a_workbooks_own_name_counts_as_its_sheets_does(readers: Subscribers, tmp_path: Path) -> None:
    path = workbook(tmp_path / "Bounces.xlsx", List=[["email"], ["ada@example.com"]])
    with pytest.raises(UndecidedList, match=r"the name 'Bounces\.xlsx' suggests that its people left"):
        bring_in(readers, path)
    bring_in(readers, path, ignored=("bounces.xlsx",))
    assert set(names(readers)) == {"ada@example.com"}


def changed(path: Path, member: str, change: Callable[[bytes], bytes]) -> Path:
    """Return a copy of an archive, with one of its files changed."""
    target = path.with_name(f"changed-{path.name}")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info.filename, change(data) if info.filename == member else data)
    return target


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("member", "old", "new", "why"),
    [
        (SHEET, b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="B2:B3"/></mergeCells>', "2: has cells that are merged down to row 3"),
        (SHEET, b"<row r=\"3\"", b"<row r=\"2\"", "2: has row 2 after row 2"),
        (SHEET, b"<row r=\"3\"", b"<row r=\"2000000\"", "2: has more than 1,048,576 rows"),
        (SHEET, b"</sheetData>", b'<row r="9"><c r="A9"><f>A2</f><v></v></c></row></sheetData>', "has formulas without results"),
        (SHEET, b"</sheetData>", b'<row r="9">' + b"<c/>" * 2_000_000 + b"</row></sheetData>", "unpacks to|has a row of more than"),
        (SHEET, b"<worksheet", b"<!DOCTYPE x [<!ENTITY a 'b'>]><worksheet", "contains a definition of XML"),
        (SHEET, b"</row>", b"", "cannot be read as a workbook"),
        ("xl/styles.xml", b"</styleSheet>", b" " * (9 << 20) + b"</styleSheet>", "unpacks to 9,"),
        (SHEET, b"</sheetData>", b'<row r="9"><c r="ZZZ9"><v>1</v></c></row></sheetData>', "more than 1,048,576 rows or 1,000 columns"),
        ("xl/workbook.xml", b"<sheets>", b"<sheets", "cannot be read as a workbook"),
    ],
)  # fmt: skip
def test_a_workbook_that_would_be_read_wrongly_or_without_bounds_is_refused(
    member: str, old: bytes, new: bytes, why: str, readers: Subscribers, tmp_path: Path
) -> None:
    rows = [["email", "name"], ["ada@example.com", "Ada"], ["bob@example.com", "Bob"]]
    book = Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(tmp_path / "list.xlsx")
    assert re.search(
        why, refused(readers, changed(tmp_path / "list.xlsx", member, lambda data: data.replace(old, new, 1)))
    )


def test_a_formula_with_a_result_is_read(readers: Subscribers, tmp_path: Path) -> None:
    path = workbook(tmp_path / "list.xlsx", List=[["email", "name"], ["ada@example.com", "Ada"]])
    row = (
        b'<row r="3"><c r="A3" t="str"><f>A2</f><v>bob@example.com</v></c><c r="B3" t="str"><f>B2</f><v></v></c></row>'
    )
    bring_in(readers, changed(path, SHEET, lambda data: data.replace(b"</sheetData>", row + b"</sheetData>")))
    assert names(readers) == {"ada@example.com": "Ada", "bob@example.com": ""}


def test_without_openpyxl_a_workbook_says_what_to_install(
    readers: Subscribers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path / "list.xlsx", List=[["email"], ["ada@example.com"]])
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    assert "run pip install 'pressroom[xlsx]', or save it as CSV" in refused(readers, path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, r"old Excel file \(.xls\), or a workbook with a password; open it"),
        (b"%PDF-1.7\n", "is a PDF, not a list"),
        (b"\x1f\x8b\x08\0", "packed with gzip; unpack it"),
        (b"<html><table><tr><td>email</td></tr></table></html>", "is a web page or XML"),
        ({"mimetype": b"x", "content.xml": b"x"}, r"LibreOffice document \(.ods\); open it"),
        ({"Index/Document.iwa": b"x"}, "Numbers document; export it from Numbers"),
        ({"xl/workbook.bin": b"x"}, "binary Excel file"),
        ({"word/document.xml": b"x"}, "text document"),
        ({"notes.txt": b"x"}, "contains no list that is recognised"),
    ],
)  # fmt: skip
def test_a_file_of_another_kind_says_in_one_sentence_what_to_do(
    content: bytes | Mapping[str, bytes], why: str, readers: Subscribers, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in content.items():
                archive.writestr(name, data)
    assert re.search(why, refused(readers, path))
