"""Words that a terminal or a file system hands over as they are: no valid Unicode, or longer than a column."""

from __future__ import annotations

from pathlib import Path

import pytest

from subscribers import Subscribers
from tests.readers import NOW, WORDING

ODD = "x\udcffy\x00z"


def test_what_an_editor_types_is_kept_without_what_no_database_can_hold(readers: Subscribers) -> None:
    assert readers.editors.add("ada@example.com", source=ODD, wording=WORDING, now=NOW)
    assert readers.queries.find()[0].source == "x y z"
    readers.editors.remove("ada@example.com", now=NOW)
    assert readers.editors.unsuppress("ada@example.com", ODD, now=NOW)
    assert readers.editors.show("ada@example.com").history[-1].detail == "x y z"


@pytest.mark.parametrize("name", [f"{'long ' * 48}.csv", "odd\udcff.csv"])
def test_a_list_may_have_any_name_that_a_file_may_have(readers: Subscribers, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("email\nada@example.com\n")
    assert readers.lists.import_list(path, wording=WORDING, now=NOW).new == 1


def test_a_list_with_a_nul_in_any_cell_is_imported_or_its_lines_are_named(readers: Subscribers, tmp_path: Path) -> None:
    columns = (
        "email",
        "name",
        "tags",
        "source",
        "state",
        "created",
        "zone",
        "subject_id",
        "left_why",
        "confirmed_from",
    )
    rows = [[f"r{number}@example.com", *[""] * (len(columns) - 1)] for number in range(2 * len(columns))]
    for number in range(1, len(columns)):
        rows[number][number] = "a\0b"
        rows[number + len(columns)][number] = "long " * 500
    path = tmp_path / "list.csv"
    path.write_text("\n".join(",".join(row) for row in [list(columns), *rows]) + "\n")
    with readers.lists.open_import(path, wording=WORDING, now=NOW, ignored=columns) as ready:
        report = ready.carry_out()
    assert report.new + report.invalid_count == len(rows)
