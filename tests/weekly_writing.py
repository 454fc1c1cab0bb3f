"""What editors do with files in a week, in any order: the rules of the test of whole weeks that need no clock and no mail."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.weekly import SECTIONS, WORDS
from tests.weekly_promises import Promises

WHICH = st.integers(0, 7)
"""Which of the things there are, counted around."""
SECTION = st.sampled_from([*SECTIONS])
MARKS = "<<<<<<< HEAD\n=======\n>>>>>>> theirs\n"


class Writing(Promises):
    """Editors write, rename, pin, delete and restore files, and merge with conflicts."""

    @rule(section=SECTION, status=st.sampled_from(["ready"] * 4 + ["draft", "evergreen"]), ahead=st.one_of(st.none(), st.none(), st.integers(0, 2)))  # fmt: skip
    def write(self, section: str, status: str, ahead: int | None) -> None:
        """An editor writes a piece, perhaps for a certain week."""
        self.names += 1
        name = f"piece{self.names}"
        week = None if ahead is None else self.this_week(ahead)
        if status == "evergreen":
            self.world.repeatable.add(name)
        pinned = f"week: {week}\n" if week else ""
        head = f"title: About {name}\nsummary: On {name}.\nadded: {self.today()}\nstatus: {status}\n{pinned}"
        words = " ".join(f"{name}word{number}" for number in range(WORDS))
        path = self.world.content / SECTIONS[section] / f"{name}.md"
        path.write_text(f"---\n{head}---\n{words} {self.world.word()}.\n")

    @precondition(lambda self: self.world.pieces())
    @rule(which=WHICH)
    def add_a_sentence(self, which: int) -> None:
        """An editor adds to a piece, which may be out already."""
        path = self.piece(which)
        if path.read_text().count(" later ") < 4:  # more would make it another piece
            path.write_text(f"{path.read_text()}\nA thought came later {self.world.word()}.\n")

    @precondition(lambda self: self.world.pieces())
    @rule(which=WHICH, section=st.one_of(st.none(), SECTION))
    def rename(self, which: int, section: str | None) -> None:
        """An editor gives a piece's file another name, or moves it into another section."""
        path = self.piece(which)
        self.names += 1
        path.rename((self.world.content / SECTIONS[section] if section else path.parent) / f"named{self.names}.md")

    @precondition(lambda self: self.world.pieces())
    @rule(which=WHICH)
    def copy(self, which: int) -> None:
        """An editor copies a piece, to begin another, and leaves it like that."""
        self.names += 1
        path = self.piece(which)
        path.with_name(f"copied{self.names}.md").write_text(path.read_text())

    @precondition(lambda self: self.world.pieces())
    @rule(which=WHICH, ahead=st.one_of(st.none(), st.integers(-1, 2)))
    def pin(self, which: int, ahead: int | None) -> None:
        """An editor says which week a piece is for, or that it is for any."""
        week = None if ahead is None else str(self.this_week(ahead))
        self.set(self.piece(which), "week", week)

    @precondition(lambda self: self.world.pieces())
    @rule(which=WHICH, status=st.sampled_from(["ready", "ready", "draft", "evergreen"]))
    def give_a_status(self, which: int, status: str) -> None:
        """An editor changes a piece's status."""
        path = self.piece(which)
        if status == "evergreen":
            self.world.repeatable |= set(re.findall(r"(piece\d+)word0 ", path.read_text()))
        self.set(path, "status", status)

    @precondition(lambda self: self.world.pieces())
    @rule(which=WHICH)
    def lose_the_id(self, which: int) -> None:
        """An editor restores a piece's file from before an issue took it."""
        self.set(self.piece(which), "id", None)

    @precondition(lambda self: self.world.issues())
    @rule(which=WHICH)
    def add_to_the_issue(self, which: int) -> None:
        """An editor adds a sentence to an issue's file, which may have been approved, or be out."""
        path = self.issue(which)
        path.write_text(f"{path.read_text()}\nMind this, too: {self.world.word()}.\n")

    @precondition(lambda self: self.world.pieces() or self.world.issues())
    @rule(which=WHICH)
    def delete(self, which: int) -> None:
        """An editor deletes a piece's file, or an issue's."""
        self.world.delete(self.any_file(which))

    @precondition(lambda self: self.world.bin)
    @rule(which=WHICH)
    def restore(self, which: int) -> None:
        """An editor gets a deleted file back from git."""
        path = sorted(self.world.bin)[which % len(self.world.bin)]
        if not path.exists():
            data = self.world.bin.pop(path)
            path.write_bytes(data)
            self.world.written |= set(re.findall(r"written\d+x", data.decode()))

    @precondition(lambda self: self.world.pieces() or self.world.issues())
    @rule(which=WHICH)
    def merge_with_conflicts(self, which: int) -> None:
        """Git leaves the marks of a conflict in a file."""
        path = self.any_file(which)
        path.write_text(path.read_text() + MARKS)

    @rule(change=st.sampled_from([
        {"people": 2}, {"people": 1}, {"sam": False}, {"sam": True}, {"shell": False}, {"shell": True}, {"tagline": "Other words."},
        {"window_hours": 3}, {"window_hours": 48}, {"send": "wed 18:00"}, {"send": "sat 08:00"}, {"list_id": "other.notes.example.com"},
    ]))  # fmt: skip
    def change_publication_toml(self, change: dict[str, Any]) -> None:
        """The editors change what publication.toml says."""
        changed = dataclasses.replace(self.world.settings, **change)
        if changed.people <= len(changed.editors) and not self.world.broken:
            self.world.settings = changed
            self.world.write_settings()

    @precondition(lambda self: not self.world.broken)
    @rule()
    def break_publication_toml(self) -> None:
        """Git leaves the marks of a conflict in publication.toml, which stops everything until it is repaired."""
        path = self.world.content / "publication.toml"
        path.write_text(path.read_text() + MARKS)
        self.world.broken = True

    @rule()
    def repair(self) -> None:
        """An editor removes the marks of all conflicts."""
        self.world.write_settings()
        self.world.broken = False
        for path in (*self.world.pieces(), *self.world.issues()):
            path.write_text(path.read_text().replace(MARKS, ""))
