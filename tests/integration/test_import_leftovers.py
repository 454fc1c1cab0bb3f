"""What an import leaves to the editor: rejected rows in a file, hints at typing errors; and the tags that it adds."""

from __future__ import annotations

import csv
import shlex
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from subscribers import (
    Column,
    DateOrder,
    FileInTheWay,
    ImportReport,
    InvalidTag,
    Reason,
    State,
    Subscribers,
    UndecidedList,
    UnreadableList,
)
from subscribers.adapters.import_file import open_import_file
from subscribers.adapters.rejects_file import rejects_file
from subscribers.import_list import ImportOptions
from subscribers.import_report import Reading
from tests.list_files import workbook
from tests.long import some
from tests.readers import DAY, NOW, WORDING

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(*lines: str, name: str = "list.csv") -> Path:
        path = tmp_path / name
        path.write_text("".join(f"{line}\n" for line in lines))
        return path

    return written


def bring_in(readers: Subscribers, path: Path, **how: Any) -> ImportReport:
    with readers.lists.open_import(path, wording=WORDING, now=NOW + DAY, **how) as ready:
        return ready.carry_out()


def active(readers: Subscribers) -> set[str]:
    return {reader.address.partition("@")[0] for reader in readers.queries.find(state=State.ACTIVE, limit=1000)}


# Rejected rows


def test_rejected_rows_are_written_as_they_are_with_the_reason_and_come_in_once_they_are_fixed(
    readers: Subscribers, write: Write, tmp_path: Path
) -> None:
    path = write(
        "Email;Town;Status", "ada@example.com;Vienna;active", "bob@;Graz;active", "eve@example.com;Linz;a;b",
        '=dan;"Wels; ""old""";unsubscribed', "kim@example.com;Enns;active",
    )  # fmt: skip
    rejects = tmp_path / "rest.csv"
    report = bring_in(readers, path, rejects=rejects)
    assert (report.invalid_count, report.rejects) == (3, (str(rejects),))
    assert stat.S_IMODE(rejects.stat().st_mode) == 0o600
    lines = rejects.read_text("utf-8-sig").splitlines()
    assert lines[0] == "Email;Town;Status;why"
    assert lines[1].startswith("bob@;Graz;active;line 3: 'bob@' is not an e-mail address")
    assert lines[2].startswith('eve@example.com;Linz;a;b;"line 4: has 4 cells')
    assert lines[3].startswith('\'=dan;"Wels; ""old""";unsubscribed;line 5: ')
    assert len(lines) == 4

    again = bring_in(readers, rejects)
    assert [(each.line, each.why) for each in again.invalid] == [
        (2, report.invalid[0].why), (3, report.invalid[1].why), (4, report.invalid[2].why),
    ]  # fmt: skip
    assert "why" not in again.lists[0].columns
    fixed = "\r\n".join(lines).replace("bob@;", "bob@example.com;").replace("Linz;a;b;", "Linz;active;")
    rejects.write_text(fixed.replace("'=dan;", "dan@example.com;"))
    bring_in(readers, rejects)
    assert active(readers) == {"ada", "bob", "eve", "kim"}
    assert "dan@example.com,unsubscribed" in "".join(readers.lists.export_suppressions_csv())


@pytest.mark.parametrize(
    "options",
    [
        {
            "columns": {Column.STATUS: ("Code",)},
            "words": {"1": State.ACTIVE, "9 gone": Reason.UNSUBSCRIBED},
            "ignored": ("No. 1",),
        },
        {"all_left": Reason.BOUNCED, "ignored": ("No. 1", "Code")},
        {"columns": {Column.LEFT: ("Code",)}, "ignored": ("No. 1",)},
    ],
)
def test_rejected_rows_are_read_as_their_list_was_or_not_at_all(
    readers: Subscribers, tmp_path: Path, options: dict[str, Any]
) -> None:
    path, rest = tmp_path / "list.csv", tmp_path / "rest.csv"
    path.write_text("email,Code,No. 1\nada@example.com,1,7\nbob@,9 gone,8\nkim@,1,9\n")
    with readers.lists.open_import(path, wording=WORDING, now=NOW, rejects=rest, **options) as ready:
        ready.carry_out()
    rest.write_text(rest.read_text("utf-8-sig").replace("bob@,", "bob@example.com,"))
    with (
        pytest.raises(UnreadableList, match="other options; add --") as refused,
        readers.lists.open_import(rest, wording=WORDING, now=NOW),
    ):
        pass
    advice = str(refused.value).partition("add ")[2]
    assert shlex.split(advice) == shlex.split(" ".join(ImportOptions(
        options.get("columns", {}), options.get("all_left"), options.get("ignored", ()), options.get("words", {})
    ).deciding))  # fmt: skip
    more = {**options, "dates": DateOrder.DAY_FIRST}
    with readers.lists.open_import(rest, wording=WORDING, now=NOW, **more) as ready:
        ready.carry_out()
    assert not {"bob"} & active(readers)


