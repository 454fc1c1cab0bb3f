"""Lists for other systems: the active readers in the columns that each takes, and nobody who must not be mailed."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from subscribers import Reason, State, Subscribers
from subscribers.errors import NoSuchFormat
from subscribers.export_formats import FORMATS
from tests.readers import NOW, WORDING

EIGHT = ("beehiiv", "buttondown", "ghost", "keila", "listmonk", "mailchimp", "mailcoach", "substack")


@pytest.fixture
def some(readers: Subscribers) -> Subscribers:
    for name in ("Ada", "+bob", "eve", "dan"):
        readers.editors.add(f"{name}@example.com", "=Ada, Countess", source="test", wording=WORDING, now=NOW)
    readers.editors.tag("ada@example.com", add=["early bird", "maths"], now=NOW)
    readers.editors.remove("eve@example.com", now=NOW)
    readers.editors.suppress("dan@example.com", Reason.COMPLAINED, now=NOW)
    readers.editors.suppress("nobody@example.com", Reason.BOUNCED, now=NOW)
    readers.sign_ups.sign_up("kim@example.com", source="form", wording=WORDING, now=NOW)
    return readers


def rows(readers: Subscribers, system: str, *, suppressed: bool = False) -> list[dict[str, str]]:
    lines, note = readers.lists.export_for(system, suppressed=suppressed)
    assert note
    return list(csv.DictReader(io.StringIO("".join(lines))))


def test_all_systems_whose_lists_come_in_by_name_are_written_for_too() -> None:
    assert tuple(FORMATS) == EIGHT


@pytest.mark.parametrize("system", EIGHT)
def test_only_active_readers_go_out_with_their_addresses_as_they_are(system: str, some: Subscribers) -> None:
    found = rows(some, system)
    assert [next(iter(row.values())) for row in found] == ["Ada@example.com", "+bob@example.com"]
    names = {cell for row in found for cell in row.values() if "Countess" in cell}
    assert names in (set(), {"'=Ada, Countess"}), "a name is never a formula"
    tags = [cell for row in found for cell in row.values() if "early bird" in cell]
    assert len(tags) == (0 if system == "substack" else 1)


@pytest.mark.parametrize("system", EIGHT)
def test_who_must_not_be_mailed_goes_out_only_to_systems_that_can_take_it(system: str, some: Subscribers) -> None:
    if FORMATS[system].suppressed is None:
        with pytest.raises(NoSuchFormat, match="no documented way"):
            some.lists.export_for(system, suppressed=True)
        return
    assert [next(iter(row.values())) for row in rows(some, system, suppressed=True)] == [
        "dan@example.com", "eve@example.com", "nobody@example.com",
    ]  # fmt: skip


def test_a_list_for_ghost_comes_back_with_nobody_mailed_who_left(some: Subscribers, tmp_path: Path) -> None:
    for number, suppressed in enumerate((False, True)):
        path = tmp_path / f"{number}.csv"
        path.write_text("".join(some.lists.export_for("Ghost", suppressed=suppressed)[0]))
    before = {reader.address: reader.tags for reader in some.queries.find(state=State.ACTIVE)}
    for path in sorted(tmp_path.glob("*.csv")):
        report = some.lists.import_list(path, wording=WORDING, now=NOW)
        assert (report.lists[0].system, report.new, report.invalid) == ("Ghost", 0, ())
    assert {reader.address: reader.tags for reader in some.queries.find(state=State.ACTIVE)} == before


def test_a_system_that_is_not_known_is_named_with_those_that_are(readers: Subscribers) -> None:
    with pytest.raises(NoSuchFormat, match="'pigeon' is not a system"):
        readers.lists.export_for("pigeon")
