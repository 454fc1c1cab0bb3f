"""Lists with quotation marks that are too many or too few: nobody who left is lost in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subscribers import (
    Subscribers,
)
from subscribers.adapters.import_file import open_import_file
from tests.list_files import Write, bring_in, names, read, readers, refused, suppressed, workbook, write
from tests.long import some

__all__ = ["readers", "write"]

LISTS = Path(__file__).parents[1] / "data" / "lists"


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