def test_a_preview_writes_the_rejected_rows_too_and_the_same_ones_again_are_no_conflict(
    readers: Subscribers, write: Write, tmp_path: Path
) -> None:
    path, rejects = write("email", "ada@example.com", "nobody"), tmp_path / "rest.csv"
    with readers.lists.open_import(path, wording=WORDING, now=NOW, rejects=rejects):
        pass
    assert readers.queries.find() == []
    assert rejects.read_text("utf-8-sig").splitlines()[1].startswith("nobody,line 3: ")
    bring_in(readers, path, rejects=rejects)
    assert active(readers) == {"ada"}


def test_nothing_is_overwritten_and_nothing_is_imported_then(
    readers: Subscribers, write: Write, tmp_path: Path
) -> None:
    path, mine = write("email", "ada@example.com", "nobody"), write("my own notes", name="rest.csv")
    for target in (mine, path):
        before = target.read_bytes()
        with pytest.raises(FileInTheWay, match="is there already and holds something else; move it away"):
            bring_in(readers, path, rejects=target)
        assert target.read_bytes() == before
    assert readers.queries.find() == []
    assert {each.name for each in tmp_path.iterdir() if ".db" not in each.name} == {"list.csv", "rest.csv"}


def test_without_rejected_rows_or_an_answer_no_file_is_written(
    readers: Subscribers, write: Write, tmp_path: Path
) -> None:
    rejects = tmp_path / "rest.csv"
    assert bring_in(readers, write("email", "ada@example.com"), rejects=rejects).rejects == ()
    with pytest.raises(UndecidedList):
        bring_in(readers, write("email,status", "ada@example.com,unheard-of", "nobody,"), rejects=rejects)
    assert not [each for each in tmp_path.iterdir() if "rest" in each.name]


def test_each_list_of_an_archive_has_its_own_rejected_rows(readers: Subscribers, tmp_path: Path) -> None:
    path = tmp_path / "mailchimp.zip"
    head = "Email Address,First Name,Last Name,OPTIN_TIME,CONFIRM_TIME"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("subscribed_1.csv", f"{head},LEID,EUID\nbad,,,,,1,x\n")
        archive.writestr("cleaned_1.csv", f"{head},CLEAN_TIME\nworse,,,,,2024-05-01\nada@example.com,,,,,2024-05-01\n")
    report = bring_in(readers, path, rejects=tmp_path / "rest.csv")
    assert [Path(name).name for name in report.rejects] == ["rest.subscribed_1.csv", "rest.cleaned_1.csv"]
    cleaned = tmp_path / "rest.cleaned_1.csv"
    cleaned.write_text(cleaned.read_text("utf-8-sig").replace("worse", "bob@example.com"))
    assert bring_in(readers, cleaned).left == 1


def test_the_rows_of_a_workbook_and_of_json_are_rejected_as_csv(readers: Subscribers, tmp_path: Path) -> None:
    path = workbook(tmp_path / "list.xlsx", List=[["email", "name"], ["nobody", "Ada, B"]])
    rejects = tmp_path / "rest.csv"
    bring_in(readers, path, rejects=rejects)
    assert rejects.read_text("utf-8-sig").splitlines()[1].startswith('nobody,"Ada, B",row 2: ')
    json = tmp_path / "list.json"
    json.write_text('[\n{"email": "nobody", "name": "Ada", "tags": ["a", "b"]}\n]\n')
    bring_in(readers, json, rejects=tmp_path / "json.csv")
    assert (tmp_path / "json.csv").read_text("utf-8-sig").splitlines()[1].startswith("nobody,Ada,a;b,line 2: ")


@pytest.mark.parametrize(
    ("fixed", "found"),
    [
        ("ada@example.com,,,{why}", set()),
        ("ada@example.com,,,{why},,", set()),  # a spreadsheet makes all rows as wide as the widest
        ("ada@example.com,Ada,,{why}", {"ada"}),
        ("ada@example.com,,,", {"ada"}),
        ("ada@example.com,,,{why},2024-01-02", set()),
    ],
)
def test_cells_that_were_missing_are_missing_until_one_is_filled_in_or_the_reason_is_deleted(
    readers: Subscribers, write: Write, tmp_path: Path, fixed: str, found: set[str]
) -> None:
    rejects = tmp_path / "rest.csv"
    bring_in(readers, write("email,name,left", "ada@example.com", "bad,,"), rejects=rejects)
    head, row, other = rejects.read_text("utf-8-sig").splitlines()
    why = row.removeprefix("ada@example.com,,,")
    assert why.startswith('"line 2: has 1 cells, but')
    rejects.write_text("\n".join((head, fixed.format(why=why), other)))
    bring_in(readers, rejects)
    assert active(readers) == found


def test_a_list_whose_lines_all_end_with_a_delimiter_has_rejected_rows_without_it(
    readers: Subscribers, write: Write, tmp_path: Path
) -> None:
    rejects = tmp_path / "rest.csv"
    path = write("email,name", "ada@example.com,Ada,", "bob@,Bob,", "eve@example.com,Eve,Adams")
    assert bring_in(readers, path, rejects=rejects).new == 1
    assert [row[:-1] for row in csv.reader(rejects.read_text("utf-8-sig").splitlines())] == [
        ["email", "name"], ["bob@", "Bob"], ["eve@example.com", "Eve", "Adams"],
    ]  # fmt: skip


