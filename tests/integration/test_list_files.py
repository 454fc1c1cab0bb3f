"""Files of readers as people have them: encodings, delimiters, title lines, workbooks, broken quotation marks."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subscribers import (
    Column,
    Reason,
    Subscribers,
    UndecidedList,
    UnreadableList,
)
from tests.list_files import Write, bring_in, names, read, readers, refused, suppressed, workbook, write
from tests.long import some

__all__ = ["readers", "write"]

LISTS = Path(__file__).parents[1] / "data" / "lists"


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


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_date_far_below_shows_the_order_of_those_above_it(kind: str, tmp_path: Path) -> None:
    dates = ["03/04/2024", *("01/01/2024" for _ in range(500)), "23/11/2024"]
    rows = [["email", "created"], *([f"r{number}@example.com", date] for number, date in enumerate(dates))]
    path = tmp_path / f"list.{kind}"
    if kind == "xlsx":
        workbook(path, Readers=rows)
    else:
        path.write_text("\n".join(map(",".join, rows)), encoding="utf-8")
    found, _ = read(path)
    assert len(found) == len(dates)
    assert [f"{found[f'r{number}@example.com'].created:%d %B}" for number in (0, 1, 501)] == [
        "03 April",
        "01 January",
        "23 November",
    ]


def test_what_is_not_read_is_said_with_the_reason(readers: Subscribers, write: Write) -> None:
    rows = "".join(f"r{number}@example.com,town {number},k{number % 2}\n" for number in range(9))
    report = bring_in(readers, write("email,town,plan\n" + rows), ignored=("Plan",))
    assert report.lists[0].unread == {"town": "none of the known words for leaving is in it", "plan": "you ignore it"}


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
