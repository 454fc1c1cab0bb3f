"""The editors hear of trouble while there is time: who has not approved, and what the coming weeks lack."""

from __future__ import annotations

import dataclasses
import email
import email.policy
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher import pipeline, scheduler
from publisher.issue import IsoWeek
from publisher.reminders import lacking
from tests.press import content as a_content
from tests.publication import FakeClock, MemoryApp, example, publication, variables
from tests.unit.test_assemble import piece

ROBIN, SAM = "robin@notes.example.com", "sam@notes.example.com"


class Newsroom:
    """A publication with two editors, of whom two must approve, and the folder that its mail goes to."""

    def __init__(self, app: MemoryApp, mail: Path, clock: FakeClock) -> None:
        self.app, self._mail, self._clock = app, mail, clock

    def tick(self, moment: str) -> list[tuple[str, str]]:
        """Let it be a moment; return who got which notice at it."""
        before = set(self._mail.glob("*.eml"))
        self._clock.set(moment)
        scheduler.tick(self.app.act())
        fresh = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in set(self._mail.glob("*.eml")) - before]  # fmt: skip
        return sorted((str(one["To"].addresses[0].addr_spec), str(one["Subject"])) for one in fresh)  # type: ignore[attr-defined]

    def last_words(self) -> str:
        newest = max(self._mail.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        return newest.read_text("utf-8")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    clock = FakeClock()
    file = example(tmp_path / "news") / "content" / "publication.toml"
    text = file.read_text("utf-8")
    assert "people = 1" in text
    file.write_text(text.replace("people = 1", "people = 2"), "utf-8")
    outside, mail = variables("smtp://127.0.0.1:9"), tmp_path / "mail"
    with MemoryApp(tmp_path / "news", clock, outside, transport=f"file:{mail}") as app:
        yield Newsroom(app, mail, clock)


def test_whoever_has_not_approved_is_reminded_a_day_and_two_hours_before_and_nobody_else(room: Newsroom) -> None:
    room.tick("2026-11-23T08:00")  # the issue is due on Thursday, 26 November, at 07:00 UTC
    waits = "Issue 11 waits for your approval"
    assert room.tick("2026-11-25T06:59") == []
    assert room.tick("2026-11-25T07:00") == [(ROBIN, waits), (SAM, waits)]
    assert "Nobody is on the list yet" in room.last_words()
    assert room.tick("2026-11-25T07:01") == []
    pipeline.approve(room.app.act(), 11, "Robin")
    assert room.tick("2026-11-26T05:00") == [(SAM, waits)]
    assert room.tick("2026-11-26T06:59") == []


def test_an_approved_issue_reminds_nobody(room: Newsroom) -> None:
    room.tick("2026-11-23T08:00")
    for name in ("Robin", "Sam"):
        pipeline.approve(room.app.act(), 11, name)
    assert [room.tick(moment) for moment in ("2026-11-25T07:00", "2026-11-26T05:00")] == [[], []]


def test_editors_are_told_once_each_friday_what_the_coming_weeks_lack(room: Newsroom) -> None:
    for path in (room.app.folder / "content" / "projects").glob("*.md"):
        path.write_text(path.read_text("utf-8").replace("status: ready", "status: draft"), "utf-8")
    gaps = lacking(room.app.act().content, IsoWeek(2026, 48))
    assert "project" in gaps[IsoWeek(2026, 48)]
    assert room.tick("2026-11-20T07:59") == []
    assert [who for who, what in room.tick("2026-11-20T08:00") if "W48 is not complete" in what] == [ROBIN, SAM]
    assert "No project idea for 2026-W48." in room.last_words()
    assert room.tick("2026-11-20T09:00") == []


def test_a_piece_fills_one_coming_week_and_a_pinned_one_its_own() -> None:
    weeks = [IsoWeek(2026, number) for number in (48, 49, 50)]
    made = publication()
    fill = a_content(publication=made)
    pieces = (piece("concept", "a"), piece("concept", "b", week=weeks[2]))
    assert lacking(dataclasses.replace(fill, pieces=pieces, issues=()), weeks[0]) == {weeks[1]: ["concept"]}
