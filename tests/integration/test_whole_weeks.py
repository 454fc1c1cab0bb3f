"""The week, as a specification: whatever editors, readers, the clock and the machine do, these things hold.

- No ready piece is mailed twice, under whatever name, id or section; one that an editor ever let repeat may be.
- No issue is begun for nobody.
- What is sent was approved: by as many editors as publication.toml asked for, in these bytes, and not taken back.
- No week ends without an issue that reached somebody, a word to the editors, or a person who skipped it.
- Every word that an editor wrote is in content/ until they delete it.
- No reader gets an issue twice, and nobody who left gets anything.
- Whatever is refused is refused in words.

A failure prints the story that leads to it, as the calls of the rules below; with LONG_TESTS=1 the shortest one.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import re
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from publisher import approve, editors, pipeline, timetable
from publisher.issue import IsoWeek
from publisher.ports import Reply, WeekState
from tests.long import LONG
from tests.weekly import EDITORS, READERS, SECTIONS, WORDS, InMemory, InSqlite, Made, Mail, Weekly

WHICH = st.integers(0, 7)
"""Which of the things there are, counted around."""
SECTION, READER, EDITOR = st.sampled_from([*SECTIONS]), st.sampled_from(READERS), st.sampled_from([*EDITORS])
KILLED = st.one_of(st.none(), st.none(), st.integers(0, 30))
"""After how many steps the process is killed, if at all."""
EXAMPLES = int(os.environ.get("WEEKS", "20" if LONG else "3"))
"""How many stories are told; `WEEKS=200` tells more of them."""
MARKS = "<<<<<<< HEAD\n=======\n>>>>>>> theirs\n"


class Weeks(RuleBasedStateMachine):
    """One publication over some weeks."""

    made: Made = InMemory

    def __init__(self) -> None:
        super().__init__()
        self.scratch = tempfile.TemporaryDirectory()
        self.world = Weekly(Path(self.scratch.name), type(self).made)
        self.names = 0
        self.before: dict[int, bytes] = {}
        """The files of the issues as they were when all was last looked at."""
        self.begun: set[int] = set()

    def teardown(self) -> None:
        """Let everything be put right and the week end; nothing may have been forgotten meanwhile."""
        try:
            self.repair()
            self.days_pass(9, up=True)
            self.look()
        finally:
            self.world.app.__exit__()
            self.scratch.cleanup()

    @initialize(readers=st.sets(READER), pieces=st.integers(0, 3))
    def begin(self, readers: set[str], pieces: int) -> None:
        """A publication begins: with some readers, an evergreen piece, and some that are ready."""
        for name in sorted(readers):
            self.world.join(name)
        self.write(SECTION_OF[1], "evergreen", None)
        for number in range(2 * pieces):
            self.write(SECTION_OF[number % 2], "ready", None)
        self.tick(None)

    # What editors write

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

    # What editors ask for

    @rule(force=st.booleans(), killed=KILLED)
    def assemble(self, force: bool, killed: int | None) -> None:
        """An editor assembles the week's issue by hand."""
        with self.world.killed_after(killed):
            self.world.attempt(lambda: pipeline.assemble(self.act(), force=force))

    @precondition(lambda self: self.world.issues())
    @rule(by=EDITOR)
    def approve_by_hand(self, by: str) -> None:
        """Somebody types an editor's name into a command."""
        self.approved(self.world.attempt(lambda: pipeline.approve(self.act(), self.number(), by)))

    @rule(by=EDITOR, which=st.sampled_from([0, 0, 0, 1, 5]))
    def approve_by_link(self, by: str, which: int) -> None:
        """An editor presses the button of a proof, the latest one or an older one."""
        if links := self.world.links()[by]:
            token = links[-1 - which % len(links)]
            self.approved(self.world.attempt(lambda: pipeline.approve_by_link(self.act(), token)))

    @precondition(lambda self: self.world.approvals)
    @rule(by=EDITOR, link=st.booleans())
    def withdraw(self, by: str, link: bool) -> None:
        """An editor takes an approval back."""
        links = self.world.links()[by]
        taken = self.world.attempt(
            lambda: (
                pipeline.withdraw_by_link(self.act(), links[-1])
                if link and links
                else pipeline.withdraw(self.act(), self.number(), by)
            )
        )
        if taken:
            self.world.approvals.discard((taken.number, taken.digest, taken.by))

    @precondition(lambda self: self.world.issues())
    @rule()
    def ask_for_a_proof(self) -> None:
        """An editor has a new proof mailed."""
        self.world.attempt(lambda: editors.prove(self.act(), self.number(), str(len(self.world.server.taken))))

    @precondition(lambda self: self.world.issues())
    @rule(late=st.booleans(), killed=KILLED)
    def send(self, late: bool, killed: int | None) -> None:
        """An editor sends the latest issue by hand."""
        with self.world.killed_after(killed):
            self.world.attempt(lambda: pipeline.send(self.act(), self.number(), late=late))

    @rule(ahead=st.integers(0, 2), what=st.sampled_from(["hold", "skip", "reopen", "reopen"]))
    def decide_of_a_week(self, ahead: int, what: str) -> None:
        """An editor holds a week, skips it, or lets it go on."""
        week = self.this_week(ahead)
        match what:
            case "hold":
                self.world.attempt(lambda: pipeline.hold_week(self.act(), week, "wrong numbers"))
            case "skip":
                self.world.attempt(lambda: pipeline.skip_week(self.act(), week, "holidays"))
            case "reopen":
                self.world.attempt(lambda: pipeline.reopen_week(self.act(), week))

    @precondition(lambda self: self.begun)
    @rule()
    def reopen_the_issue(self) -> None:
        """An editor reopens the latest issue that was sent, which is refused unless it reached nobody."""
        number = max(self.begun)
        if self.world.attempt(lambda: pipeline.reopen(self.act(), number) or True):
            self.begun.discard(number)

    @rule()
    def look_around(self) -> None:
        """An editor asks where everything stands; this changes nothing, and always answers."""
        self.world.attempt(lambda: pipeline.status(self.act()))
        self.world.attempt(lambda: pipeline.queue(self.act()))

    # Readers

    @rule(name=READER)
    def join(self, name: str) -> None:
        """A reader signs up and confirms."""
        if f"{name}@example.com" not in self.world.joined:
            self.world.join(name)

    @precondition(lambda self: self.world.joined)
    @rule(name=READER)
    def leave(self, name: str) -> None:
        """A reader presses unsubscribe."""
        if f"{name}@example.com" in self.world.joined:
            self.world.leave(f"{name}@example.com")

    # The mail server, and the world while mail is on its way

    @rule(reply=st.sampled_from([
        Reply(250, "taken"), Reply(250, "taken"), Reply(0, "no answer came"), Reply(451, "4.3.0 try again later"), Reply(550, "5.1.1 no such user"),
    ]), whom=st.one_of(st.none(), READER))  # fmt: skip
    def the_server_says(self, reply: Reply, whom: str | None) -> None:
        """The mail server takes issues, or refuses them: for one reader or for all."""

        def answer(mail: Mail) -> Reply:
            return reply if mail.issue and whom in (None, mail.to.partition("@")[0]) else Reply(250, "taken")

        self.world.server.answers = answer

    @rule(who=READER, edit=st.booleans())
    def meanwhile(self, who: str, edit: bool) -> None:
        """While the next issue goes out, a reader leaves, and perhaps an editor edits the issue's file."""

        def happens(mail: Mail) -> None:
            address = f"{who}@example.com"
            if mail.issue and mail.to != address:
                self.world.server.meanwhile = lambda _mail: None
                if address in self.world.joined:
                    self.world.leave(address)
                path = self.world.content / "issues" / f"{mail.issue:04d}.md"
                if edit and path.exists():
                    path.write_text(f"{path.read_text()}\nToo late: {self.world.word()}.\n")

        self.world.server.meanwhile = happens

    # Time

    @rule(killed=KILLED)
    def tick(self, killed: int | None) -> None:
        """The scheduler looks what is due."""
        with self.world.killed_after(killed):
            self.world.tick()
            self.weeks_that_ended()

    @rule(hours=st.sampled_from([1, 5, 20]))
    def hours_pass(self, hours: int) -> None:
        """Time passes, and the scheduler runs."""
        self.world.clock.advance(hours * 3600)
        self.look()
        self.tick(None)

    @rule(days=st.integers(1, 12), up=st.booleans())
    def days_pass(self, days: int, up: bool) -> None:
        """Days pass, in which the scheduler runs twice a day, or was down."""
        for _ in range(2 * days):
            self.world.clock.advance(12 * 3600)
            if up:
                self.look()
                self.tick(None)

    @rule(killed=KILLED)
    def monday_comes(self, killed: int | None) -> None:
        """The next issue is assembled, and its proof mailed, if nothing speaks against it."""
        self.until("mon 10:00")
        self.tick(killed)
        self.tick(None)

    @rule()
    def all_approve(self) -> None:
        """Every editor presses the button of the latest proof."""
        for name in self.world.settings.editors:
            self.approve_by_link(name, 0)

    @rule(killed=KILLED)
    def the_hour_comes(self, killed: int | None) -> None:
        """The next hour of sending comes, and the scheduler runs twice."""
        self.until(self.world.settings.send)
        self.tick(killed)
        self.look()
        self.tick(None)

    @rule(killed=KILLED)
    def a_good_week(self, killed: int | None) -> None:
        """The next week goes as it should: proof, approvals, send."""
        self.monday_comes(killed)
        self.all_approve()
        self.look()
        self.the_hour_comes(killed)

    # What holds

    @invariant()
    def look(self) -> None:
        """Everything above holds."""
        self.what_was_begun()
        self.what_was_mailed()
        missing = self.world.written - self.world.present(self.world.written)
        assert not missing, f"lost: {missing}"
        self.before = {int(path.stem): path.read_bytes() for path in self.world.issues() if path.stem.isdigit()}

    def what_was_begun(self) -> None:
        """Look at each issue that began to be sent since the last look."""
        for entry in self.world.app.ledger.records.entries():
            if entry.number in self.begun:
                continue
            self.begun.add(entry.number)
            assert self.world.app.ledger.deliveries.sums(entry.number, self.world.clock.now()).audience, (
                "sent to nobody"
            )
            mailing = self.world.app.ledger.deliveries.mailing(entry.number)
            assert mailing
            by = {
                name
                for number, digest, name in self.world.approvals
                if (number, digest) == (entry.number, mailing.digest)
            }
            assert len(by & set(self.world.settings.editors)) >= self.world.settings.people, "not approved"
            source = self.before[entry.number]
            assert approve.digest_of(source, mailing.message) == mailing.digest, "other bytes than were approved"
            week = re.search(r"^week: (\S+)$", source.decode(), re.MULTILINE)
            assert week
            self.world.issues_of_weeks[entry.number] = week[1].strip("'\"")

    def what_was_mailed(self) -> None:
        """Look at all mail to readers."""
        got, issues = Counter[tuple[int, str]](), defaultdict[str, set[int]](set)
        for mail in self.world.server.taken:
            if mail.to in EDITORS.values():
                continue
            assert mail.to in self.world.joined or mail.at <= self.world.left[mail.to], "mail to somebody who left"
            if mail.issue:
                got[mail.issue, mail.to] += 1
                for name, times in pieces_in(mail.text).items():
                    issues[name].add(mail.issue)
                    assert times == 1, f"{name} is twice in issue {mail.issue}"
        assert [each for each, times in got.items() if times > 1] == [], "an issue twice"
        again = {name: numbers for name, numbers in issues.items() if len(numbers) > 1}
        assert not again.keys() - self.world.repeatable, f"old news: {again}"

    def weeks_that_ended(self) -> None:
        """After a tick: each week whose window is over had an issue, a word to the editors, or was skipped."""
        now = self.world.ticked
        if now is None or now != self.world.clock.now():
            return
        subjects = {mail.subject for mail in self.world.told()}
        schedule = self.act().publication.schedule
        week = IsoWeek(2026, 42)
        while week <= IsoWeek.of(now.date()):
            row = self.act().weeks.find(week)
            due = row.due if row else timetable.due(week, schedule)
            if now > timetable.window_ends(due, schedule) and not (row and row.state is WeekState.SKIPPED):
                numbers = {number for number, own in self.world.issues_of_weeks.items() if own == str(week)}
                words = {f"The issue of {week} was not sent", *(f"Issue {number} reached nobody" for number in numbers)}
                assert numbers or words & subjects, f"{week} ended without a word"
            week = week.next()

    # The short words of the rules

    def act(self) -> Any:
        return self.world.app.act()

    def today(self) -> dt.date:
        return self.world.clock.now().date()

    def this_week(self, ahead: int = 0) -> IsoWeek:
        return IsoWeek.of(self.today() + dt.timedelta(weeks=ahead))

    def until(self, moment: str) -> None:
        """Let it be the next such moment; the hour is Berlin's, to within an hour."""
        day, _, hour = moment.partition(" ")
        now = self.world.clock.now()
        days = (["mon", "tue", "wed", "thu", "fri", "sat", "sun"].index(day) - now.weekday()) % 7
        then = dt.datetime.combine(now.date() + dt.timedelta(days=days), dt.time.fromisoformat(hour), dt.UTC)
        self.world.clock.time = then if then >= now else then + dt.timedelta(days=7)

    def piece(self, which: int) -> Path:
        return self.world.pieces()[which % len(self.world.pieces())]

    def issue(self, which: int) -> Path:
        return self.world.issues()[-1 - which % len(self.world.issues())]

    def any_file(self, which: int) -> Path:
        found = [*self.world.pieces(), *self.world.issues()[-2:]]
        return found[which % len(found)]

    def number(self) -> int:
        return int(self.world.issues()[-1].stem)

    def set(self, path: Path, key: str, value: str | None) -> None:
        """Change a key of a file's front matter, as an editor types it."""
        lines = [line for line in path.read_text().splitlines(True) if not line.startswith(f"{key}: ")]
        path.write_text("".join([lines[0], *([f"{key}: {value}\n"] if value else []), *lines[1:]]))

    def approved(self, given: Any) -> None:
        if given:
            self.world.approvals.add((given.number, given.digest, given.by))


SECTION_OF = [*SECTIONS]


def pieces_in(text: str) -> dict[str, int]:
    """Return the pieces of which a mail has most words, and how often it has them."""
    words = Counter(re.findall(r"(piece\d+)word\d+", text))
    return {name: round(count / WORDS) for name, count in words.items() if count > WORDS / 2}


class StoredWeeks(Weeks):
    """The same in a real database, where what is in memory's twins cannot hide a fault of the tables."""

    made = InSqlite


SETTINGS = settings(
    max_examples=EXAMPLES, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck),
    phases=tuple(Phase) if LONG else (Phase.explicit, Phase.reuse, Phase.generate),  # to make a story short takes many minutes
)  # fmt: skip
Weeks.TestCase.settings = SETTINGS
StoredWeeks.TestCase.settings = settings(SETTINGS, max_examples=max(1, EXAMPLES // 3))
TestWeeks = pytest.mark.timeout(600)(Weeks.TestCase)
TestStoredWeeks = pytest.mark.timeout(600)(StoredWeeks.TestCase)
