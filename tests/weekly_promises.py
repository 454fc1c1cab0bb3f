"""What may never happen in a week, as the invariants of a story that the test of whole weeks tells.

- No ready piece is mailed twice, under whatever name, id or section; one that an editor ever let repeat may be.
- No issue is begun for nobody.
- What is sent was approved: by as many editors as publication.toml asked for, in these bytes, and not taken back.
- No week ends without an issue that reached somebody, a word to the editors, or a person who skipped it.
- Every word that an editor wrote is in content/ until they delete it.
- No reader gets an issue twice, and nobody who left gets anything.
- Whatever is refused is refused in words.
"""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, invariant

from publisher import approve, timetable
from publisher.issue import IsoWeek
from publisher.ports import WeekState
from tests.weekly import EDITORS, WORDS, InMemory, Made, Weekly


class Promises(RuleBasedStateMachine):
    """One publication over some weeks, what holds in it, and the short words of its rules."""

    made: Made = InMemory

    def __init__(self) -> None:
        super().__init__()
        self.scratch = tempfile.TemporaryDirectory()
        self.world = Weekly(Path(self.scratch.name), type(self).made)
        self.names = 0
        self.before: dict[int, bytes] = {}
        """The files of the issues as they were when all was last looked at."""
        self.begun: set[int] = set()

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


def pieces_in(text: str) -> dict[str, int]:
    """Return the pieces of which a mail has most words, and how often it has them."""
    words = Counter(re.findall(r"(piece\d+)word\d+", text))
    return {name: round(count / WORDS) for name, count in words.items() if count > WORDS / 2}
