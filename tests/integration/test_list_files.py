"""Files of readers as people have them: encodings, delimiters, title lines, workbooks, broken quotation marks."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from publisher.adapters.database import migrate
from subscribers import (
    UNCONFIRMED,
    Column,
    ImportReport,
    Keyring,
    Reason,
    State,
    Subscribers,
    UndecidedList,
    UnreadableList,
)
from subscribers.adapters.import_file import open_import_file
from subscribers.database import open_engine
from subscribers.import_list import ImportOptions, Invalid
from subscribers.import_row import ImportRow
from tests.long import some
from tests.readers import NOW, SECRET, WORDING, Mailbox

LISTS = Path(__file__).parents[1] / "data" / "lists"
Write = Callable[[str | bytes], Path]


@pytest.fixture
def readers(tmp_path: Path) -> Iterator[Subscribers]:
    engine = open_engine(f"sqlite:///{tmp_path}/x.db")
    migrate(engine)
    yield Subscribers(engine, Keyring(SECRET), Mailbox())
    engine.dispose()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(content: str | bytes, name: str = "list.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


def bring_in(readers: Subscribers, path: Path, **how: Any) -> ImportReport:
    with readers.lists.open_import(path, wording=WORDING, now=NOW, **how) as ready:
        return ready.carry_out()


def names(readers: Subscribers) -> dict[str, str]:
    return {reader.canonical: reader.name for reader in readers.queries.find(state=State.ACTIVE, limit=1_000)}


def suppressed(readers: Subscribers) -> set[str]:
    return {line.partition(",")[0] for line in readers.lists.export_suppressions_csv()} - {"email"}


def refused(readers: Subscribers, path: Path, **how: Any) -> str:
    with pytest.raises(UnreadableList) as raised:
        bring_in(readers, path, **how)
    assert (readers.queries.find(), suppressed(readers)) == ([], set()), "nothing was imported"
    return f"{raised.value.line}: {raised.value.why}"


# Encodings


@pytest.mark.parametrize(("name", "encoding"), [("utf16le.csv", "utf-16"), ("cp1252.csv", "cp1252")])
def test_an_encoding_is_found_and_said(name: str, encoding: str, readers: Subscribers) -> None:
    report = bring_in(readers, LISTS / name)
    assert (report.new, report.lists[0].encoding) == (1, encoding)
    assert names(readers) == ({"j1@example.com": "Jörg"} if "16" in name else {"j4@example.com": "“Ada” – L"})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1", "mac-roman", "cp850", "cp1250"])  # fmt: skip
def test_a_german_list_is_read_in_the_encodings_of_all_machines(
    encoding: str, readers: Subscribers, write: Write
) -> None:
    people = {f"r{place}@example.com": name for place, name in enumerate(("Jörg", "Käthe", "Müller", "Weiß", "Ölpe"))}
    text = "".join(f"{address};{name}\r\n" for address, name in people.items())
    bring_in(readers, write(f"email;name\r\n{text}".encode(encoding)))
    assert names(readers) == people


def test_what_cannot_be_known_is_asked_for_with_both_readings(readers: Subscribers, write: Write) -> None:
    path = write("email,name\nada@example.com,Ada\nz@example.com,Peña\n".encode("cp1252"))
    said = refused(readers, path)
    assert said == (
        "3: is not UTF-8, and may read 'Peña' in cp1252, 'Peńa' in cp1250; say which it is, for example --encoding cp1252"
    )
    bring_in(readers, path, encoding="Windows-1250")
    assert names(readers)["z@example.com"] == "Peńa"


def test_a_byte_that_does_not_fit_is_named_with_its_line_however_late_it_comes(
    readers: Subscribers, write: Write
) -> None:
    rows = "".join(f"r{number}@example.com,Jörg\n" for number in range(100_000))
    utf8 = write(f"email,name\n{rows}".encode() + b"z@example.com,J\xf6rg\n")
    assert refused(readers, utf8) == (
        "100002: is not UTF-8 (invalid start byte), but most of the file is; fix the line, or say --encoding NAME"
    )
    cp1252 = write(f"email,name\n{rows}".encode("cp1252") + b"z@example.com,J\x81rg\n")
    said = refused(readers, cp1252)
    assert said.startswith(
        "100002: is not cp1252 (character maps to <undefined>); say what the file is with --encoding"
    )
    last = write("email,name\nada@example.com,José".encode("cp1252"))
    assert refused(readers, last).startswith("2: is not UTF-8, and may read 'José' in cp1252, 'Jos")
    cut = write(f"email,name\n{rows}".encode("utf-16")[:-1])
    assert refused(readers, cut).startswith("100001: is not utf-16 (truncated data)")


def test_an_encoding_that_was_named_is_held_to(readers: Subscribers, write: Write) -> None:
    path = write("email,name\nada@example.com,Jörg\n".encode())
    assert refused(readers, path, encoding="ascii").startswith("2: is not ascii (ordinal not in range(128))")
    assert "'Klingon', which is no encoding" in refused(readers, path, encoding="Klingon")
    assert "'base64', which is no encoding" in refused(readers, path, encoding="base64")
    bring_in(readers, path, encoding="UTF8")
    assert names(readers) == {"ada@example.com": "Jörg"}


# The line that names the columns


def test_title_lines_are_passed_over_and_said(readers: Subscribers, write: Write) -> None:
    assert bring_in(readers, LISTS / "preamble.csv").lists[0].titles == ("My list export 2026",)
    report = bring_in(readers, write("Club\n\nMembers, and friends;2026\n;;\nemail;name\nada@example.com;Ada\nx;Eve\n"))
    assert report.lists[0].titles == ("Club", "Members, and friends;2026")
    assert [invalid.line for invalid in report.invalid] == [7]
    assert set(names(readers)) == {"w3@example.com", "ada@example.com"}


def test_a_title_that_is_the_name_of_a_column_is_a_title(readers: Subscribers, write: Write) -> None:
    report = bring_in(readers, write("Email\n\nname;email\nAda;ada@example.com\n"))
    assert (report.lists[0].titles, names(readers)) == (("Email",), {"ada@example.com": "Ada"})


def test_a_title_that_speaks_of_leaving_stops_a_list_that_does_not(readers: Subscribers, write: Write) -> None:
    path = write("Unsubscribed, May 2026\nemail;name\nada@example.com;Ada\n")
    with pytest.raises(
        UndecidedList, match="the line 'Unsubscribed, May 2026' above the names of the columns suggests"
    ):
        bring_in(readers, path)
    assert readers.queries.find() == []
    bring_in(readers, path, all_left=Reason.UNSUBSCRIBED)
    assert suppressed(readers) == {"ada@example.com"}
    other = write("Unsubscribed, May 2026\nemail;name\neve@example.com;Eve\n")
    bring_in(readers, other, ignored=("Unsubscribed, May 2026",))
    assert names(readers) == {"eve@example.com": "Eve"}


def test_a_reader_above_the_line_that_names_the_columns_is_not_lost(readers: Subscribers, write: Write) -> None:
    path = write("ada@example.com,unsubscribed\nemail,status\nbob@example.com,active\n")
    assert refused(readers, path) == (
        "1: holds an address, but the line that names the columns is line 2; move that to the top"
    )


def test_a_list_of_addresses_without_a_header_is_read_and_said(readers: Subscribers, write: Write) -> None:
    report = bring_in(readers, write("\nada@example.com\n\nBob <bob@example.com>\nnobody\n"))
    assert (report.new, report.lists[0].nameless, [each.line for each in report.invalid]) == (2, True, [5])
    assert set(names(readers)) == {"ada@example.com", "bob@example.com"}


def test_several_columns_without_a_header_say_what_to_write(readers: Subscribers, write: Write) -> None:
    path = write("Ada;ada@example.com;unsubscribed\n")
    assert refused(readers, path) == (
        "1: holds an address, but no line above it names the columns; write one there, for example name;email;column3"
    )


def test_the_columns_of_a_title_line_are_not_those_that_are_asked_for(readers: Subscribers, write: Write) -> None:
    path = write("Export of 2026\nAdresse;Nom\nada@example.com;Ada\n")
    said = refused(readers, path, columns={Column.ADDRESS: ("Adress",)})
    assert said == "2: there is no column 'Adress'; the columns are: Adresse, Nom"
    bring_in(readers, path, columns={Column.ADDRESS: ("Adresse",)}, ignored=("Nom",))
    assert set(names(readers)) == {"ada@example.com"}


def test_the_names_of_columns_may_have_line_breaks(readers: Subscribers, write: Write) -> None:
    path = write('"E-mail\naddress","Full\nname"\nada@example.com,Ada\nx,Eve\n')
    assert [each.line for each in bring_in(readers, path).invalid] == [5]
    assert names(readers) == {"ada@example.com": "Ada"}


@pytest.mark.parametrize("separator", [";", ",", "|", "\t", "^", "#"])
def test_the_delimiter_that_a_spreadsheet_names_is_the_one(separator: str, readers: Subscribers, write: Write) -> None:
    path = write(f"sep={separator}\nemail{separator}name\nada@example.com{separator}Ada\nx{separator}Eve\n")
    assert [each.line for each in bring_in(readers, path).invalid] == [4]
    assert names(readers) == {"ada@example.com": "Ada"}


def test_what_is_not_read_is_said_with_the_reason(readers: Subscribers, write: Write) -> None:
    rows = "".join(f"r{number}@example.com,town {number},k{number % 2}\n" for number in range(9))
    report = bring_in(readers, write("email,town,plan\n" + rows), ignored=("Plan",))
    assert report.lists[0].unread == {"town": "none of the known words for leaving is in it", "plan": "you ignore it"}


# Quotation marks


def test_a_mark_that_is_not_closed_is_named_and_no_line_after_it_is_lost(readers: Subscribers) -> None:
    report = bring_in(readers, LISTS / "unclosed_quote2.csv")
    assert [(each.line, each.why[:45]) for each in report.invalid] == [
        (2, "has a quotation mark that is not closed, or t"),
        (3, "may be part of the quotation that line 2 open"),
    ]
    assert (names(readers), suppressed(readers)) == ({}, {"l2@example.com"})


@pytest.mark.parametrize(
    ("text", "active", "left"),
    [
        ('k@example.com,"Ada,active\nl@example.com,Bob,unsubscribed\nm@example.com,"Eve",active\nn@example.com,,active\n', "n", "l"),
        ('k@example.com,"Ada,unsubscribed', "", "k"),
        ('k@example.com,Ada,active\nl@example.com,"Bob,active', "k", ""),
        ('k@example.com,"Ada,active\nl@example.com,5",active\nm@example.com,Eve,unsubscribed\n', "", "m"),
        ('k@example.com,"Ada\nl@example.com,5",unsubscribed\nm@example.com,Eve,active\n', "m", "l"),
        ('l@example.com,"bob@example.com\n",active\n', "l", ""),
        ('k@example.com,"Ada,unsubscribed\nl@example.com,5",unsubscribed\n', "", "kl"),
        ('k@example.com,"see ""x\nbob@example.com\n" y,active\nl@example.com,Eve,active\n', "l", ""),
    ],
)  # fmt: skip
def test_of_lines_within_a_broken_quotation_only_leavings_count(
    text: str, active: str, left: str, readers: Subscribers, write: Write
) -> None:
    bring_in(readers, write(f"email,name,status\n{text}"))
    assert set(names(readers)) == {f"{name}@example.com" for name in active}
    assert suppressed(readers) == {f"{name}@example.com" for name in left}


def test_a_mark_that_swallows_a_long_list_ends_nothing_but_a_part_of_it(readers: Subscribers, write: Write) -> None:
    rows = "".join(f"r{number}@example.com,Reader {number},active\n" for number in range(5_000))
    report = bring_in(
        readers, write(f'email,name,status\nk@example.com,"Ada,active\n{rows}z@example.com,,unsubscribed\n')
    )
    assert suppressed(readers) == {"z@example.com"}
    assert report.new + report.invalid_count == 5_001


def test_a_file_whose_every_line_is_broken_does_not_fill_the_memory(readers: Subscribers, write: Write) -> None:
    rows = "".join(f'r{number}@example.com,"Ada" L,active\n' for number in range(20_001))
    said = refused(readers, write(f"email,name,status\n{rows}"))
    assert said == "20002: is one of more than 20,000 lines with broken quotation marks; is this CSV?"


@pytest.mark.parametrize("name", ["list.csv", "list.xlsx"])
def test_an_error_of_whoever_reads_a_list_is_not_taken_for_the_lists(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name.endswith("csv"):
        path.write_text("email\nada@example.com\n")
    else:
        workbook(path, List=[["email"], ["ada@example.com"]])
    for error in (OSError("the disk is full"), RuntimeError("a bug"), ValueError("another")):
        with pytest.raises(type(error), match=str(error)), open_import_file(path):
            raise error


@settings(max_examples=some(200), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.sampled_from(["Ada", '"Bob, B"', '"two\nlines"', '5"', '""', '"Eve"']), st.booleans()), min_size=1, max_size=12),
    row=st.integers(0, 11),
    cell=st.integers(0, 2),
)  # fmt: skip
def test_wherever_a_mark_is_too_many_nobody_who_left_is_active_and_every_line_is_accounted_for(
    rows: list[tuple[str, bool]], row: int, cell: int, tmp_path: Path
) -> None:
    text, lines = "email,name,status\n", []
    for number, (name, left) in enumerate(rows):
        cells = [f"r{number}@example.com", name, "unsubscribed" if left else "active"]
        if number == row % len(rows):
            cells[cell] = f'"{cells[cell]}'
        lines.append(text.count("\n") + 1)
        text += ",".join(cells) + "\n"
    path = tmp_path / "list.csv"
    path.write_text(text)
    found, invalid = read(path)
    for number, (_, left) in enumerate(rows):
        taken = found.get(f"r{number}@example.com")
        assert lines[number] in invalid if taken is None else not left or taken.leaving is not None, text


def read(path: Path, **how: Any) -> tuple[dict[str, ImportRow], set[int]]:
    with open_import_file(path, ImportOptions(**how)) as file:
        lines = list(file.read(NOW))
    rows = {line.address.canonical: line for line in lines if isinstance(line, ImportRow)}
    return rows, {line.line for line in lines if isinstance(line, Invalid)}


# Workbooks


Rows = Sequence[Sequence[object]]


def workbook(path: Path, **sheets: Rows) -> Path:
    book = Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


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


def test_options_that_would_do_nothing_are_refused(readers: Subscribers, write: Write, tmp_path: Path) -> None:
    assert "leave out --sheet" in refused(readers, write("email\n"), sheet="List")
    path = workbook(tmp_path / "list.xlsx", List=[["email"], ["ada@example.com"]])
    assert "leave out --encoding" in refused(readers, path, encoding="cp1252")


PROGRAM = """
import resource, sys
from pathlib import Path
from subscribers.adapters.import_file import open_import_file
from tests.readers import NOW
import openpyxl, charset_normalizer
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open_import_file(Path(sys.argv[1])) as file:
    rows = sum(1 for _ in file.read(NOW))
