"""Lists from elsewhere: columns found by their names, lines that cannot be used said in words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subscribers import Reason
from subscribers.roster import Entry, Header, Invalid, harmless, read_header, read_lines


def entry(cells: list[str], header: Header) -> Entry:
    [read] = read_lines([(2, cells)], header)
    assert isinstance(read, Entry), read
    return read


@pytest.mark.parametrize(
    ("line", "header"),
    [
        ("email", Header(",", 0)),
        ("Name,Email Address", Header(",", 1, name=0)),
        ("address;name;tags;status", Header(";", 0, name=1, tags=2, status=3)),
        ("E-Mail\tFull Name\r\n", Header("\t", 0, name=1)),
        ('"Email Address","First Name","Last Name","TAGS"', Header(",", 0, first=1, last=2, tags=3)),
        ("uuid,email,name,attributes,status,created_at", Header(",", 1, name=2, status=4)),
    ],
)
def test_the_header_names_columns_and_delimiter(line: str, header: Header) -> None:
    assert read_header(line) == header


@pytest.mark.parametrize("line", ["", "ada@example.com", "name,phone", "\x00"])
def test_a_list_without_a_column_of_addresses_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="name one of them email"):
        read_header(line)


def test_a_line_gives_address_name_and_tags() -> None:
    header = Header(",", 0, first=1, last=2, tags=3)
    read = entry([" Ada@Example.com ", "Ada", "Lovelace", '"maths", engines;maths'], header)
    assert (read.address.written, read.name, read.tags) == ("Ada@example.com", "Ada Lovelace", ("maths", "engines"))
    assert entry(["ada@example.com"], header).name == ""


@pytest.mark.parametrize(
    ("status", "leaving"),
    [
        ("", None),
        ("Active", None),
        ("unsubscribed", Reason.UNSUBSCRIBED),
        ("Cleaned", Reason.BOUNCED),
        ("complained", Reason.COMPLAINED),
        ("blocklisted", Reason.REMOVED),
    ],
)
def test_a_status_says_whether_the_reader_left(status: str, leaving: Reason | None) -> None:
    assert entry(["ada@example.com", status], Header(",", 0, status=1)).leaving == leaving


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (["ada"], "not an e-mail address"),
        (["", "Ada"], "not an e-mail address"),
        (["ada@example.com", "Ada\nEve"], "line break"),
        (["ada@example.com", "", "sleeping"], "status 'sleeping' is not known"),
        (["ada@example.com", "", "pending"], "never confirmed"),
    ],
)
def test_a_line_that_cannot_be_used_says_why(cells: list[str], why: str) -> None:
    [read] = read_lines([(7, cells)], Header(",", 0, name=1, status=2))
    assert isinstance(read, Invalid)
    assert read.line == 7
    assert why in read.why


def test_empty_lines_are_passed_over() -> None:
    assert list(read_lines([(2, []), (3, ["", " "])], Header(",", 0))) == []


@settings(deadline=None)
@given(st.text(max_size=20))
def test_no_cell_that_is_written_is_a_formula(cell: str) -> None:
    written = harmless(cell)
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert written.removeprefix("'") == cell or written == cell


def test_what_was_made_harmless_is_read_as_it_was() -> None:
    assert entry([harmless("+ada@example.com"), harmless("=Ada")], Header(",", 0, name=1)).address.written == (
        "+ada@example.com"
    )
