"""What lies in one file with a list and is not read: which sheets and files may say who left."""

from __future__ import annotations

import pytest

from subscribers.import_beside import why_file, why_sheet


@pytest.mark.parametrize(
    ("name", "rows", "why"),
    [
        ("Ausgetreten", [["Bob is gone"]], "its name suggests that its people left"),
        ("Ausgetreten", [], ""),
        ("Board", [["Name"], ["Bob", "Mail: <bob@example.com>"]], "it has an address in row 2"),
        ("Notes", [["Name"], ["Bob", "cancelled in May"]], "'cancelled in May' in row 2 may say who left"),
        ("Read me", [["Made by hand"], ["2024", "12.5"]], ""),
    ],
)
def test_a_sheet_that_is_not_read_is_in_doubt_by_its_name_an_address_or_a_word(
    name: str, rows: list[list[str]], why: str
) -> None:
    assert why_sheet(name, enumerate(rows, start=1)) == why


@pytest.mark.parametrize(
    ("name", "head", "doubt"),
    [
        ("others.csv", b"Nom;Adresse\nBob;bob@example.com\n", "it has addresses"),
        ("others.txt", "bob@example.com\n".encode("utf-16"), "it has addresses"),
        ("Abmeldungen/Mai.pdf", b"%PDF", "its name suggests"),
        ("more.xlsx", b"PK", "it may contain a list"),
        ("read me.txt", b"hello", ""),
        ("logo.png", b"a@example.com", ""),
        ("posts/1.how-to-unsubscribe.html", b"", ""),
        ("posts/1.opens.csv", b"post_id,email\n1,bob@example.com\n", ""),
        ("__MACOSX/._unsubscribed.csv", b"\0\5\x16\7", ""),
    ],
)
def test_a_file_of_an_archive_that_is_not_read_is_in_doubt_if_it_may_be_a_list(
    name: str, head: bytes, doubt: str
) -> None:
    assert why_file(name, head).startswith(doubt)
    assert bool(why_file(name, head)) is bool(doubt)