def test_a_column_called_why_that_is_not_ours_is_none_of_ours(readers: Subscribers, write: Write) -> None:
    with pytest.raises(UndecidedList, match="the column 'why' is not read"):
        bring_in(readers, write("email,why", "ada@example.com,too much spam", "bob@example.com,line of duty"))


CELL = st.sampled_from(["", "a@example.com", "b@example.com", "bad", "=x", "'=x", "Ada; B", 'say "hi"', "x,y", "line 3: x", "two\nlines", "unsubscribed"])  # fmt: skip


@settings(max_examples=some(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(CELL, min_size=1, max_size=5), min_size=1, max_size=8),
    last=st.sampled_from(["status", "left", "town"]),
    options=st.sampled_from([ImportOptions(everyone=Reason.UNSUBSCRIBED), ImportOptions()]),
)
@example(
    rows=[["", "", "", "a@example.com"], ["bad"], ["", "", "a@example.com", ""]],
    last="status",
    options=ImportOptions(everyone=Reason.UNSUBSCRIBED),
)
@example(rows=[["a@example.com", "Ada", "x"], ["a@example.com", "Ada", "B", ""]], last="town", options=ImportOptions())
@example(rows=[["a@example.com"]], last="left", options=ImportOptions())
def test_rejected_rows_that_are_not_fixed_are_rejected_again_cell_for_cell(
    rows: list[list[str]], last: str, options: ImportOptions, tmp_path: Path
) -> None:
    for left in tmp_path.glob("*.csv"):
        left.unlink()
    path, first, second = tmp_path / "list.csv", tmp_path / "first.csv", tmp_path / "second.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["email", "name", last], *rows])
    one, _ = rejected(path, first, options)
    if one.rejects:
        two, usable = rejected(first, second, options)
        assert (two.invalid_count, usable) == (one.invalid_count, 0)
        with first.open(newline="", encoding="utf-8-sig") as a, second.open(newline="", encoding="utf-8-sig") as b:
            assert [row[:-1] for row in csv.reader(a)] == [row[:-1] for row in csv.reader(b)]


def rejected(path: Path, target: Path, options: ImportOptions) -> tuple[ImportReport, int]:
    """Write the rows of a list that cannot be used to a file; return the report, and how many can be."""
    with rejects_file(target, path, options) as rejects, open_import_file(path, options) as file:
        reading = Reading(file, rejects)
        usable = sum(1 for _ in reading.usable(NOW, lambda done, total: None))
        return reading.report(duplicates=0), usable


# Tags


def test_tags_go_to_every_reader_of_a_list_and_to_nobody_who_left(readers: Subscribers, write: Write) -> None:
    readers.editors.add("known@example.com", source="cli", wording=WORDING, now=NOW)
    readers.editors.tag("known@example.com", add=("old",), remove=(), now=NOW)
    readers.editors.add("left@example.com", source="cli", wording=WORDING, now=NOW)
    readers.editors.remove("left@example.com", now=NOW)
    path = write(
        "email,tags,status", "new@example.com,maths,active", "known@example.com,maths,active",
        "left@example.com,maths,active", "new@example.com,talk,active", "known@example.com,,active",
    )  # fmt: skip
    bring_in(readers, path, tags=("meetup", "maths"))
    found = {reader.canonical: reader.tags for reader in readers.queries.find()}
    assert found == {
        "new@example.com": ("maths", "meetup", "talk"),
        "known@example.com": ("old", "maths", "meetup"),
        "left@example.com": (),
    }
    record = readers.editors.show("known@example.com")
    assert [each.detail for each in record.history if each.what == "tagged"] == ["+old", "+maths +meetup"]
    bring_in(readers, path, tags=("meetup", "maths"))
    assert readers.editors.show("known@example.com").history == record.history


def test_a_tag_that_no_list_could_hold_is_refused_before_anything_happens(readers: Subscribers, write: Write) -> None:
    with pytest.raises(InvalidTag, match="commas, semicolons and quotation marks"):
        bring_in(readers, write("email", "ada@example.com"), tags=("a,b",))
    assert readers.queries.find() == []


# Typing errors


def test_domains_that_look_like_typing_errors_are_said_and_imported_as_they_are(
    readers: Subscribers, write: Write
) -> None:
    path = write(
        "email,status",
        *(f"{who},active" for who in ("ada@gmial.com", "bob@gmail.com", "kim@gmial.com")),
        "eve@gmial.com,left",
    )
    report = bring_in(readers, path)
    assert [(each.domain, each.meant, each.count, each.line) for each in report.typos] == [
        ("gmial.com", "gmail.com", 2, 2)
    ]
    assert {reader.address for reader in readers.queries.find()} >= {"ada@gmial.com", "kim@gmial.com"}
