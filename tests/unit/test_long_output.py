"""Long lists are written as they come, and a file that is not complete does not appear."""

from __future__ import annotations

import json
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.cli import output


def test_a_file_appears_when_it_is_complete_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "readers.csv"

    def parts() -> Iterator[str]:
        yield "email\r\n"
        assert not path.exists()
        yield "jörg@example.com\r\n"

    output.to_file(path, parts())
    assert path.read_bytes().decode() == "email\r\njörg@example.com\r\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("why", [KeyboardInterrupt, RuntimeError])
def test_a_file_that_is_interrupted_leaves_nothing_and_keeps_the_one_before(
    tmp_path: Path, why: type[BaseException]
) -> None:
    path = tmp_path / "readers.csv"
    path.write_text("the list of yesterday")

    def parts() -> Iterator[str]:
        yield "email\r\n"
        raise why

    with pytest.raises(why):
        output.to_file(path, parts())
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("readers.csv", "the list of yesterday")]


@pytest.mark.parametrize("count", [0, 1, output.MEASURED, output.MEASURED + 1, 1_000])
def test_a_long_table_has_all_rows_in_columns(capsys: pytest.CaptureFixture[str], count: int) -> None:
    rows = ((f"reader{number}@example.com", "読者" * (number % 2), "") for number in range(count))
    assert output.long_table(("address", "name", "tags"), rows) == count
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == count + 1
    assert lines[0].split() == ["address", "name", "tags"]
    assert {line.split()[0] for line in lines[1:]} == {f"reader{number}@example.com" for number in range(count)}


def test_a_long_table_is_written_before_the_last_row_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    seen = []

    def rows() -> Iterator[tuple[str]]:
        for number in range(output.MEASURED + 2):
            seen.append(len(capsys.readouterr().out))
            yield (str(number),)

    output.long_table(("number",), rows())
    assert seen[-1] > 0


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_long_list_is_one_json_object_with_a_line_for_each_item(
    capsys: pytest.CaptureFixture[str], count: int
) -> None:
    items = [{"name": f"Jörg {number}"} for number in range(count)]
    output.listed_data({"counts": {"active": count}}, "subscribers", iter(items))
    written = capsys.readouterr().out
    assert json.loads(written) == {"counts": {"active": count}, "subscribers": items}
    assert len(written.splitlines()) == (count + 3 if count else 2)


def test_work_that_tells_nothing_says_that_it_goes_on(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "SECONDS_BETWEEN_LINES", 0.01)
    said = ""
    with output.progress("count"):
        until = time.monotonic() + 30
        while "count: at work for" not in said and time.monotonic() < until:
            said += capfd.readouterr().err
    assert "count: at work for 0 s\n" in said