print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize(("kind", "rows", "megabytes"), [("cp1252", 100_000, 15), ("utf-16", 100_000, 15), ("xlsx", 20_000, 40)])  # fmt: skip
def test_a_long_list_needs_hardly_any_memory(kind: str, rows: int, megabytes: int, tmp_path: Path) -> None:
    people = [("email", "name"), *((f"r{number}@example.com", f"Jörg Käthe {number}") for number in range(rows))]
    path = tmp_path / "list"
    if kind == "xlsx":
        workbook(path, List=people)
    else:
        path.write_bytes("".join(f"{address};{name}\n" for address, name in people).encode(kind))
    root = Path(__file__).parents[2]
    result = subprocess.run([sys.executable, "-c", PROGRAM, str(path)], capture_output=True, text=True, check=True, cwd=root)  # fmt: skip
    found, kilobytes = map(int, result.stdout.split())
    assert found == rows
    assert kilobytes < megabytes * 1000


# The same list in any form


NAMES = [
    "Jörg",
    "Käthe Müller",
    "Weiß; Öl",
    "Grüße, “wir”",
    "O’Brien",
    "Ada",
    'die "Große"',
    "a|b",
    "Zoë\nNoël",
    "x\ty",
]


@settings(max_examples=some(200), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(["active", "unsubscribed", ""])), min_size=1, max_size=8),
    form=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "mac-roman", "xlsx"]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    above=st.lists(st.sampled_from(["Our list", "", "made in May, by hand", "2026"]), max_size=3),
    order=st.permutations([0, 1, 2]),
)  # fmt: skip
def test_a_list_has_the_same_rows_in_any_form_or_stops_in_one_sentence(
    people: list[tuple[str, str]], form: str, delimiter: str, end: str, quoting: Any, above: list[str],
    order: list[int], tmp_path: Path,
) -> None:  # fmt: skip
    table = [("email", "name", "status"), *((f"r{n}@example.com", *person) for n, person in enumerate(people))]
    table = [tuple(row[place] for place in order) for row in table]  # type: ignore[misc]
    path = tmp_path / "list.csv"
    if form == "xlsx":
        workbook(path, List=[*([title] for title in above), *table])
    else:
        text = io.StringIO()
        quoting = csv.QUOTE_ALL if end == "\r" else quoting  # Python would leave a line feed bare
        csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(table)
        path.write_bytes("".join([*(f"{title}{end}" for title in above), text.getvalue()]).encode(form))
    plain = tmp_path / "plain.csv"
    with plain.open("w", newline="") as file:
        csv.writer(file).writerows(table)
    wanted, refusals = read(plain)
    try:
        found, invalid = read(path)
    except UnreadableList as error:
        why = error.why
        found, invalid = read(path, encoding=form)
    else:
        why = ""
    assert not why or ("is not UTF-8, and may read" in why and form in ("cp1252", "mac-roman"))
    assert found.keys() == wanted.keys()
    for address, row in found.items():
        assert row._replace(line=0) == wanted[address]._replace(line=0)
    assert len(invalid) == len(refusals)
